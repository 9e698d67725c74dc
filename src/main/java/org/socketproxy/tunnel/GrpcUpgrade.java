package org.socketproxy.tunnel;

import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.Tunnel;

/**
 * Turns the exchange of {@code POST /grpc} into two HTTP/2 connections when the daemon answers 101. Each gRPC call of
 * the client is then an exchange of its own, which passes the filters. The exchange ends with the client's connection.
 */
final class GrpcUpgrade implements HttpUpgrader {
    private final Exchange exchange;
    private final ActiveExchanges exchanges;
    private final GrpcClient grpc;

    GrpcUpgrade(Exchange exchange, ActiveExchanges exchanges, GrpcClient grpc) {
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
        Connection streams = clientSide.newStreams();
        exchange.upgrade(new Streams(streams), HttpStatus.SWITCHING_PROTOCOLS_101);
        clientSide.whenClosed(
                () -> { // also before the streams have begun
                    exchanges.end(exchange);
                    exchange.tunnelClosed();
                });
        clientSide.request().setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, streams);
        clientSide.response().setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
        response.getHeaders().forEach(clientSide.response().getHeaders()::add);
        grpc.begin(exchange, daemonEnd);
        clientSide.response().write(false, null, Callback.from(clientSide::complete, cause -> {
            clientSide.endPoint().close(cause);
            clientSide.complete();
        }));
        callback.succeeded();
    }

    /** The connection of the client, in the role of a tunnel. */
    private record Streams(Connection connection) implements Tunnel {
        @Override
        public long upstreamBytes() {
            return connection.getBytesIn();
        }

        @Override
        public long downstreamBytes() {
            return connection.getBytesOut();
        }

        @Override
        public void close(@Nullable Throwable cause) {
            connection.getEndPoint().close(cause);
        }
    }
}
