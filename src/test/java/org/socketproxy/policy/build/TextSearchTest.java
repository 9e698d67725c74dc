package org.socketproxy.policy.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextSearchTest {
    private static final String TEXT = "ttwc4h3ug6oan9kdoz7l7v5kd";

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource({
        "ttwc4h3ug6oan9kdoz7l7v5kd, true",
        "xttwc4h3ug6oan9kdoz7l7v5kd, true",
        "ttwc4h3ug6oan9kdoz7l7v5kdx, true",
        "ttttwc4h3ug6oan9kdoz7l7v5kd, true",
        "ttwc4h3ug6oan9kdttwc4h3ug6oan9kdoz7l7v5kd, true",
        "ttwc4h3ug6oan9kdoz7l7v5k, false",
        "ttwc4h3ug6oan9kdoz7l7v5kx, false",
        "ttwc4h3ug6oan9kd, false",
        "Ttwc4h3ug6oan9kdoz7l7v5kd, false",
        "'', false",
    })
    void findsATextAnywhere(String searched, boolean isFound) {
        assertThat(TextSearch.hasAny(bytes(searched), List.of(TEXT))).isEqualTo(isFound);
        assertThat(TextSearch.hasAny(bytes("0".repeat(100) + searched + "0".repeat(100)), List.of(TEXT)))
                .isEqualTo(isFound);
    }

    @Test
    void searchesTheRestOfABufferOnly() {
        ByteBuffer searched = bytes(TEXT + "0".repeat(40));
        assertThat(TextSearch.hasAny(searched.duplicate().position(1), List.of(TEXT)))
                .isFalse();
        assertThat(TextSearch.hasAny(searched.slice(0, TEXT.length()), List.of(TEXT)))
                .isTrue();
        assertThat(TextSearch.hasAny(searched.slice(0, TEXT.length() - 1), List.of(TEXT)))
                .isFalse();
        assertThat(TextSearch.hasAny(searched, List.of())).isFalse();
    }

    @Test
    void findsTheSameAsASearchForEachText() {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                texts.add(text(random, 16 + random.nextInt(3)));
            }
            String searched = text(random, random.nextInt(40))
                    + (random.nextBoolean() ? texts.get(random.nextInt(3)) : "")
                    + text(random, random.nextInt(40));

            assertThat(TextSearch.hasAny(bytes(searched), texts))
                    .as(searched)
                    .isEqualTo(texts.stream().anyMatch(searched::contains));
        }
    }

    /** Returns a text of two characters, in which the beginnings of other texts are frequent. */
    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(random.nextInt(8) == 0 ? 'b' : 'a');
        }
        return text.toString();
    }
}
