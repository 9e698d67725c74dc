package org.socketproxy.forward;

import java.io.IOException;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.util.Promise;
import org.socketproxy.daemon.DaemonRequest;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.jetty.DaemonConnection;

/**
 * Retries a safe request once, on a new connection, after its pooled connection was stale: the daemon closed it at the
 * same time (RFC 9112 section 9.3.1). The other pooled connections may be stale too.
 */
final class StaleConnectionRetry implements Promise<Connection> {
    private final Exchange exchange;
    private final ResponseForwarder response;
    private final DaemonRequest request;

    /** @param first the request that failed on a stale connection */
    StaleConnectionRetry(Exchange exchange, DaemonRequest first, ResponseForwarder response) {
        this.exchange = exchange;
        this.response = response;
        this.request = first.copy();
    }

    /** Returns whether the connection was stale, the request can be repeated, and the client has received nothing. */
    static boolean isDue(Result result, Exchange exchange, DaemonRequest request) {
        return result.getResponseFailure() instanceof IOException
                && result.getRequest().getConnection() instanceof DaemonConnection connection
                && connection.isReusedWithoutResponse()
                && !request.isUpgrade()
                && isDue(exchange);
    }

    /** Returns whether the request can be repeated, and the client has received nothing. */
    static boolean isDue(Exchange exchange) {
        return isRepeatable(exchange)
                && !exchange.isAbandoned()
                && !exchange.clientSide().response().isCommitted();
    }

    /**
     * Only a safe method can be repeated (RFC 9110 section 9.2.2), and only without a body, which can be read only
     * once.
     */
    private static boolean isRepeatable(Exchange exchange) {
        String method = exchange.clientSide().request().getMethod();
        return (HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method))
                && !exchange.trial().operation().write().isAlways()
                && !exchange.clientSide().hasBody();
    }

    void begin() {
        exchange.forward(cause -> {
            var unused = request.abort(cause);
        });
        request.destination().newConnection(this);
    }

    /** The connection is not pooled, so it is closed after this exchange. */
    @Override
    public void succeeded(Connection connection) {
        Response.CompleteListener closing = result -> connection.close();
        request.onComplete(closing);
        connection.send(request, response);
        if (exchange.isAbandoned()) {
            // An abort before the send had no effect on this request.
            request.getConversation().abort(new EofException("The exchange was aborted"), Promise.noop());
        }
    }

    @Override
    public void failed(Throwable failure) {
        response.onConnectFailure(failure);
    }
}
