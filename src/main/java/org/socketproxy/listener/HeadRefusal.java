package org.socketproxy.listener;

import org.eclipse.jetty.http.HttpException;
import org.socketproxy.audit.Refusals;

/** Thrown into Jetty's parser to refuse a request because of its head, for a reason that Jetty does not know. */
final class HeadRefusal extends HttpException.RuntimeException {
    private static final long serialVersionUID = 1;

    private final Refusals.Cause cause;

    HeadRefusal(int status, String sentence, Refusals.Cause cause) {
        super(status, sentence);
        this.cause = cause;
    }

    Refusals.Cause refusalCause() {
        return cause;
    }
}
