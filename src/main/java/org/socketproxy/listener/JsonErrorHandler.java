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
 * Writes errors that Jetty detects, such as malformed HTTP, as JSON in the form of the daemon. Requests that no filter
 * has seen are counted and recorded in the audit log here.
 *
 * <p>Security: the response contains no stack trace, class name or version. It contains Jetty's reason only for errors
 * of the client.
 */
public final class JsonErrorHandler extends ErrorPageErrorHandler {
    private final Limits limits;
    private final RejectionCounter rejections;

    /** Creates an error handler that counts the rejected requests. */
    public JsonErrorHandler(Limits limits, RejectionCounter rejections) {
        this.limits = limits;
        this.rejections = rejections;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        if (request.getAttribute(ERROR_EXCEPTION) instanceof HttpException) {
            // Jetty closes the connection after a request that it could not parse.
            response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
        }
        RejectionCounter.Cause cause = cause(status, request);
        if (cause == RejectionCounter.Cause.HEADER_MEMORY || cause == RejectionCounter.Cause.CONNECTIONS_OF_PROFILE) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, ConnectionLimits.RETRY_AFTER_SECONDS);
        }
        if (!Exchange.isBegun(request)) {
            String profile = request.getAttribute(ERROR_EXCEPTION) instanceof HeaderRejection rejection
                    ? rejection.profile()
                    : null;
            rejections.refused(cause, Client.of(request), profile, status);
        }
        new ErrorReply(status, message(status, request)).writeTo(response, true, callback);
        return true;
    }

    private static RejectionCounter.Cause cause(int status, Request request) {
        if (request.getAttribute(ERROR_EXCEPTION) instanceof HeaderRejection rejection) {
            return rejection.rejectionCause();
        }
        boolean isTooLarge =
                status == HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 || status == HttpStatus.URI_TOO_LONG_414;
        return isTooLarge ? RejectionCounter.Cause.HEADER_SIZE : RejectionCounter.Cause.MALFORMED;
    }

    private String message(int status, Request request) {
        if (request.getAttribute(ERROR_EXCEPTION) instanceof HeaderRejection rejection) {
            return rejection.getReason();
        }
        String phrase = HttpStatus.getMessage(status);
        if (status == HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431) {
            return "the request's headers are larger than " + limits.maxHeaderBytes() + " bytes; make them smaller"
                    + limits.orRaise(Setting.MAX_HEADER_SIZE);
        }
        if (status == HttpStatus.INTERNAL_SERVER_ERROR_500) {
            return "the request failed in the proxy; see its log";
        }
        boolean isReasoned = request.getAttribute(ERROR_EXCEPTION) instanceof HttpException exception
                && exception.getReason() != null;
        String reason = isReasoned ? ((HttpException) request.getAttribute(ERROR_EXCEPTION)).getReason() : phrase;
        return "this request is refused: " + reason;
    }
}
