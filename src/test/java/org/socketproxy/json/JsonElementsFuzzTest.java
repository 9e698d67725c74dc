package org.socketproxy.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any response in any chunks: the result does not depend on the chunks, what is kept passes byte for byte, no dropped
 * element passes, and the memory is limited. The input is a letter for the shape, one for the size of the chunks, and the
 * response.
 */
class JsonElementsFuzzTest {
    private static final int MAX_BYTES = 512;
    private static final String SECRET = "drop";

    static Stream<byte[]> seeds() {
        return FuzzSeeds.of(
                "va{\"a\":[1,{\"b\":\"}\"}]} \n",
                "vcnull",
                "ab[\"drop\",1,\"mask\",\"drop\",2]",
                "aa[ {\"a\" : \"\\\\\"} , {} ]\n",
                "mb{\"A\":[\"drop\",1],\"B\":[\"mask\",\"drop\",2],\"C\":null}",
                "mz{ \"n\" : 1 , \"A\" : [ \"mask\" ] }\n",
                "sa{\"a\":1}\n{\"b\":\"drop\"}\n{\"c\":2}\n",
                "sc\u001e{\"a\":1}\n\u001e{\"b\":\"drop\"}\n\u001e{\"c\":2}\n",
                "sb{}{}[]");
    }

    /** An edit that depends on the bytes only. */
    private static Edit edit(String list, ByteBuffer element) {
        String text = StandardCharsets.ISO_8859_1.decode(element).toString();
        return text.contains(SECRET)
                ? Edit.DROP
                : text.contains("mask") ? new ElementEditor.Replace(ByteBuffer.wrap(new byte[] {'{', '}'})) : Edit.KEEP;
    }

    private static JsonElements elements(int shape, ElementEditor editor) {
        return switch (shape) {
            case 'v' -> JsonElements.value(MAX_BYTES, editor);
            case 'a' -> JsonElements.array(MAX_BYTES, editor);
            case 'm' -> JsonElements.members(Set.of("A", "B"), MAX_BYTES, editor);
            default -> JsonElements.stream(MAX_BYTES, editor);
        };
    }

    @MethodSource("seeds")
    @FuzzTest
    void resultDoesNotDependOnTheChunks(byte[] input) {
        if (input.length < 2) {
            return;
        }
        byte[] response = Arrays.copyOfRange(input, 2, input.length);
        int chunk = Math.max(1, input[1] & 0x1f);
        List<Result> results = Stream.of(Math.max(response.length, 1), chunk, 1)
                .map(size -> Result.of(elements(input[0], JsonElementsFuzzTest::edit), response, size))
                .toList();
        // Before a response is refused, the number of bytes that pass depends on the chunks.
        Result first = results.get(0);
        assertThat(results)
                .allMatch(result -> result.isWhole() == first.isWhole())
                .allMatch(result -> !first.isWhole() || result.equals(first));
        Result kept = Result.of(elements(input[0], (list, element) -> Edit.KEEP), response, chunk);
        assertThat(FuzzSeeds.text(response)).startsWith(kept.text());
        // A record separator that no value follows is not passed on.
        assertThat(FuzzSeeds.text(response).substring(kept.text().length()))
                .matches(kept.isWhole() ? "(\u001e[\u001e\\s]*)?" : "(?s).*");
        boolean isEdited = first.isWhole() && input[0] != 'm';
        assertThat(isEdited && first.text().contains(SECRET))
                .as("the dropped elements pass: %s", first)
                .isFalse();
        Result again = Result.of(elements(input[0], (list, element) -> Edit.KEEP), first.bytes(), chunk);
        assertThat(!isEdited || again.isWhole() || input[0] == 'v')
                .as("the edited response is whole: %s", first)
                .isTrue();
    }

    /**
     * The bytes that passed.
     *
     * @param isWhole whether nothing was refused
     */
    private record Result(String text, boolean isWhole) {
        static Result of(JsonElements elements, byte[] response, int chunk) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            boolean isWhole = true;
            try {
                for (int i = 0; i < response.length; i += chunk) {
                    elements.accept(
                            ByteBuffer.wrap(response, i, Math.min(chunk, response.length - i))
                                    .slice(),
                            bytes -> out.write(
                                    bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining()));
                    assertThat(elements.heldBytes()).isLessThanOrEqualTo(6 * 1024);
                }
                elements.end();
            } catch (ElementException refused) {
                isWhole = false;
            }
            return new Result(out.toString(StandardCharsets.ISO_8859_1), isWhole);
        }

        byte[] bytes() {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
    }
}
