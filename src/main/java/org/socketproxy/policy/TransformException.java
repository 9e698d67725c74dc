package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;

/**
 * A response is withheld from the client, because it cannot be transformed.
 *
 * <p>Security: the message goes to the client, so that it must not have a part of the response.
 */
public final class TransformException extends Exception {
    private static final long serialVersionUID = 1;

    /** Reason for the audit record, and the status of the error response. */
    public enum Fault {
        /** The body does not have the expected form, or ends early. */
        MALFORMED("response-malformed", 502),
        /** A part of the body that must be held as a whole is too large. */
        TOO_LARGE("response-too-large", 502),
        /** The daemon used a content coding, although the request did not accept one. */
        ENCODED("response-encoded", 502),
        /** The daemon sent a part of the representation, although the request did not ask for one. */
        PARTIAL("response-partial", 502),
        /** The object that the daemon has created uses an object of others. */
        OUTSIDE("target-outside", 409),
        /** All transforms together hold as much memory as they may. */
        NO_MEMORY("response-memory", 503),
        /** The client has not accepted a part of the response in time, and other responses needed the memory. */
        SLOW("response-slow", 503),
        /** The transform has a bug. */
        INTERNAL("internal-error", 500);

        private final String code;
        private final int status;

        Fault(String code, int status) {
            this.code = code;
            this.status = status;
        }

        /** Returns the code in the audit record. */
        public String code() {
            return code;
        }

        /** Returns the HTTP status of the error response. */
        public int status() {
            return status;
        }
    }

    private final Fault fault;

    /** @param message a sentence or its end, in lower case, for the client */
    public TransformException(Fault fault, String message) {
        this(fault, message, null);
    }

    /**
     * @param message a sentence or its end, in lower case, for the client
     * @param cause for the log only
     */
    public TransformException(Fault fault, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
