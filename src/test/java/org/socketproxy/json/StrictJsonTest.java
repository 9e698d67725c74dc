package org.socketproxy.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.testing.Corpus;

/** The strict reader accepts exactly one JSON value, and its errors contain no value. */
class StrictJsonTest {
    /** The text as ISO 8859-1, with {@code <xx>} for a byte. */
    private static JsonValue read(String text) throws InvalidJsonException {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            boolean isByte = text.charAt(i) == '<' && i + 3 < text.length() && text.charAt(i + 3) == '>';
            bytes.append(isByte ? (char) Integer.parseInt(text.substring(i + 1, i + 3), 16) : text.charAt(i));
            i += isByte ? 3 : 0;
        }
        return StrictJson.read(ByteBuffer.wrap(bytes.toString().getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static InvalidJsonException refusal(String text) {
        return catchThrowableOfType(InvalidJsonException.class, () -> read(text));
    }

    @Test
    void readsEveryKindOfValue() throws Exception {
        JsonObject object = (JsonObject)
                read(" {\"a\": [1, -2.50e+3, true, false, null], \"b\": {\"c\": \"x\\u00e9<c3><a9>\"}} \r\n\t");

        assertThat(((JsonArray) object.members().get("a")).elements())
                .containsExactly(
                        new JsonNumber("1"),
                        new JsonNumber("-2.50e+3"),
                        JsonLiteral.TRUE,
                        JsonLiteral.FALSE,
                        JsonLiteral.NULL);
        assertThat(((JsonObject) object.members().get("b")).members())
                .containsExactly(org.assertj.core.api.Assertions.entry("c", new JsonString("x\u00e9\u00e9")));
    }

    static Stream<List<String>> corpus() {
        return Corpus.lines(StrictJsonTest.class, "strict-json.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of((line + " ").split(" ", 2)))
                .map(cells -> List.of(cells.get(0), cells.get(1).stripTrailing()));
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void acceptsOnlyStrictJson(List<String> given) {
        assertThat(refusal(given.get(1)) == null ? "accept" : "refuse").isEqualTo(given.get(0));
    }

    @Test
    void corpusHasBothOutcomes() {
        assertThat(corpus().map(given -> given.get(0)))
                .contains("accept", "refuse")
                .hasSizeGreaterThan(100);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":[0,{\"b/c~\":{\"d\":1,\"d\":2}}]} | /a/1/b~1c~0/d | comes twice in the same object",
                "{\"a\":[\"\\ud800\"]}                    | /a/0          | contains a lone surrogate",
                "{} x                                     | ''            | is not valid JSON at character 4",
                "{}{}                                     | ''            | continues after its JSON value",
                "<ef><bb><bf>{}                           | ''            | begins with a byte order mark",
                "{\"a\":                                  | ''            | is not valid JSON",
                "<ff>                                     | ''            | is not valid UTF-8",
                "''                                       | ''            | is empty",
            })
    void errorHasPointerAndProblem(String text, String pointer, String problem) {
        InvalidJsonException refused = refusal(text);

        assertThat(refused.pointer()).endsWith(pointer);
        assertThat(refused.problem()).startsWith(problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":secret}",
                "{\"a\":\"secret",
                "{\"a\":\"secret\" secret}",
                "{\"a\":\"secret\"}secret",
                "{\"a\":\"secret\\q\"}",
                "{\"a\":\"secret<ff>\"}",
                "{\"a\":\"secret\\ud800\"}",
                "{\"a\":\"secret\",\"a\":\"secret\"}",
                "{\"a\":-secret}",
                "{\"a\":truesecret}",
            })
    void errorContainsNoValue(String text) {
        InvalidJsonException refused = refusal(text);

        assertThat(refused.pointer() + refused.problem() + refused).doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource({"[,]", "{\"a\":,}"})
    void limitsTheDepth(String open, String close) {
        String deepest = open.repeat(StrictJson.MAX_DEPTH - 1) + "[]" + close.repeat(StrictJson.MAX_DEPTH - 1);

        assertThat(refusal(deepest)).isNull();
        assertThat(refusal(open + deepest + close).problem()).contains("levels");
        assertThat(refusal(open.repeat(200_000)).problem()).contains("levels");
    }

    @Test
    void limitsTheNumberOfValues() {
        String most =
                IntStream.range(1, StrictJson.MAX_VALUES).mapToObj(i -> "0").collect(Collectors.joining(",", "[", "]"));

        assertThat(refusal(most)).isNull();
        assertThat(refusal(most.replace("]", ",0]")).problem()).contains("values");
    }

    @Test
    void limitsTheNumberOfValuesOfABodyFurther() throws Exception {
        String most = "[" + "0,".repeat(JsonBody.MAX_VALUES - 2) + "0]";
        JsonBody tooMany = JsonBody.of(ByteBuffer.wrap(most.replace("]", ",0]").getBytes(StandardCharsets.UTF_8)));

        assertThat(JsonBody.of(ByteBuffer.wrap(most.getBytes(StandardCharsets.UTF_8)))
                        .read())
                .isInstanceOf(JsonArray.class);
        assertThat(catchThrowableOfType(InvalidJsonException.class, tooMany::read)
                        .problem())
                .isEqualTo("has more than 20000 values");
    }

    @Test
    void readsLongStringsAndNames() {
        String text = "x".repeat(1 << 20);

        assertThat(refusal("{\"" + text + "\":\"" + text + "\"}")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"\"", "0", "-0", "0.0", "0e7", "false", "[]", "{}", "[0,0]"})
    void zeroValuesAreZero(String text) throws Exception {
        assertThat(read(text).isZero()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"true", "1", "-1", "0.1", "1e-400", "\" \"", "[\"\"]", "[{}]", "[null]", "[0,1]", "{\"a\":0}"})
    void otherValuesAreNotZero(String text) throws Exception {
        assertThat(read(text).isZero()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"-1,true", "-0.5,true", "-0,false", "0,false", "1,false", "-0e9,false"})
    void knowsNegativeNumbers(String text, boolean isNegative) {
        assertThat(new JsonNumber(text).isNegative()).isEqualTo(isNegative);
    }
}
