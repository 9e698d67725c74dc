package org.socketproxy.listener;

import org.eclipse.jetty.http.HttpException;
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

    HeaderRejection(int status, String message, RejectionCounter.Cause cause) {
        super(status, message);
        this.cause = cause;
        this.profile = null;
    }

    /** @param profile has as many connections as its limit allows */
    HeaderRejection(ErrorReply refusal, String profile) {
        super(refusal.status(), refusal.message());
        this.cause = RejectionCounter.Cause.CONNECTIONS_OF_PROFILE;
        this.profile = profile;
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
