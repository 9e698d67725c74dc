package org.socketproxy.proxy;

import java.nio.ByteBuffer;
import java.util.Map;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.internal.HttpChannelOverHTTP;
import org.eclipse.jetty.client.transport.internal.HttpConnectionOverHTTP;
import org.eclipse.jetty.client.transport.internal.HttpReceiverOverHTTP;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;

/**
 * A connection to the daemon that carries no further exchange once more came than the answer that was asked for.
 *
 * <p>Security: Jetty throws away what it has read of the surplus and keeps the connection, so that the rest of it would
 * become another client's answer (RFC 9112 section 6.3: it must not be processed as a separate response).
 */
final class DaemonConnection extends HttpConnectionOverHTTP {
    DaemonConnection(EndPoint endPoint, Map<String, Object> context) {
        super(endPoint, context);
    }

    @Override
    protected HttpChannelOverHTTP newHttpChannel() {
        return new HttpChannelOverHTTP(this) {
            @Override
            protected HttpReceiverOverHTTP newHttpReceiver() {
                return new Receiver(this);
            }
        };
    }

    private static final class Receiver extends HttpReceiverOverHTTP {
        private boolean hasSurplus;

        Receiver(HttpChannelOverHTTP channel) {
            super(channel);
        }

        @Override
        public boolean messageComplete() {
            HttpExchange exchange = getHttpExchange();
            ByteBuffer behind = getResponseBuffer();
            if (exchange != null && behind != null && behind.hasRemaining()) {
                // Behind a 1xx comes the answer, and behind a 101 the other protocol.
                hasSurplus |= !HttpStatus.isInformational(exchange.getResponse().getStatus());
            }
            return super.messageComplete();
        }

        /** Asked when the exchange has ended: then the connection is closed instead of kept. */
        @Override
        protected boolean isShutdown() {
            return hasSurplus || super.isShutdown();
        }
    }
}
