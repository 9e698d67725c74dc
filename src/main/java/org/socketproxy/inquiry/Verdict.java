package org.socketproxy.inquiry;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Trial;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.scope.ObjectRule;

/** Result of a {@link Step}. */
public sealed interface Verdict {
    int LONGEST_ERROR_BYTES = 64 * 1024;

    /** Returns the reason of the denial; null if the request is not denied. */
    @Nullable
    Reason reason();

    /** Returns a completed future. */
    default CompletableFuture<Verdict> now() {
        return CompletableFuture.completedFuture(this);
    }

    static Verdict denied(Reason reason, int status, String sentence) {
        return new Denied(Denial.of(reason, status, sentence));
    }

    /**
     * Denies a name that a rule of the profile does not select.
     *
     * @param fault what is wrong, after the operation
     * @param remedies elements of the rule that would select the name; empty if none would
     */
    static Verdict denied(Trial trial, ObjectRule rule, String fault, List<Remedy> remedies) {
        String sentence = DenialMessage.ofName(
                rule, trial.operation(), fault, remedies, trial.profile().origin());
        return new Denied(Denial.of(Reason.TARGET_NAME, HttpStatus.FORBIDDEN_403, sentence)
                .allowedBy(remedies));
    }

    /** The next step runs. */
    enum Passed implements Verdict {
        INSTANCE;

        @Override
        public @Nullable Reason reason() {
            return null;
        }
    }

    /** The proxy answers in its own words. */
    record Denied(Denial denial) implements Verdict {
        @Override
        public Reason reason() {
            return denial.reason();
        }
    }

    /**
     * The proxy answers like the daemon for a missing object or another error.
     *
     * @param contentType empty without a body
     */
    record Relayed(@Nullable Reason reason, int status, String contentType, ByteBuffer body) implements Verdict {}

    /**
     * The proxy answers a gRPC call with success.
     *
     * @param messages with the frame of gRPC; empty for none
     */
    record Answered(@Nullable Reason reason, ByteBuffer messages) implements Verdict {}

    /** The client has left, was too slow or sent a broken body, or the proxy stops: the connection is closed. */
    record Aborted(Reason reason, Throwable cause) implements Verdict {}

    /** The client left, or the proxy stops. */
    static Verdict aborted() {
        return new Aborted(Reason.CONTAINER_INCOMPLETE, new EofException("The exchange was aborted"));
    }

    /** The daemon's error in its own words if the object does not exist, or a prefix of an id is ambiguous. */
    static Verdict refused(Inspection found, String object) {
        int status = found.status();
        boolean isAnswer = status >= HttpStatus.OK_200 && status < HttpStatus.INTERNAL_SERVER_ERROR_500;
        if (isAnswer && status >= HttpStatus.BAD_REQUEST_400 && found.body().remaining() <= LONGEST_ERROR_BYTES) {
            return new Relayed(Reason.lookup(object), status, "application/json", found.body());
        }
        return lookup(
                object,
                isAnswer
                        ? "the daemon did not describe the " + object
                        : "the daemon answered " + status + " to an inspect of the " + object);
    }

    /** Denies a request whose objects the daemon does not describe. */
    static Verdict lookup(String object, String problem) {
        return lookup(object, new ErrorReply(HttpStatus.BAD_GATEWAY_502, problem));
    }

    static Verdict lookup(String object, ErrorReply reply) {
        return new Denied(Denial.of(Reason.lookup(object), reply));
    }
}
