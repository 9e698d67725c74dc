package org.socketproxy.listener;

import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.client.Client;
import org.socketproxy.config.Limits;
import org.socketproxy.config.Setting;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;

/**
 * Gives the errors that Jetty itself finds, such as a request that is no HTTP, the daemon's form.
 *
 * <p>Security: shows no stack trace, no class name and no version; of an exception only Jetty's own reason, and that
 * only for what the client did wrong. What no filter saw, because it is no request, is counted and written down.
 */
public final class JsonErrorHandler extends ErrorPageErrorHandler {
    private final Limits limits;
    private final RejectionCounter refusals;

    public JsonErrorHandler(Limits limits, RejectionCounter refusals) {
        this.limits = limits;
        this.refusals = refusals;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        if (request.getAttribute(ERROR_EXCEPTION) instanceof HttpException) {
            // Jetty closes the connection behind what it could not read; the client may as well know.
            response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
        }
        RejectionCounter.Cause cause = cause(status, request);
        if (cause == RejectionCounter.Cause.HEADER_MEMORY) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, ConnectionLimits.RETRY_AFTER_SECONDS);
        }
        if (!Exchange.isBegun(request)) {
            refusals.refused(cause, Client.of(request), status);
        }
        new ErrorReply(status, sentence(status, request)).writeTo(response, true, callback);
        return true;
    }

    private static RejectionCounter.Cause cause(int status, Request request) {
        if (request.getAttribute(ERROR_EXCEPTION) instanceof HeaderRejection refusal) {
            return refusal.refusalCause();
        }
        boolean isTooLarge =
                status == HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 || status == HttpStatus.URI_TOO_LONG_414;
        return isTooLarge ? RejectionCounter.Cause.HEADER_SIZE : RejectionCounter.Cause.MALFORMED;
    }

    private String sentence(int status, Request request) {
        if (request.getAttribute(ERROR_EXCEPTION) instanceof HeaderRejection refusal) {
            return refusal.getReason();
        }
        String phrase = HttpStatus.getMessage(status);
        if (status == HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431) {
            return "the request's headers are larger than " + limits.maxHeaderBytes() + " bytes; make them smaller"
                    + limits.orRaise(Setting.MAX_HEADER_SIZE);
        }
        if (status == HttpStatus.INTERNAL_SERVER_ERROR_500) {
            return "the request failed here; see the log";
        }
        boolean isReasoned = request.getAttribute(ERROR_EXCEPTION) instanceof HttpException exception
                && exception.getReason() != null;
        String reason = isReasoned ? ((HttpException) request.getAttribute(ERROR_EXCEPTION)).getReason() : phrase;
        return "this request is refused: " + reason;
    }
}
