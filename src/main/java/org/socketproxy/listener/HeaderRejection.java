package org.socketproxy.listener;

import org.eclipse.jetty.http.HttpException;
import org.socketproxy.audit.RejectionCounter;

/** Thrown into Jetty's parser to refuse a request because of its head, for a reason that Jetty does not know. */
final class HeaderRejection extends HttpException.RuntimeException {
    private static final long serialVersionUID = 1;

    private final RejectionCounter.Cause cause;

    HeaderRejection(int status, String sentence, RejectionCounter.Cause cause) {
        super(status, sentence);
        this.cause = cause;
    }

    RejectionCounter.Cause refusalCause() {
        return cause;
    }
}
