package org.socketproxy.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``              | \"\"",
                "plain text      | \"plain text\"",
                "say \"yes\" \\    | \"say \\\"yes\\\" \\\\\"",
                "`a\n\r\t\u0000b` | \"a\\n\\r\\t\\u0000b\"",
                "</script> é \ud83d\ude00   | \"</script> é \ud83d\ude00\"",
            })
    void stringIsEscapedAsTheGeneratorDoes(String text, String json) {
        assertThat(JsonText.string(text)).isEqualTo(json).isEqualTo(JsonText.compact(out -> out.writeString(text)));
    }
}
