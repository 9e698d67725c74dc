package org.socketproxy.tunnel;

import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.Callback;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;

/**
 * Turns an exchange into a tunnel when the daemon answers 101. The proxy always requests an upgrade for an operation with the token
 * {@code tcp}; a client without such a request (Docker before 1.9, and some libraries) gets a 200 response and the raw stream.
 *
 * <p>Security: forwards only the token in the operation's row, and removes any other upgrade request.
 */
public final class HijackUpgrade implements HttpUpgrader {
    private static final String RAW_STREAM = "application/vnd.docker.raw-stream";
    private static final String TCP = "tcp";

    private final Exchange exchange;
    private final ActiveExchanges exchanges;
    private final boolean isRequested;

    private HijackUpgrade(Exchange exchange, ActiveExchanges exchanges, boolean isRequested) {
        this.exchange = exchange;
        this.exchanges = exchanges;
        this.isRequested = isRequested;
    }

    /**
     * Adds the upgrade headers of the operation's token, if it has one.
     *
     * @param grpc carries the calls of BuildKit
     */
    public static void prepare(Exchange exchange, Request proxyRequest, ActiveExchanges exchanges, GrpcClient grpc) {
        String token = exchange.trial().operation().upgrade();
        String requested = exchange.clientSide().requestedUpgrade();
        boolean isRequested = requested != null && requested.equalsIgnoreCase(token);
        if (!isRequested && !TCP.equals(token)) {
            return;
        }
        boolean isJudged = !exchange.trial().profile().isTunnellingBuilds();
        boolean isGrpc = exchange.trial().operation().isGrpcConnection() && isJudged;
        boolean isSession = exchange.trial().operation().isSession() && isJudged;
        if (isSession) {
            proxyRequest.headers(headers -> SessionHeaders.close(headers, exchange));
        }
        proxyRequest.headers(headers -> headers.put(HttpHeader.CONNECTION, HttpHeaderValue.UPGRADE.asString())
                .put(HttpHeader.UPGRADE, token));
        HttpUpgrader.Factory factory = version -> isGrpc
                ? new GrpcUpgrade(exchange, exchanges, grpc)
                : isSession
                        ? new SessionUpgrade(exchange, exchanges, grpc)
                        : new HijackUpgrade(exchange, exchanges, isRequested);
        proxyRequest.attribute(HttpUpgrader.Factory.class.getName(), factory);
    }

    @Override
    public void prepare(Request request) {
        // The static method has set the headers.
    }

    /**
     * Sends the response head to the client and moves both connections to the tunnel, that of the client when the servlet container
     * completes the exchange. Forwards bytes after either head too.
     */
    @Override
    public void upgrade(Response response, EndPoint daemon, Callback callback) {
        ClientConnection clientSide = exchange.clientSide();
        int status = isRequested ? HttpStatus.SWITCHING_PROTOCOLS_101 : HttpStatus.OK_200;
        HijackTunnel tunnel = HijackTunnel.between(clientSide, daemon, () -> {
            exchanges.end(exchange);
            exchange.tunnelClosed();
        });
        exchange.upgrade(tunnel, status);
        clientSide.request().setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, tunnel.clientEnd());
        clientSide.response().setStatus(status);
        HttpFields.Mutable headers = clientSide.response().getHeaders();
        if (isRequested) {
            response.getHeaders().forEach(headers::add);
        } else {
            headers.put(HttpHeader.CONTENT_TYPE, RAW_STREAM);
            headers.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
        }
        daemon.upgrade(tunnel.daemonEnd());
        clientSide.response().write(false, null, Callback.from(clientSide::complete, cause -> {
            tunnel.close(cause);
            clientSide.complete();
        }));
        callback.succeeded();
    }
}
