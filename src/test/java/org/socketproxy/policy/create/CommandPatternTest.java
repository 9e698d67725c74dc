package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.testing.Corpus;

/** The patterns of {@code EXEC_ALLOW}. */
class CommandPatternTest {
    static Stream<Arguments> commands() {
        return Corpus.lines(CommandPatternTest.class, "command-patterns.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" \\| "))
                .map(cells -> Arguments.of(cells[1], cells[2], cells[0].strip().equals("yes")));
    }

    private static List<String> elements(String json) throws Exception {
        JsonArray array = (JsonArray) StrictJson.read(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
        return array.elements().stream()
                .map(element -> ((JsonString) element).text())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void patternMatchesOnlyItsCommands(String patterns, String command, boolean isMatch) throws Exception {
        CommandPattern.Parsed parsed = CommandPattern.parse(patterns);
        List<String> elements = elements(command);

        assertThat(parsed.problem()).isNull();
        assertThat(parsed.patterns()).isNotEmpty();
        assertThat(parsed.patterns().stream().anyMatch(pattern -> pattern.matches(elements)))
                .isEqualTo(isMatch);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "sh 'a         | close the quote",
                "sh \"a; b     | close the quote",
                "sh a\\ b      | put an element with special characters into quotes; a backslash has no meaning",
                "sh ** -x      | use ** only as the last word of a command, or as a part of a word such as /srv/**",
                "id; ** id     | use ** only as the last word of a command, or as a part of a word such as /srv/**",
                "sh ** **      | use ** only as the last word of a command, or as a part of a word such as /srv/**",
            })
    void problemOfAPatternIsExplained(String text, String problem) {
        assertThat(CommandPattern.parse(text).problem()).isEqualTo(problem);
    }

    /** The number of characters is the largest that a body can have; a backtracking matcher would not end. */
    @Test
    void longElementIsMatchedInLinearTime() {
        CommandPattern pattern =
                CommandPattern.parse("a *a*a*a*a*a*a*a*b").patterns().get(0);

        assertThat(pattern.matches(List.of("a", "a".repeat(131_071)))).isFalse();
        assertThat(pattern.matches(List.of("a", "a".repeat(131_070) + "b"))).isTrue();
    }
}
