package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.ResponseTransform.ChainedTransform;
import org.socketproxy.policy.ResponseTransform.ErrorTransform;
import org.socketproxy.policy.TransformException.Fault;

class ChainedTransformTest {
    private static final CompletableFuture<Void> QUESTION = new CompletableFuture<>();

    /**
     * Appends a mark to each chunk, twice; fails at the first chunk that contains {@code !}, and at the end after such a
     * mark.
     */
    private record Marking(String mark, int heldBytes) implements ResponseTransform {
        @Override
        public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException {
            String text = StandardCharsets.UTF_8.decode(chunk).toString();
            if (text.contains("!")) {
                throw new TransformException(Fault.MALFORMED, "fault of " + mark);
            }
            out.accept(StandardCharsets.UTF_8.encode(text + mark));
            out.accept(StandardCharsets.UTF_8.encode(";"));
        }

        @Override
        public void end() throws TransformException {
            if (mark.contains("!")) {
                throw new TransformException(Fault.MALFORMED, "end of " + mark);
            }
        }

        @Override
        public CompletableFuture<?> awaited() {
            return QUESTION;
        }
    }

    private static String transformed(ResponseTransform transform, String body) throws TransformException {
        StringBuilder out = new StringBuilder();
        transform.accept(
                StandardCharsets.UTF_8.encode(body), bytes -> out.append(StandardCharsets.UTF_8.decode(bytes)));
        return out.toString();
    }

    @Test
    void secondGetsWhatTheFirstEmits() throws Exception {
        ResponseTransform chain = ChainedTransform.of(new Marking("a", 3), new Marking("b", 4));

        assertThat(transformed(chain, "x")).isEqualTo("xab;;b;");
        assertThat(chain.heldBytes()).isEqualTo(7);
        assertThat(chain.awaited()).isSameAs(QUESTION);
        chain.end();
    }

    @Test
    void missingTransformIsLeftOut() {
        Marking only = new Marking("a", 0);

        assertThat(ChainedTransform.of(only, null)).isSameAs(only);
        assertThat(ChainedTransform.of(null, only)).isSameAs(only);
        assertThat(ChainedTransform.of(null, null)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"a, b, x!, fault of a", "'a!', b, x, fault of b"})
    void faultOfEachWithholdsTheResponse(String first, String second, String body, String message) {
        ResponseTransform chain = ChainedTransform.of(new Marking(first, 0), new Marking(second, 0));

        assertThatThrownBy(() -> transformed(chain, body))
                .isInstanceOf(TransformException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"'a!', b, end of a!", "a, 'b!', end of b!"})
    void eachChecksTheEnd(String first, String second, String message) {
        ResponseTransform chain = ChainedTransform.of(new Marking(first, 0), new Marking(second, 0));

        assertThatThrownBy(chain::end).isInstanceOf(TransformException.class).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({
        "199, false, false",
        "200, true, false",
        "299, true, false",
        "399, false, false",
        "400, false, true",
        "500, false, true"
    })
    void errorsAndSuccessesHaveTheirTransforms(int status, boolean isSuccess, boolean isError) {
        Marking success = new Marking("a", 0);
        ErrorTransform error = new ErrorTransform(new Marking("b", 5));

        assertThat(success.of(status)).isEqualTo(isSuccess ? success : null);
        assertThat(error.of(status)).isEqualTo(isError ? error : null);
        assertThat(error.heldBytes()).isEqualTo(5);
        assertThat(new ChainedTransform(error, success).of(status))
                .isEqualTo(isSuccess ? success : isError ? error : null);
    }

    @Test
    void errorsPassThroughTheirTransform() throws Exception {
        ErrorTransform error = new ErrorTransform(new Marking("b!", 0));

        assertThat(transformed(error, "x")).isEqualTo("xb!;");
        assertThatThrownBy(error::end).isInstanceOf(TransformException.class);
    }
}
