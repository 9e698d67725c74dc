package org.socketproxy.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link StrictJson} reads from the written bytes equals what was written. */
class WrittenJsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":[1,-0.50e+10,12345678901234567890,true,false,null,\"\",{\"b\":[]}]}",
                "{\"\\u0000 \\\" \\\\ / \\u2028 \u00e4 \ud83d\ude00\":\"\\n\\t<>&\"}",
                "[[[[]]]]",
                "\"text\"",
            })
    void writtenValueIsReadAgain(String text) throws InvalidJsonException {
        JsonValue value = StrictJson.read(StandardCharsets.UTF_8.encode(text));

        assertThat(StrictJson.read(JsonText.write(value))).isEqualTo(value);
        assertThat(StandardCharsets.UTF_8.decode(JsonText.write(value)).toString())
                .doesNotContain("\n");
    }
}
