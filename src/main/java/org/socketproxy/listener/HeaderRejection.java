package org.socketproxy.listener;

import org.eclipse.jetty.http.HttpException;
import org.socketproxy.audit.RejectionCounter;

/**
 * Rejects a request during the parsing of its head. Jetty's parser passes the exception to {@link JsonErrorHandler}.
 */
final class HeaderRejection extends HttpException.RuntimeException {
    private static final long serialVersionUID = 1;

    private final RejectionCounter.Cause cause;

    HeaderRejection(int status, String message, RejectionCounter.Cause cause) {
        super(status, message);
        this.cause = cause;
    }

    RejectionCounter.Cause rejectionCause() {
        return cause;
    }
}
