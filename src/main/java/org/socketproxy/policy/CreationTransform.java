package org.socketproxy.policy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ResponseTransform.ElementTransform;
import org.socketproxy.policy.TransformException.Fault;

/**
 * Holds the response to a creation until the proxy has checked the created object, and withholds it if the check fails.
 *
 * <p>Threading: one thread at a time.
 *
 * <p>Security: without the result of the check the client does not get the response.
 */
public final class CreationTransform implements ResponseTransform {
    private static final int MAX_BYTES = 64 * 1024;
    private static final String FAILED =
            "an object that this request uses was replaced by one of others in the meantime: try again";

    private final Function<ByteBuffer, CompletableFuture<Boolean>> check;
    private final ElementTransform scan;
    private ByteArrayOutputStream held = new ByteArrayOutputStream();
    private @Nullable CompletableFuture<Boolean> isOwn;

    /** @param check gets the response, and returns whether the client may get it */
    public CreationTransform(Function<ByteBuffer, CompletableFuture<Boolean>> check) {
        this.check = check;
        this.scan = new ElementTransform(JsonElements.value(MAX_BYTES, (list, element) -> {
            byte[] copy = new byte[element.remaining()];
            element.duplicate().get(copy);
            isOwn = this.check.apply(ByteBuffer.wrap(copy)).exceptionally(failure -> false);
            return Edit.DROP;
        }));
    }

    @Override
    public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.get(bytes);
        held.writeBytes(bytes);
        scan.accept(ByteBuffer.wrap(bytes), any -> {});
        if (isOwn == null || !isOwn.isDone()) {
            return;
        }
        if (!isOwn.join()) {
            throw new TransformException(Fault.OUTSIDE, FAILED);
        }
        byte[] checked = held.toByteArray();
        held = new ByteArrayOutputStream();
        out.accept(ByteBuffer.wrap(checked));
    }

    @Override
    public @Nullable CompletableFuture<?> awaited() {
        return held.size() == 0 ? null : isOwn;
    }

    @Override
    public void end() throws TransformException {
        scan.end();
    }

    @Override
    public int heldBytes() {
        return held.size() + scan.heldBytes();
    }
}
