package org.socketproxy.forward;

import java.io.IOException;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.util.Promise;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.jetty.DaemonConnection;

/**
 * Sends a request once more that met a kept connection in the moment when the daemon closed it: RFC 9112 section 9.3.1 lets
 * a client do that with what may be repeated. It goes out on a connection of its own, since the other kept ones
 * may have been closed together with the first, and no more than once.
 */
final class StaleConnectionRetry implements Promise<Connection> {
    private final Exchange exchange;
    private final ResponseForwarder response;
    private final ForwardedRequest request;

    /** @param first the request that met a stale connection */
    StaleConnectionRetry(Exchange exchange, ForwardedRequest first, ResponseForwarder response) {
        this.exchange = exchange;
        this.response = response;
        this.request = first.again();
    }

    /** Whether the exchange ended in the way that another connection would mend, and nobody has seen anything of it. */
    static boolean isDue(Result result, Exchange exchange, ForwardedRequest request) {
        return result.getResponseFailure() instanceof IOException
                && result.getRequest().getConnection() instanceof DaemonConnection connection
                && connection.isReusedWithoutResponse()
                && isRepeatable(exchange, request)
                && !exchange.isAbandoned()
                && !exchange.clientSide().response().isCommitted();
    }

    /** Only a safe method changes nothing at the daemon (RFC 9110 section 9.2.2), and a body is read once. */
    private static boolean isRepeatable(Exchange exchange, ForwardedRequest request) {
        String method = request.getMethod();
        return (HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method))
                && !exchange.operation().write().isAlways()
                && !request.isUpgrade()
                && !exchange.clientSide().hasBody();
    }

    void begin() {
        exchange.forward(request);
        request.destination().newConnection(this);
    }

    /** The connection is in no pool, so that it has served no exchange before and ends with this one. */
    @Override
    public void succeeded(Connection connection) {
        Response.CompleteListener closing = result -> connection.close();
        request.onComplete(closing);
        connection.send(request, response);
        if (exchange.isAbandoned()) {
            // What was cut before it was sent was not there to be cut.
            request.getConversation().abort(new EofException("Nobody waits for it"), Promise.noop());
        }
    }

    @Override
    public void failed(Throwable failure) {
        response.onNoConnection(failure);
    }
}
