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
import org.socketproxy.exchange.ClientSide;
import org.socketproxy.exchange.Exchange;

/**
 * Turns an exchange into a tunnel, once the daemon has agreed. The daemon is always asked to upgrade; a client that did
 * not ask itself (Docker before 1.9, and some libraries) gets the older form, a 200 with a raw stream behind it.
 *
 * <p>Security: only the token that the operation's row names is passed on. A client that asks for another one, or on
 * another operation, is served as if it had not asked.
 */
public final class HijackUpgrade implements HttpUpgrader {
    private static final String RAW_STREAM = "application/vnd.docker.raw-stream";
    private static final String TCP = "tcp";

    private final Exchange exchange;
    private final ActiveExchanges exchanges;
    private final boolean isAsked;

    private HijackUpgrade(Exchange exchange, ActiveExchanges exchanges, boolean isAsked) {
        this.exchange = exchange;
        this.exchanges = exchanges;
        this.isAsked = isAsked;
    }

    /** Asks the daemon to upgrade, where operation and client do. */
    public static void prepare(Exchange exchange, Request proxyRequest, ActiveExchanges exchanges) {
        String token = exchange.operation().upgrade();
        String asked = exchange.clientSide().requestedUpgrade();
        boolean isAsked = asked != null && asked.equalsIgnoreCase(token);
        if (!isAsked && !TCP.equals(token)) {
            return;
        }
        proxyRequest.headers(headers -> headers.put(HttpHeader.CONNECTION, HttpHeaderValue.UPGRADE.asString())
                .put(HttpHeader.UPGRADE, token));
        HttpUpgrader.Factory factory = version -> new HijackUpgrade(exchange, exchanges, isAsked);
        proxyRequest.attribute(HttpUpgrader.Factory.class.getName(), factory);
    }

    @Override
    public void prepare(Request request) {
        // The headers are set already.
    }

    /**
     * The daemon has answered 101: sends the client its head, and gives both connections to the tunnel. The client's
     * changes hands when the container completes the exchange; bytes that came behind either head go along.
     */
    @Override
    public void upgrade(Response response, EndPoint daemon, Callback callback) {
        ClientSide clientSide = exchange.clientSide();
        int status = isAsked ? HttpStatus.SWITCHING_PROTOCOLS_101 : HttpStatus.OK_200;
        HijackTunnel tunnel = HijackTunnel.between(clientSide, daemon, () -> {
            exchanges.end(exchange);
            exchange.tunnelClosed();
        });
        exchange.upgrade(tunnel, status);
        clientSide.request().setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, tunnel.clientEnd());
        clientSide.response().setStatus(status);
        HttpFields.Mutable headers = clientSide.response().getHeaders();
        if (isAsked) {
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
