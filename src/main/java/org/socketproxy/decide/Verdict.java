package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.policy.scope.MissingObject;

/**
 * Result of a {@link Step}. A step that returns another verdict than {@link Passed}, or {@link Answered} in place of the daemon, has
 * recorded the denial in the exchange.
 */
sealed interface Verdict {
    /** Returns a completed future. */
    default CompletableFuture<Verdict> now() {
        return CompletableFuture.completedFuture(this);
    }

    /** The next step runs. */
    enum Passed implements Verdict {
        INSTANCE
    }

    /** The proxy answers in its own words. */
    record Denied(ErrorReply reply) implements Verdict {}

    /**
     * The proxy answers like the daemon for a missing object or another error.
     *
     * @param contentType empty without a body
     */
    record Relayed(int status, String contentType, ByteBuffer body) implements Verdict {}

    /**
     * The proxy answers a gRPC call with success.
     *
     * @param messages with the frame of gRPC; empty for none
     */
    record Answered(ByteBuffer messages) implements Verdict {}

    /**
     * The client must not know of the object. {@link Inquiry} words it as the daemon does, in a {@link Relayed}.
     *
     * @param isAbsent whether no object has the name: then the request is not denied
     */
    record Missing(MissingObject object, boolean isAbsent) implements Verdict {}

    /** The client has left, was too slow or sent a broken body, or the proxy stops: the connection is closed. */
    record Aborted(Throwable cause) implements Verdict {}
}
