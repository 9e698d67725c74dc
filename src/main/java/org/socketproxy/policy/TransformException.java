package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;

/**
 * Thrown if a response cannot be transformed, and is withheld from the client.
 *
 * <p>Security: the message goes to the client, so it contains no part of the response.
 */
public final class TransformException extends Exception {
    private static final long serialVersionUID = 1;

    /** Reason for the audit record, and the status of the error response. */
    public enum Fault {
        /** Unexpected form, or early end. */
        MALFORMED(Reason.RESPONSE_MALFORMED, 502),
        /** A part that must be held as a whole is too large. */
        TOO_LARGE(Reason.RESPONSE_TOO_LARGE, 502),
        /** A content coding that the request did not accept. */
        ENCODED(Reason.RESPONSE_ENCODED, 502),
        /** A part of the representation that the request did not ask for. */
        PARTIAL(Reason.RESPONSE_PARTIAL, 502),
        /** The created object uses an object outside of the profile. */
        OUTSIDE(Reason.TARGET_OUTSIDE, 409),
        /** The memory of all transforms together is exhausted. */
        NO_MEMORY(Reason.RESPONSE_MEMORY, 503),
        /** The client was too slow while other responses needed the memory. */
        SLOW(Reason.RESPONSE_SLOW, 503),
        /** A bug in the transform. */
        INTERNAL(Reason.INTERNAL_ERROR, 500);

        private final Reason reason;
        private final int status;

        Fault(Reason reason, int status) {
            this.reason = reason;
            this.status = status;
        }

        public Reason reason() {
            return reason;
        }

        public int status() {
            return status;
        }
    }

    private final Fault fault;

    /** Creates an exception; the message is a sentence or its end, in lower case, for the client. */
    public TransformException(Fault fault, String message) {
        this(fault, message, null);
    }

    /** Creates an exception with a cause for the log. */
    public TransformException(Fault fault, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
