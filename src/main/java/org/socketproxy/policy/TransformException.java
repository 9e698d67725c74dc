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
        MALFORMED("response-malformed", 502),
        /** A part that must be held as a whole is too large. */
        TOO_LARGE("response-too-large", 502),
        /** A content coding that the request did not accept. */
        ENCODED("response-encoded", 502),
        /** A part of the representation that the request did not ask for. */
        PARTIAL("response-partial", 502),
        /** The created object uses an object outside of the profile. */
        OUTSIDE("target-outside", 409),
        /** The memory of all transforms together is exhausted. */
        NO_MEMORY("response-memory", 503),
        /** The client was too slow while other responses needed the memory. */
        SLOW("response-slow", 503),
        /** A bug in the transform. */
        INTERNAL("internal-error", 500);

        private final String code;
        private final int status;

        Fault(String code, int status) {
            this.code = code;
            this.status = status;
        }

        public String code() {
            return code;
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
