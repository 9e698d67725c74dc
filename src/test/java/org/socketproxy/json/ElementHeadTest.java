package org.socketproxy.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;

/** An element that is too large is decided and forwarded by its head. */
class ElementHeadTest {
    private static final Set<String> NAMES = Set.of("Id", "Names", "Labels", "owner", "Actor", "über");
    private static final int MAX_BYTES = 60;

    private static @Nullable String head(String element, int cut) {
        ElementHead head = new ElementHead(NAMES, ElementHead.Limits.FORWARDED);
        byte[] bytes = element.getBytes(StandardCharsets.UTF_8);
        head.add(bytes, 0, cut);
        head.add(bytes, cut, bytes.length - cut);
        ByteBuffer whole = head.whole();
        return whole == null ? null : StandardCharsets.UTF_8.decode(whole).toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                                | {}",
                "{\"Id\":\"x\",\"Big\":\"y\"}                      | {\"Id\":\"x\"}",
                "{\"Big\":[1,{\"Id\":\"no\"}],\"Id\":\"x\"}        | {\"Id\":\"x\"}",
                "{\"Big\":{\"Id\":1,\"Labels\":{}},\"Id\":2}       | {\"Id\":2}",
                "{\"Names\":[\"a\",\"b\",{\"Id\":1},[\"c\"],1,null]} | {\"Names\":[\"a\",\"b\",1,null]}",
                "{\"Labels\":{\"z\":\"1\",\"owner\":\"ci\",\"Id\":\"l\",\"y\":{\"owner\":1}},\"Id\":1} |"
                        + " {\"Labels\":{\"owner\":\"ci\",\"Id\":\"l\"},\"Id\":1}",
                "{\"Labels\":null,\"Names\":[],\"Actor\":{},\"Id\":-1.5e3} |"
                        + " {\"Labels\":null,\"Names\":[],\"Actor\":{},\"Id\":-1.5e3}",
                "` { \"Id\" : \"x\" ,\t\"Names\" : [ \"a\" , 1 , true ] } ` | {\"Id\":\"x\",\"Names\":[\"a\",1,true]}",
                "{\"a\\\"Id\":1,\"Id\":\"a\\\\\\\"}{\",\"z\":2}      | {\"Id\":\"a\\\\\\\"}{\"}",
                "{\"z\":\"Id\",\"y\":\"\\\"Id\\\":1\"}             | {}",
                "{\"I\\u0064\":\"x\",\"id\":1}                     | {}",
                "{\"über\":\"ä\"}                                  | {\"über\":\"ä\"}",
                "{\"Actor\":{\"Actor\":{\"Actor\":{\"Id\":1}}}}    | {\"Actor\":{\"Actor\":{\"Actor\":{\"Id\":1}}}}",
                "[\"a\",1,{\"Id\":1},[2]]                          | [\"a\",1]",
                "\"a\"                                             | \"a\"",
                "-17                                               | -17",
            })
    void hasTheMembersWithTheNames(String element, String expected) {
        for (int cut = 0; cut <= element.getBytes(StandardCharsets.UTF_8).length; cut++) {
            assertThat(head(element, cut)).isEqualTo(expected);
        }
    }

    /** The fill is repeated in place of FILL, and the end in place of END. A value that is left out has any length and depth. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"Id\":\"FILL\"}                 | a         | 4096  |   | false",
                "{\"Id\":\"FILL\"}                 | a         | 4000  |   | true",
                "{\"Labels\":{\"owner\":\"FILL\"}} | a         | 4096  |   | false",
                "{\"Names\":[\"FILL\"]}            | a         | 4096  |   | false",
                "{\"Names\":[FILL0]}               | 0,        | 20000 |   | false",
                "{\"Id\":1,\"z\":\"FILL\"}         | a         | 99999 |   | true",
                "{\"FILL\":{\"Id\":2},\"Id\":1}    | a         | 99999 |   | true",
                "{\"z\":FILL1END,\"Id\":1}         | [         | 400   | ] | true",
                "FILL1END                          | {\"Actor\": | 20    | } | true",
            })
    void isMissingIfAValueIsTooLong(String element, String fill, int times, String end, boolean isPresent) {
        String filled = element.replace("FILL", fill.repeat(times));
        String whole = end == null ? filled : filled.replace("END", end.repeat(times));
        assertThat(head(whole, 0) != null).isEqualTo(isPresent);
    }

    /** Drops elements of another owner, replaces those with a mark, and fails on those without an id. */
    private static final ElementEditor EDITOR = ElementEditor.withHead(NAMES, (list, element) -> {
        String text = StandardCharsets.UTF_8.decode(element.duplicate()).toString();
        if (!text.contains("\"Id\":")) {
            throw ElementException.malformed("no id");
        }
        byte[] replaced = text.replace("mask", "m").getBytes(StandardCharsets.UTF_8);
        return !text.contains("\"owner\":\"ci\"")
                ? Edit.DROP
                : text.contains("mask") ? new Replace(ByteBuffer.wrap(replaced)) : Edit.KEEP;
    });

    private static JsonElements elements(String shape) {
        return switch (shape) {
            case "ARRAY" -> JsonElements.array(MAX_BYTES, EDITOR);
            case "MEMBERS" -> JsonElements.members(Set.of("A"), MAX_BYTES, EDITOR);
            default -> JsonElements.stream(MAX_BYTES, EDITOR);
        };
    }

    private static String pass(JsonElements elements, byte[] bytes, int size) throws ElementException {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < bytes.length; i += size) {
            elements.accept(
                    ByteBuffer.wrap(bytes, i, Math.min(size, bytes.length - i)),
                    part -> out.append(StandardCharsets.UTF_8.decode(part)));
        }
        elements.end();
        assertThat(elements.heldBytes()).isLessThan(4096);
        return out.toString();
    }

    /** BIG is a text of 6,000 bytes. A tilde stands for a line end. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ARRAY   | [{\"Id\":1,\"owner\":\"ci\",\"z\":BIG}] | [{\"Id\":1,\"owner\":\"ci\"}] | 1",
                "ARRAY   | [{\"z\":BIG,\"owner\":\"ci\",\"Id\":1},{\"Id\":2,\"owner\":\"ci\"}] |"
                        + " [{\"owner\":\"ci\",\"Id\":1},{\"Id\":2,\"owner\":\"ci\"}] | 1",
                "ARRAY   | [{\"Id\":1,\"owner\":\"x\",\"z\":BIG},{\"Id\":2,\"owner\":\"ci\"}] | [{\"Id\":2,\"owner\":\"ci\"}] | 0",
                "ARRAY   | [{\"Id\":2,\"owner\":\"ci\"},{\"Id\":1,\"z\":BIG}] | [{\"Id\":2,\"owner\":\"ci\"}] | 0",
                "ARRAY   | [{\"Id\":2,\"owner\":\"ci\"},{\"Id\":BIG,\"owner\":\"ci\"}] | [{\"Id\":2,\"owner\":\"ci\"}] | 1",
                "ARRAY   | [{\"Id\":\"mask\",\"owner\":\"ci\",\"z\":BIG}] | [{\"Id\":\"m\",\"owner\":\"ci\"}] | 1",
                "MEMBERS | {\"A\":[{\"Id\":1,\"owner\":\"ci\",\"z\":BIG}],\"B\":BIG} |"
                        + " {\"A\":[{\"Id\":1,\"owner\":\"ci\"}],\"B\":BIG} | 1",
                "STREAM  | {\"Id\":1,\"owner\":\"ci\",\"z\":BIG}~{\"Id\":2,\"owner\":\"ci\"}~ |"
                        + " {\"Id\":1,\"owner\":\"ci\"}~{\"Id\":2,\"owner\":\"ci\"}~ | 1",
                "STREAM  | {\"z\":BIG,\"Id\":1,\"owner\":\"x\"}~{\"Id\":2,\"owner\":\"ci\"}~ | {\"Id\":2,\"owner\":\"ci\"}~ | 0",
            })
    void isJudgedInPlaceOfALargeElement(String shape, String json, String expected, int reduced) throws Exception {
        String big = "\"" + "\\u003c".repeat(1000) + "\"";
        byte[] bytes = json.replace("BIG", big).replace('~', '\n').getBytes(StandardCharsets.UTF_8);
        for (int size : List.of(1, 7, 100, bytes.length)) {
            JsonElements elements = elements(shape);
            assertThat(pass(elements, bytes, size))
                    .isEqualTo(expected.replace("BIG", big).replace('~', '\n'));
            assertThat(elements.reduced()).isEqualTo(reduced);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ARRAY  | [{\"z\":BIG}]",
                "STREAM | {\"z\":BIG}",
                "STREAM | {\"Id\":1,\"owner\":\"ci\",\"z\":BIG]",
                "STREAM | {\"Id\":1,\"owner\":\"ci\",\"z\":BIG,!}",
                "STREAM | {\"Id\":1,\"owner\":\"ci\",\"z\":BIG",
            })
    void whatCannotBeParsedEndsTheResponse(String shape, String json) {
        byte[] bytes = json.replace("BIG", "\"" + "x".repeat(1000) + "\"").getBytes(StandardCharsets.UTF_8);
        for (int size : List.of(1, bytes.length)) {
            assertThatThrownBy(() -> pass(elements(shape), bytes, size)).isInstanceOf(ElementException.class);
        }
    }

    /** An event that is held gives way to its head; an element of a list is not changed for want of memory. */
    @Test
    void anEventCanBeReducedWhileItArrives() throws Exception {
        List<String> passed = new ArrayList<>();
        String half = "{\"Id\":1,\"owner\":\"ci\",\"z\":\"";
        for (String shape : List.of("STREAM", "ARRAY")) {
            JsonElements elements = elements(shape);
            String begin = shape.equals("ARRAY") ? "[" : "";
            for (String chunk : List.of(begin + half, "z\"}", begin.isEmpty() ? half + "\"}" : "]")) {
                boolean isReduced = elements.reduce();
                assertThat(isReduced).isEqualTo(chunk.startsWith("z") && begin.isEmpty());
                elements.accept(
                        ByteBuffer.wrap(chunk.getBytes(StandardCharsets.UTF_8)),
                        bytes -> passed.add(StandardCharsets.UTF_8.decode(bytes).toString()));
            }
            elements.end();
        }
        assertThat(String.join("", passed)).isEqualTo("{\"Id\":1,\"owner\":\"ci\"}" + half + "\"}[" + half + "z\"}]");
    }
}
