package org.socketproxy.policy;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.TransformException.Fault;

/**
 * Changes the body of one response on its way to the client. The chunks have any size and no content coding.
 *
 * <p>Threading: one thread at a time, often that of a selector, so that it must not block.
 */
public interface ResponseTransform {
    /**
     * Makes the transforms of a profile; an exception denies the exchange with status 500.
     *
     * <p>Threading: called by any number of threads, once before an exchange is forwarded; must not block.
     */
    @FunctionalInterface
    interface Factory {
        /** Passes all responses byte for byte. */
        Factory NONE = (operation, target) -> null;

        /**
         * Returns a new transform, or null to pass the response byte for byte, as for an operation that can become a tunnel.
         *
         * @param target its API version and query can determine the shape of the response
         */
        @Nullable
        ResponseTransform of(Operation operation, RequestTarget target);
    }

    /** Returns the transform for this status, or null; most transform only successes. */
    default @Nullable ResponseTransform of(int status) {
        return status / 100 == 2 ? this : null;
    }

    /**
     * Takes the next bytes of the body, and emits bytes as soon as possible.
     *
     * @param chunk read to its end; valid until the method returns
     * @param out copies bytes for the client before it returns
     * @throws TransformException if the body cannot be transformed: the client gets an error, or a closed connection after the head
     */
    void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException;

    /**
     * Checks that the body was complete, without emitting bytes: a transform must detect the end of the data itself.
     *
     * @throws TransformException if the body is not complete
     */
    void end() throws TransformException;

    /** Returns the future for which held bytes wait, or null. The caller completes it first, then sends an empty chunk. */
    default @Nullable CompletableFuture<?> awaited() {
        return null;
    }

    /** Frees memory by dropping a held event but for its head; returns false if there is none. */
    default boolean reduce() {
        return false;
    }

    /** Returns the number of elements that were too large to pass as a whole. */
    default int reduced() {
        return 0;
    }

    /** Returns the bytes of memory in use, which count for the limit of all transforms together. */
    int heldBytes();

    /** Transforms only errors of the daemon. */
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

    /** Sends the bytes of the daemon through the first transform, and its bytes through the second. */
    record ChainedTransform(ResponseTransform first, ResponseTransform second) implements ResponseTransform {
        /** Chains two transforms, each of which can be missing. */
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

        /** The second gets an empty chunk when its future is complete, if the first passes empty chunks on. */
        @Override
        public @Nullable CompletableFuture<?> awaited() {
            CompletableFuture<?> ofFirst = first.awaited();
            return ofFirst == null ? second.awaited() : ofFirst;
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

    /** Transforms a JSON response element by element; for one response only. */
    record ElementTransform(JsonElements elements) implements ResponseTransform {
        @Override
        public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException {
            try {
                elements.accept(chunk, out);
            } catch (ElementException wrong) {
                throw explain(wrong);
            }
        }

        @Override
        public void end() throws TransformException {
            try {
                elements.end();
            } catch (ElementException wrong) {
                throw explain(wrong);
            }
        }

        private static TransformException explain(ElementException wrong) {
            Fault fault = switch (wrong.kind()) {
                case MALFORMED -> Fault.MALFORMED;
                case TOO_LARGE -> Fault.TOO_LARGE;
            };
            String kind = fault == Fault.MALFORMED ? "is not the expected JSON: " : "is too large to be checked: ";
            return new TransformException(fault, kind + wrong.getMessage(), wrong);
        }

        @Override
        public boolean reduce() {
            return elements.reduce();
        }

        @Override
        public int reduced() {
            return elements.reduced();
        }

        @Override
        public int heldBytes() {
            return elements.heldBytes();
        }
    }
}
