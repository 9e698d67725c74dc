package org.socketproxy.tunnel;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
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
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ActiveExchange;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientSide;
import org.socketproxy.filter.PermissionFilter;
import org.socketproxy.forward.ForwardedRequest;

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

    private final ActiveExchange exchange;
    private final ActiveExchanges exchanges;
    private final boolean isAsked;

    private HijackUpgrade(ActiveExchange exchange, ActiveExchanges exchanges, boolean isAsked) {
        this.exchange = exchange;
        this.exchanges = exchanges;
        this.isAsked = isAsked;
    }

    /** Asks the daemon to upgrade, where operation and client do. */
    public static void prepare(HttpServletRequest request, Request proxyRequest, ActiveExchanges exchanges) {
        Operation operation = (Operation) Objects.requireNonNull(request.getAttribute(PermissionFilter.OPERATION));
        ActiveExchange exchange = ((ForwardedRequest) proxyRequest).exchange();
        String token = operation.upgrade();
        String asked = exchange.downstream().requestedUpgrade();
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
        ClientSide downstream = exchange.downstream();
        exchange.end();
        exchanges.end(exchange);
        exchange.audited().becameTunnel();
        int status = isAsked ? HttpStatus.SWITCHING_PROTOCOLS_101 : HttpStatus.OK_200;
        HijackTunnel tunnel = HijackTunnel.between(exchange, daemon, exchanges, status);
        downstream.request().setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, tunnel.clientSide());
        downstream.response().setStatus(status);
        HttpFields.Mutable headers = downstream.response().getHeaders();
        if (isAsked) {
            response.getHeaders().forEach(headers::add);
        } else {
            headers.put(HttpHeader.CONTENT_TYPE, RAW_STREAM);
            headers.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
        }
        daemon.upgrade(tunnel.daemonSide());
        downstream.response().write(false, null, Callback.from(downstream::complete, cause -> {
            tunnel.cut(cause);
            downstream.complete();
        }));
        callback.succeeded();
    }
}
