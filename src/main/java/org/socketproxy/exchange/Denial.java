package org.socketproxy.exchange;

import java.util.List;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Denial of a request.
 *
 * @param decision the decision of the policy; null if it allows the request
 * @param reply response to the client
 * @param remedies settings that would allow the request together, beside those of the decision
 */
public record Denial(Reason reason, @Nullable Decision decision, ErrorReply reply, List<Remedy> remedies) {
    public Denial {
        remedies = List.copyOf(remedies);
    }

    /** Returns the denial with the settings that would allow the request together. */
    public Denial allowedBy(List<Remedy> settings) {
        return new Denial(reason, decision, reply, settings);
    }

    /** Returns the denial with more words at the end of its sentence. */
    public Denial with(String end) {
        return end.isEmpty()
                ? this
                : new Denial(reason, decision, new ErrorReply(reply.status(), reply.message() + end), remedies);
    }

    public static Denial of(Reason reason, int status, String sentence) {
        return of(reason, new ErrorReply(status, sentence));
    }

    public static Denial of(Reason reason, ErrorReply reply) {
        return new Denial(reason, null, reply, List.of());
    }

    public static Denial of(Decision decision, String sentence) {
        return new Denial(decision.reason(), decision, new ErrorReply(HttpStatus.FORBIDDEN_403, sentence), List.of());
    }

    /** Denies a request that the proxy failed to judge. */
    public static Denial ofFailure() {
        return of(
                Reason.INTERNAL_ERROR,
                HttpStatus.INTERNAL_SERVER_ERROR_500,
                "this request could not be judged, so it is not allowed; see the log");
    }
}
