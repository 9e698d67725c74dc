package org.socketproxy.policy;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * Changes the body of one response while it passes from the daemon to the client. The bytes arrive in chunks of any size
 * and without a content coding.
 *
 * <p>Threading: one thread at a time, often that of a selector, so that it must not block.
 */
public interface ResponseTransform {
    /**
     * Makes the transforms of a profile.
     *
     * <p>Threading: called by any number of threads, once for each exchange before it is forwarded; must not block. An
     * exception denies the exchange with status 500.
     */
    @FunctionalInterface
    interface Factory {
        /** Passes all responses byte for byte. */
        Factory NONE = (operation, target) -> null;

        /**
         * Returns a new transform for the response of one exchange, or null if the response passes byte for byte. An operation
         * that can become a tunnel has none.
         *
         * @param target with the API version and the query, on which the shape of a response can depend
         */
        @Nullable
        ResponseTransform of(Operation operation, RequestTarget target);
    }

    /** Returns the transform for a response with this status, or null if its body passes: most transform those of success. */
    default @Nullable ResponseTransform of(int status) {
        return status / 100 == 2 ? this : null;
    }

    /**
     * Takes the next bytes of the body, and emits the bytes for which the transform does not need to wait.
     *
     * @param chunk read to its end; valid until the method returns
     * @param out gets bytes for the client, which it copies before it returns
     * @throws TransformException if the body cannot be transformed: the client gets an error instead of the response, or,
     *     after the head of the response was sent, a closed connection
     */
    void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException;

    /**
     * Checks that the body was complete. It cannot emit bytes, so that a transform must detect the end of the data itself.
     *
     * @throws TransformException if the body must not count as complete
     */
    void end() throws TransformException;

    /**
     * Returns what the transform waits for before it can emit bytes that it holds, or null. After its completion the caller
     * calls {@link #accept} with an empty chunk, and before that with no chunk.
     */
    default @Nullable CompletableFuture<?> awaited() {
        return null;
    }

    /** Gives up what it holds of an event, but for its head, to free memory. Returns false if nothing can be given up. */
    default boolean reduce() {
        return false;
    }

    /** Returns the number of elements that were too large, and of which the head or nothing was passed on. */
    default int reduced() {
        return 0;
    }

    /** Returns how many bytes of memory it holds at the moment. All transforms together have a limit. */
    int heldBytes();

    /**
     * Transforms the errors of the daemon, and no other response.
     *
     * @param errors transforms an error
     */
    record ErrorTransform(ResponseTransform errors) implements ResponseTransform {
        private static final int FIRST_ERROR = 400;

        @Override
        public @Nullable ResponseTransform of(int status) {
            return status >= FIRST_ERROR ? this : null;
        }

        @Override
        public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException {
            errors.accept(chunk, out);
        }

        @Override
        public void end() throws TransformException {
            errors.end();
        }

        @Override
        public int heldBytes() {
            return errors.heldBytes();
        }
    }

    /**
     * Sends a response through two transforms, one after the other.
     *
     * @param first gets the bytes of the daemon
     * @param second gets what the first emits
     */
    record ChainedTransform(ResponseTransform first, ResponseTransform second) implements ResponseTransform {
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
}
