package org.socketproxy.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.json.ElementEditor.Edit;

/** Responses are split into elements in chunks of any size; kept elements pass byte for byte. */
class JsonElementsTest {
    private static final int MAX_BYTES = 60;

    /** Shape of the JSON under test. */
    enum Shape {
        VALUE,
        ARRAY,
        MEMBERS,
        STREAM;

        JsonElements elements(ElementEditor editor) {
            return switch (this) {
                case VALUE -> JsonElements.value(MAX_BYTES, editor);
                case ARRAY -> JsonElements.array(MAX_BYTES, editor);
                case MEMBERS -> JsonElements.members(Set.of("A", "B"), MAX_BYTES, editor);
                case STREAM -> JsonElements.stream(MAX_BYTES, editor);
            };
        }
    }

    /** Drops elements with {@code drop}, replaces those with {@code mask}, fails on {@code fail}, and keeps the others. */
    private static Edit edit(String list, ByteBuffer element) throws ElementException {
        String text = StandardCharsets.UTF_8.decode(element).toString();
        if (text.contains("fail")) {
            throw ElementException.malformed("it cannot be judged");
        }
        if (text.contains("drop")) {
            return Edit.DROP;
        }
        byte[] replaced = ("<" + list + ">").getBytes(StandardCharsets.UTF_8);
        return text.contains("mask") ? new ElementEditor.Replace(ByteBuffer.wrap(replaced)) : Edit.KEEP;
    }

    private static String pass(JsonElements elements, List<byte[]> chunks) throws ElementException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] chunk : chunks) {
            elements.accept(direct(chunk), bytes -> {
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                out.writeBytes(copy);
            });
        }
        elements.end();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** The whole, each byte alone, and every way to cut it in two. */
    private static List<List<byte[]>> cuts(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        List<List<byte[]>> cuts = new ArrayList<>();
        List<byte[]> single = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            single.add(new byte[] {bytes[i]});
            cuts.add(List.of(Arrays.copyOf(bytes, i), Arrays.copyOfRange(bytes, i, bytes.length)));
        }
        cuts.add(single);
        return cuts;
    }

    /** A tilde stands for a line end, and a degree sign for a record separator. */
    private static String decode(String cell) {
        return cell.replace('~', '\n').replace('\u00b0', '\u001e');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "VALUE   | {}                                   | {}",
                "VALUE   | ` {\"a\":[1,{\"b\":\"}\"}]} ~`       | ` {\"a\":[1,{\"b\":\"}\"}]} ~`",
                "VALUE   | [1,2]~                               | [1,2]~",
                "VALUE   | {\"a\":\"mask\"}~                    | <>~",
                "VALUE   | null                                 | null",
                "VALUE   | ` null~`                             | ` null~`",
                "ARRAY   | []                                   | []",
                "ARRAY   | ` [ ] ~`                             | ` [ ] ~`",
                "ARRAY   | null~                                | null~",
                "ARRAY   | [1,\"a\",true,null,-2.5e3,[],{}]     | [1,\"a\",true,null,-2.5e3,[],{}]",
                "ARRAY   | `[ {\"a\" : \"\\\\\"} , {} ]`        | `[ {\"a\" : \"\\\\\"} , {} ]`",
                "ARRAY   | [\"a\\\"]\",{\"b\":\"[\\\\\"}]       | [\"a\\\"]\",{\"b\":\"[\\\\\"}]",
                "ARRAY   | [{\"é\":\"ü\"},\"𝄞\"]                | [{\"é\":\"ü\"},\"𝄞\"]",
                "ARRAY   | [\"drop\"]                           | []",
                "ARRAY   | [\"drop\",\"drop\"]                  | []",
                "ARRAY   | [\"drop\",1]                         | [1]",
                "ARRAY   | [1,\"drop\"]                         | [1]",
                "ARRAY   | [1,\"drop\",2]                       | [1,2]",
                "ARRAY   | [\"drop\",1,\"drop\",\"drop\",2]     | [1,2]",
                "ARRAY   | `[~ \"drop\" ,~ 1 ,~ 2~]`            | `[ ~ 1 ,~ 2~]`",
                "ARRAY   | `[~ 1 ,~ \"drop\"~]`                 | `[~ 1~]`",
                "ARRAY   | [\"mask\",1,\"mask\"]                | [<>,1,<>]",
                "MEMBERS | {}                                   | {}",
                "MEMBERS | {\"C\":[\"drop\"],\"D\":{\"A\":[\"drop\"]},\"E\":-1} |"
                        + " {\"C\":[\"drop\"],\"D\":{\"A\":[\"drop\"]},\"E\":-1}",
                "MEMBERS | {\"A\":[\"drop\",1],\"B\":[\"mask\",\"drop\",2]} | {\"A\":[1],\"B\":[<B>,2]}",
                "MEMBERS | `{ \"n\" : 1 , \"A\" : [ \"mask\" ] }~` | `{ \"n\" : 1 , \"A\" : [ <A> ] }~`",
                "MEMBERS | {\"A\":null,\"B\":[],\"z\":null}     | {\"A\":null,\"B\":[],\"z\":null}",
                "MEMBERS | {\"a\":[\"drop\"],\"A\":[\"drop\"]}  | {\"a\":[\"drop\"],\"A\":[]}",
                "MEMBERS | {\"A\":[[1],{\"A\":[\"drop\"]},2]}   | {\"A\":[[1],2]}",
                "STREAM  | ``                                   | ``",
                "STREAM  | ~                                    | ~",
                "STREAM  | {}{}[]                               | {}{}[]",
                "STREAM  | {\"a\":1}~{\"b\":2}~                 | {\"a\":1}~{\"b\":2}~",
                "STREAM  | {\"a\":1}~{\"b\":\"drop\"}~{\"c\":2}~ | {\"a\":1}~{\"c\":2}~",
                "STREAM  | {\"b\":\"drop\"}~{\"c\":\"mask\"}~   | <>~",
                "STREAM  | °{\"a\":1}~°{\"b\":\"drop\"}~°{\"c\":2}~ | °{\"a\":1}~°{\"c\":2}~",
                "STREAM  | `° {\"a\":\"drop\"} ~ ° {\"b\":1} ~` | `° {\"b\":1} ~`",
            })
    void elementsAreKeptReplacedOrDroppedInChunksOfAnySize(Shape shape, String json, String expected) throws Exception {
        for (List<byte[]> chunks : cuts(decode(json))) {
            assertThat(pass(shape.elements(JsonElementsTest::edit), chunks)).isEqualTo(decode(expected));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // cut off
                "VALUE   | ``",
                "VALUE | ` `",
                "VALUE | {",
                "VALUE | {\"a\":\"}",
                "VALUE | nul",
                "VALUE | [{}",
                "ARRAY   | ``",
                "ARRAY | [",
                "ARRAY | [1",
                "ARRAY | [1,",
                "ARRAY | [1,{}",
                "ARRAY | [\"a",
                "MEMBERS | ``",
                "MEMBERS | {",
                "MEMBERS | {\"A\"",
                "MEMBERS | {\"A\":",
                "MEMBERS | {\"A\":[1]",
                "MEMBERS | {\"A\":[1],",
                "MEMBERS | {\"z\":1",
                "STREAM | {",
                "STREAM | {}~{\"a\":1",
                // another shape
                "VALUE   | 1",
                "VALUE | \"a\"",
                "VALUE | true",
                "VALUE | {}{}",
                "VALUE | {}x",
                "VALUE | nuLl",
                "VALUE   | nullx",
                "VALUE | °{}",
                "ARRAY | {}",
                "ARRAY | [],",
                "ARRAY | [1 2]",
                "ARRAY | [1,]",
                "ARRAY   | [,1]",
                "ARRAY | [1,,2]",
                "ARRAY | [1}",
                "ARRAY | []]",
                "ARRAY | [][]",
                "ARRAY | \"[]\"",
                "MEMBERS | []",
                "MEMBERS | {\"A\":{}}",
                "MEMBERS | {\"A\":1}",
                "MEMBERS | {\"A\":\"[]\"}",
                "MEMBERS | {A:[]}",
                "MEMBERS | {\"A\" []}",
                "MEMBERS | {\"A\":[] \"B\":[]}",
                "MEMBERS | {,}",
                "MEMBERS | {\"\\u0041\":[]}",
                "MEMBERS | {\"A\":null1}",
                "MEMBERS | {\"A\":[]]",
                "MEMBERS | {}{}",
                "STREAM  | 1",
                "STREAM | {},{}",
                "STREAM | null",
                "STREAM | \"a\"",
                "STREAM | {}°1",
                "STREAM | }",
                // nesting and characters
                "VALUE   | {]",
                "VALUE | [{\"a\":[}]]",
                "VALUE | {\"a\":°}",
                "VALUE | {\"a\":\"~\"}",
                "VALUE | {é:1}",
                "VALUE   | {\"a\":'b'}",
                "ARRAY | [é]",
                "ARRAY | [:]",
                "ARRAY | [/**/1]",
                "STREAM | {\"a\":1°{}",
                "VALUE   | \ufeff{}",
                // the editor refuses
                "ARRAY   | [1,\"fail\"]",
                "STREAM | {\"a\":\"fail\"}",
            })
    void otherBytesAreMalformed(Shape shape, String json) {
        for (List<byte[]> chunks : cuts(decode(json))) {
            assertThatThrownBy(() -> pass(shape.elements(JsonElementsTest::edit), chunks))
                    .isInstanceOfSatisfying(
                            ElementException.class,
                            wrong -> assertThat(wrong.kind()).isEqualTo(ElementException.Kind.MALFORMED));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "VALUE | {\"a\":\"FILL\"} | 8",
                "ARRAY | [\"FILL\"] | 2",
                "ARRAY | [1FILL] | 1",
                "MEMBERS | {\"A\":[\"FILL\"]} | 2",
                "STREAM | {}{\"a\":\"FILL\"} | 8"
            })
    void anElementMayHaveTheLimitAndNotOneByteMore(Shape shape, String json, int others) throws Exception {
        String most = json.replace("FILL", "7".repeat(MAX_BYTES - others));
        String tooMany = json.replace("FILL", "7".repeat(MAX_BYTES - others + 1));
        for (List<byte[]> chunks : cuts(most)) {
            assertThat(pass(shape.elements(JsonElementsTest::edit), chunks)).isEqualTo(most);
        }
        for (List<byte[]> chunks : cuts(tooMany)) {
            assertThatThrownBy(() -> pass(shape.elements(JsonElementsTest::edit), chunks))
                    .isInstanceOfSatisfying(
                            ElementException.class,
                            wrong -> assertThat(wrong.kind()).isEqualTo(ElementException.Kind.TOO_LARGE));
        }
    }

    /** Nesting below the limit of bytes, and blanks that would be held until the next element. */
    @ParameterizedTest
    @CsvSource({"1048576, '[', '['", "60, '[1,', ' '", "60, '[1', ' '"})
    void nestingAndBlanksAreLimitedToo(int maxBytes, String begin, String repeated) {
        String endless = begin + repeated.repeat(ValueScanner.MAX_DEPTH + 1);

        assertThatThrownBy(() -> pass(
                        JsonElements.array(maxBytes, JsonElementsTest::edit),
                        List.of(endless.getBytes(StandardCharsets.UTF_8))))
                .isInstanceOfSatisfying(
                        ElementException.class,
                        wrong -> assertThat(wrong.kind()).isEqualTo(ElementException.Kind.TOO_LARGE));
    }

    /** A name that passes is compared, and must not fill the memory. */
    @Test
    void aNameIsLimited() {
        assertThatThrownBy(() -> pass(
                        Shape.MEMBERS.elements(JsonElementsTest::edit),
                        cuts("{\"" + "n".repeat(300)).get(0)))
                .isInstanceOfSatisfying(
                        ElementException.class,
                        wrong -> assertThat(wrong.kind()).isEqualTo(ElementException.Kind.TOO_LARGE));
    }

    /** A value that passes is not held, of any length. */
    @Test
    void aMemberThatPassesIsNotHeld() throws Exception {
        JsonElements elements = Shape.MEMBERS.elements(JsonElementsTest::edit);
        byte[] part = "7".repeat(1000).getBytes(StandardCharsets.UTF_8);
        elements.accept(direct("{\"z\":\"".getBytes(StandardCharsets.UTF_8)), bytes -> {});
        for (int i = 0; i < 1000; i++) {
            elements.accept(direct(part), bytes -> {});
            assertThat(elements.heldBytes()).isLessThan(5000);
        }
    }

    /** Each element passes with the chunk that completes it. */
    @ParameterizedTest
    @EnumSource(
            value = Shape.class,
            names = {"ARRAY", "STREAM"})
    void anElementPassesWithItsLastByte(Shape shape) throws Exception {
        JsonElements elements = shape.elements(JsonElementsTest::edit);
        StringBuilder out = new StringBuilder();
        String begin = shape == Shape.ARRAY ? "[" : "";
        for (String chunk : List.of(begin + "{\"a\"", ":1}")) {
            elements.accept(
                    ByteBuffer.wrap(chunk.getBytes(StandardCharsets.UTF_8)),
                    bytes -> out.append(StandardCharsets.UTF_8.decode(bytes)));
        }

        assertThat(out).hasToString(begin + "{\"a\":1}");
    }
}
