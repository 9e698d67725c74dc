package org.socketproxy.tunnel;

import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.SendFailure;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.http2.hpack.HpackEncoder;

/**
 * HTTP/2 transport whose connections end after their last call when the daemon has sent GOAWAY. Jetty removes such a
 * connection from the pool, and then closes it at the end of any call; it also closes a connection at a large head.
 */
final class DrainingTransport extends HttpClientTransportOverHTTP2 {
    DrainingTransport(HTTP2Client client) {
        super(client);
    }

    @Override
    protected Connection newConnection(Destination destination, Session session, HTTP2Connection connection) {
        return new Draining(destination, session, connection);
    }

    private static final class Draining extends HttpConnectionOverHTTP2 {
        Draining(Destination destination, Session session, HTTP2Connection connection) {
            super(destination, session, connection);
        }

        @Override
        public SendFailure send(HttpExchange exchange) {
            Request request = exchange.getRequest();
            int bytes = request.getPath().length() + GrpcClient.sizeOf(request.getHeaders());
            HpackEncoder encoder = ((HTTP2Session) getSession()).getGenerator().getHpackEncoder();
            encoder.setMaxHeaderListSize(Math.max(bytes, encoder.getMaxHeaderListSize()));
            return super.send(exchange);
        }

        /** A lost connection fails its calls by another way. */
        @Override
        public void close() {
            if (!getHttpChannels().hasNext()) {
                super.close();
            }
        }
    }
}
