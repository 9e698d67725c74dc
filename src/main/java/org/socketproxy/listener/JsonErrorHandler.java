package org.socketproxy.listener;

import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
    private static final Logger LOG = LoggerFactory.getLogger(JsonErrorHandler.class);
    private static final String TLS_HINT = "this listener has no TLS. Let the client use plain HTTP (docker: unset"
            + " DOCKER_TLS_VERIFY; some clients use TLS for each tcp:// address whose port is not 2375: use port 2375"
            + " or http://), or give LISTEN a tls:// address";

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
        if (cause == RejectionCounter.Cause.HEADER_MEMORY
                || cause == RejectionCounter.Cause.CONNECTIONS
                || cause == RejectionCounter.Cause.CONNECTIONS_OF_PROFILE) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, ConnectionLimits.RETRY_AFTER_SECONDS);
        }
        boolean isCounted =
                request.getAttribute(ERROR_EXCEPTION) instanceof HeaderRejection rejection && rejection.isCounted();
        if (!Exchange.isBegun(request) && !isCounted) {
            String profile = request.getAttribute(ERROR_EXCEPTION) instanceof HeaderRejection rejection
                    ? rejection.profile()
                    : null;
            Client client = Client.of(request);
            if (rejections.refused(cause, client, profile, status) && cause == RejectionCounter.Cause.TLS_ON_PLAIN) {
                LOG.warn("{} begins a TLS handshake: {}", client.name(), TLS_HINT);
            }
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
        if (isTooLarge) {
            return RejectionCounter.Cause.HEADER_SIZE;
        }
        boolean isHello =
                request.getAttribute(ERROR_EXCEPTION) instanceof HttpException exception && isClientHello(exception);
        return isHello ? RejectionCounter.Cause.TLS_ON_PLAIN : RejectionCounter.Cause.MALFORMED;
    }

    /** The first byte of a TLS handshake is 22 (RFC 8446 section 5.1), which Jetty names. */
    private static boolean isClientHello(HttpException exception) {
        return String.valueOf(exception.getReason()).startsWith("Illegal character CNTL=0x16");
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
        if (cause(status, request) == RejectionCounter.Cause.TLS_ON_PLAIN) {
            return TLS_HINT;
        }
        boolean isReasoned = request.getAttribute(ERROR_EXCEPTION) instanceof HttpException exception
                && exception.getReason() != null;
        String reason = isReasoned ? ((HttpException) request.getAttribute(ERROR_EXCEPTION)).getReason() : phrase;
        return "this request is refused: " + reason;
    }
}
