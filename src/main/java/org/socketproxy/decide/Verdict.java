package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.socketproxy.exchange.Denial;
import org.socketproxy.policy.Reason;

/** Result of a {@link Step}. */
sealed interface Verdict {
    /** Returns the code of the denial; empty if the request is not denied. */
    String code();

    /** Returns a completed future. */
    default CompletableFuture<Verdict> now() {
        return CompletableFuture.completedFuture(this);
    }

    static Verdict denied(Reason reason, int status, String sentence) {
        return new Denied(Denial.of(reason, status, sentence));
    }

    /** The next step runs. */
    enum Passed implements Verdict {
        INSTANCE;

        @Override
        public String code() {
            return "";
        }
    }

    /** The proxy answers in its own words. */
    record Denied(Denial denial) implements Verdict {
        @Override
        public String code() {
            return denial.code();
        }
    }

    /**
     * The proxy answers like the daemon for a missing object or another error.
     *
     * @param contentType empty without a body
     */
    record Relayed(String code, int status, String contentType, ByteBuffer body) implements Verdict {}

    /**
     * The proxy answers a gRPC call with success.
     *
     * @param messages with the frame of gRPC; empty for none
     */
    record Answered(String code, ByteBuffer messages) implements Verdict {}

    /** The client has left, was too slow or sent a broken body, or the proxy stops: the connection is closed. */
    record Aborted(String code, Throwable cause) implements Verdict {}
}
