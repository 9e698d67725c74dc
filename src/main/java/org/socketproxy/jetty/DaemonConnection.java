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
 * A connection to the daemon that carries no further exchange once more came than the answer that was asked for.
 *
 * <p>Security: Jetty throws away what it has read of the surplus and keeps the connection, so that the rest of it would
 * become another client's answer (RFC 9112 section 6.3: it must not be processed as a separate response). And
 * see {@link DeferredAborts}.
 */
public final class DaemonConnection extends HttpConnectionOverHTTP {
    public DaemonConnection(EndPoint endPoint, Map<String, Object> context) {
        super(endPoint, context);
    }

    private boolean isKept;
    private long bytesInBefore;

    @Override
    protected Channel newHttpChannel() {
        return new Channel(this);
    }

    @Override
    public SendFailure send(HttpExchange exchange) {
        isKept = getMessagesOut() > 0;
        bytesInBefore = getBytesIn();
        return super.send(exchange);
    }

    /** Whether it had served an exchange before the last one, and brought not a byte of answer to that. */
    public boolean isKeptAndUnanswered() {
        return isKept && getBytesIn() == bytesInBefore;
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

        /** Whatever fails an exchange comes by here. */
        @Override
        public void abort(HttpExchange exchange, Throwable failure, Promise<Boolean> promise) {
            aborts.run(() -> super.abort(exchange, failure, promise));
        }

        @Override
        protected void dispose() {
            super.dispose();
            aborts.ended();
        }

        /** Which Jetty leaves to whoever parses next, who will not come; and what is left in it, nobody wants. */
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

        /** What comes behind an answer, or a 1xx, is parsed by whoever read it to its end. */
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
