package org.socketproxy.tunnel;

import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.Callback;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;

/** Turns the exchange of {@code POST /session} into a {@link JudgedSession} when the daemon answers 101. */
final class SessionUpgrade implements HttpUpgrader {
    private final Exchange exchange;
    private final ActiveExchanges exchanges;
    private final GrpcClient grpc;

    SessionUpgrade(Exchange exchange, ActiveExchanges exchanges, GrpcClient grpc) {
        this.exchange = exchange;
        this.exchanges = exchanges;
        this.grpc = grpc;
    }

    @Override
    public void prepare(Request request) {
        // HijackUpgrade has set the headers.
    }

    @Override
    public void upgrade(Response response, EndPoint daemonEnd, Callback callback) {
        ClientConnection clientSide = exchange.clientSide();
        JudgedSession session = new JudgedSession(exchange, exchanges, daemonEnd, grpc.newUnread(exchange));
        exchange.upgrade(session, HttpStatus.SWITCHING_PROTOCOLS_101);
        session.begin();
        clientSide.request().setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, session.clientEnd());
        clientSide.response().setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
        response.getHeaders().forEach(clientSide.response().getHeaders()::add);
        clientSide.response().write(false, null, Callback.from(clientSide::complete, cause -> {
            session.close(cause);
            clientSide.complete();
        }));
        callback.succeeded();
    }
}
