package org.socketproxy.jetty;

import java.nio.ByteBuffer;
import java.util.Map;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.SendFailure;
import org.eclipse.jetty.client.transport.internal.HttpChannelOverHTTP;
import org.eclipse.jetty.client.transport.internal.HttpConnectionOverHTTP;
import org.eclipse.jetty.client.transport.internal.HttpReceiverOverHTTP;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 connection to the daemon that is closed, not reused, when the daemon sends more bytes than the response.
 *
 * <p>Specialises {@link HttpConnectionOverHTTP}, its channel and its receiver. It also defers aborts while a response
 * is parsed, see {@link DeferredAborts}. After an upgrade of Jetty check that {@code HttpReceiverOverHTTP} still calls
 * {@code messageComplete}, {@code isShutdown}, {@code abort}, {@code dispose}, {@code read} and {@code responseSuccess}
 * at the same points.
 *
 * <p>Security: Jetty discards the surplus bytes that it has read and keeps the connection. The rest of the surplus
 * would then become the response of another client (RFC 9112 section 6.3: it must not be processed as a separate
 * response).
 */
public final class DaemonConnection extends HttpConnectionOverHTTP {
    public DaemonConnection(EndPoint endPoint, Map<String, Object> context) {
        super(endPoint, context);
    }

    private boolean isReused;
    private long bytesInBefore;

    @Override
    protected Channel newHttpChannel() {
        return new Channel(this);
    }

    @Override
    public SendFailure send(HttpExchange exchange) {
        isReused = getMessagesOut() > 0;
        bytesInBefore = getBytesIn();
        return super.send(exchange);
    }

    /** Returns whether the last request went over a reused connection and not a byte of its response was received. */
    public boolean isReusedWithoutResponse() {
        return isReused && getBytesIn() == bytesInBefore;
    }

    @Override
    public void onFillable() {
        DeferredAborts aborts = ((Channel) getHttpChannel()).receiver().aborts;
        aborts.enter();
        try {
            super.onFillable();
        } finally {
            aborts.leave();
        }
    }

    private static final class Channel extends HttpChannelOverHTTP {
        Channel(DaemonConnection connection) {
            super(connection);
        }

        @Override
        protected Receiver newHttpReceiver() {
            return new Receiver(this);
        }

        Receiver receiver() {
            return (Receiver) getHttpReceiver();
        }
    }

    private static final class Receiver extends HttpReceiverOverHTTP {
        private final DeferredAborts aborts = new DeferredAborts(this::releaseBuffer);
        private boolean hasSurplus;

        Receiver(HttpChannelOverHTTP channel) {
            super(channel);
        }

        @Override
        public boolean messageComplete() {
            HttpExchange exchange = getHttpExchange();
            ByteBuffer rest = getResponseBuffer();
            if (exchange != null && rest != null && rest.hasRemaining()) {
                // The final response follows a 1xx response, and the upgraded protocol follows a 101.
                hasSurplus |= !HttpStatus.isInformational(exchange.getResponse().getStatus());
            }
            return super.messageComplete();
        }

        /** Jetty calls this at the end of an exchange and closes the connection on {@code true}. */
        @Override
        protected boolean isShutdown() {
            return hasSurplus || super.isShutdown();
        }

        /** Jetty calls this for every failure of an exchange. */
        @Override
        public void abort(HttpExchange exchange, Throwable failure, Promise<Boolean> promise) {
            aborts.run(() -> super.abort(exchange, failure, promise));
        }

        @Override
        protected void dispose() {
            super.dispose();
            aborts.ended();
        }

        /**
         * Clears the buffer and returns it to the pool. Jetty would keep it for a next parse, which does not happen.
         */
        private void releaseBuffer() {
            BufferUtil.clear(getResponseBuffer());
            onUpgradeFrom();
        }

        @Override
        public Content.@Nullable Chunk read(boolean fillInterestIfNeeded) {
            aborts.enter();
            try {
                return super.read(fillInterestIfNeeded);
            } finally {
                aborts.leave();
            }
        }

        /** Jetty passes the parsing of the bytes after a response, or after a 1xx response, as a task. */
        @Override
        protected void responseSuccess(@Nullable Runnable parseNext) {
            super.responseSuccess(
                    parseNext == null
                            ? null
                            : () -> {
                                aborts.enter();
                                try {
                                    parseNext.run();
                                } finally {
                                    aborts.leave();
                                }
                            });
        }
    }
}
