package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The response of a creation is held until the check of what was created has ended. */
class CreationTransformTest {
    private final CompletableFuture<Boolean> result = new CompletableFuture<>();
    private final StringBuilder checked = new StringBuilder();
    private final StringBuilder out = new StringBuilder();
    private final CreationTransform transform = new CreationTransform(response -> {
        checked.append(StandardCharsets.UTF_8.decode(response));
        return result;
    });

    private void accept(String chunk) throws TransformException {
        transform.accept(
                ByteBuffer.wrap(chunk.getBytes(StandardCharsets.UTF_8)),
                bytes -> out.append(StandardCharsets.UTF_8.decode(bytes)));
    }

    @Test
    void responseIsHeldUntilTheCheckHasEnded() throws TransformException {
        accept("{\"Id\":");
        assertThat(transform.awaited()).isNull();
        accept("\"a\"}");

        assertThat(checked).hasToString("{\"Id\":\"a\"}");
        assertThat(transform.awaited()).isNotNull().isNotDone();
        assertThat(transform.heldBytes()).isGreaterThanOrEqualTo("{\"Id\":\"a\"}".length());
        assertThat(out).isEmpty();

        result.complete(true);
        accept("\n");
        assertThat(out).hasToString("{\"Id\":\"a\"}\n");
        assertThat(transform.awaited()).isNull();
        transform.end();
    }

    @Test
    void objectOfOthersIsAFault() throws TransformException {
        result.complete(false);

        assertThatThrownBy(() -> accept("{\"Id\":\"a\"}"))
                .isInstanceOf(TransformException.class)
                .hasMessageContaining("was replaced by one of others");
        assertThat(out).isEmpty();
    }

    @Test
    void failedCheckIsAFault() {
        result.completeExceptionally(new IllegalStateException());

        assertThatThrownBy(() -> accept("{\"Id\":\"a\"}")).isInstanceOf(TransformException.class);
    }

    @Test
    void incompleteResponseIsAFault() throws TransformException {
        accept("{\"Id\":");

        assertThat(transform.heldBytes()).isGreaterThan("{\"Id\":".length());
        assertThatThrownBy(transform::end).isInstanceOf(TransformException.class);
        assertThat(out).isEmpty();
    }
}
