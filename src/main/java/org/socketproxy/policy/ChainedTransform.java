package org.socketproxy.policy;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a response through two transforms, one after the other.
 *
 * @param first gets the bytes of the daemon
 * @param second gets what the first emits
 */
public record ChainedTransform(ResponseTransform first, ResponseTransform second) implements ResponseTransform {
    /** Returns the chain of two transforms, of which each can be missing. */
    public static @Nullable ResponseTransform of(
            @Nullable ResponseTransform first, @Nullable ResponseTransform second) {
        if (first == null || second == null) {
            return first == null ? second : first;
        }
        return new ChainedTransform(first, second);
    }

    @Override
    public @Nullable ResponseTransform of(int status) {
        return of(first.of(status), second.of(status));
    }

    @Override
    public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException {
        Withheld withheld = new Withheld();
        first.accept(chunk, bytes -> {
            try {
                if (withheld.by == null) {
                    second.accept(bytes, out);
                }
            } catch (TransformException failed) {
                withheld.by = failed;
            }
        });
        if (withheld.by != null) {
            throw withheld.by;
        }
    }

    private static final class Withheld {
        private @Nullable TransformException by;
    }

    /** Only the first can wait. */
    @Override
    public @Nullable CompletableFuture<?> awaited() {
        return first.awaited();
    }

    @Override
    public void end() throws TransformException {
        first.end();
        second.end();
    }

    @Override
    public boolean reduce() {
        return first.reduce() || second.reduce();
    }

    @Override
    public int reduced() {
        return first.reduced() + second.reduced();
    }

    @Override
    public int heldBytes() {
        return first.heldBytes() + second.heldBytes();
    }
}
