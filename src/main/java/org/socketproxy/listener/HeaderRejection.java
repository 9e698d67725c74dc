package org.socketproxy.listener;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.exchange.ErrorReply;

/**
 * Rejects a request during the parsing of its head. Jetty's parser passes the exception to {@link JsonErrorHandler}.
 */
final class HeaderRejection extends HttpException.RuntimeException {
    private static final long serialVersionUID = 1;

    private final RejectionCounter.Cause cause;
    private final @Nullable String profile;
    private final boolean isCounted;

    HeaderRejection(int status, String message, RejectionCounter.Cause cause) {
        super(status, message);
        this.cause = cause;
        this.profile = null;
        this.isCounted = false;
    }

    /** @param profile has as many connections as its limit allows */
    HeaderRejection(ErrorReply refusal, String profile) {
        super(refusal.status(), refusal.message());
        this.cause = RejectionCounter.Cause.CONNECTIONS_OF_PROFILE;
        this.profile = profile;
        this.isCounted = false;
    }

    private HeaderRejection(int status, String message) {
        super(status, message);
        this.cause = RejectionCounter.Cause.CONNECTIONS;
        this.profile = null;
        this.isCounted = true;
    }

    /** Creates the rejection of a request that {@link ConnectionLimits} has refused and counted; null for no message. */
    static HeaderRejection counted(@Nullable ErrorReply refusal) {
        return refusal == null
                ? new HeaderRejection(HttpStatus.SERVICE_UNAVAILABLE_503, "there are too many connections already")
                : new HeaderRejection(refusal.status(), refusal.message());
    }

    /** Returns whether the rejection counter has this rejection already. */
    boolean isCounted() {
        return isCounted;
    }

    /** Returns the name of the profile with the limit that rejects the request, or null. */
    @Nullable
    String profile() {
        return profile;
    }

    RejectionCounter.Cause rejectionCause() {
        return cause;
    }
}
