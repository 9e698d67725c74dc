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
 * is parsed, see {@link DeferredAborts}. While it is lent, all events go to its borrower. After an upgrade of Jetty
 * check that {@code HttpReceiverOverHTTP} still calls {@code messageComplete}, {@code isShutdown}, {@code abort},
 * {@code dispose}, {@code read} and {@code responseSuccess} at the same points, and registers its fill interest last.
 *
 * <p>Security: Jetty discards the surplus bytes that it has read and keeps the connection. The rest of the surplus
 * would then become the response of another client (RFC 9112 section 6.3: it must not be processed as a separate
 * response).
 */
public final class DaemonConnection extends HttpConnectionOverHTTP {
    public DaemonConnection(EndPoint endPoint, Map<String, Object> context) {
        super(endPoint, context);
    }

    /** Sends a request over a pooled connection without the HTTP client. */
    public interface Borrower {
        /** Bytes or the end of the stream can be read. */
        void readable();

        /** The connection has failed; any thread can call it, also when it is not lent any more. */
        void lost(Throwable cause);
    }

    /** Guards the borrower, so that an event goes either to it or to Jetty. */
    private final Object lending = new Object();

    private @Nullable Borrower borrower;
    private volatile boolean wasLent;
    private boolean isReused;
    private long bytesInBefore;
    /** Bytes that Jetty had read at the end of its last exchange. A borrower reads from the end point. */
    private volatile long bytesInOfExchanges;

    @Override
    protected Channel newHttpChannel() {
        return new Channel(this);
    }

    @Override
    public SendFailure send(HttpExchange exchange) {
        isReused = getMessagesOut() > 0 || wasLent;
        bytesInBefore = getBytesIn();
        return super.send(exchange);
    }

    /** Returns whether the last request went over a reused connection and not a byte of its response was received. */
    public boolean isReusedWithoutResponse() {
        return isReused && getBytesIn() == bytesInBefore;
    }

    @Override
    public void release() {
        bytesInOfExchanges = getBytesIn();
        super.release();
    }

    /** Returns whether the connection is open, and Jetty does not read from it and has read no byte after its last response. */
    boolean isLendable() {
        return !isClosed() && isFillInterested() && getBytesIn() == bytesInOfExchanges;
    }

    /** Lends a connection of {@link DaemonConnectionPool#idle}. Returns false if Jetty has read from it meanwhile. */
    public boolean lend(Borrower next) {
        synchronized (lending) {
            if (!isLendable()) {
                return false;
            }
            borrower = next;
        }
        wasLent = true;
        return true;
    }

    /**
     * Takes the connection back.
     *
     * @param isReusable whether the response was complete and no byte follows it; otherwise the connection is closed
     */
    public void giveBack(boolean isReusable) {
        synchronized (lending) {
            borrower = null;
        }
        if (isReusable) {
            fillInterested();
            returnUnused();
        } else {
            close();
        }
    }

    /** Returns the connection to the pool without an exchange of Jetty. */
    void returnUnused() {
        super.release();
    }

    private @Nullable Borrower borrower() {
        synchronized (lending) {
            return borrower;
        }
    }

    @Override
    protected void close(Throwable failure) {
        super.close(failure);
        notifyLost(failure);
    }

    @Override
    public void onFillInterestedFailed(Throwable cause) {
        super.onFillInterestedFailed(cause);
        notifyLost(cause);
    }

    private void notifyLost(Throwable cause) {
        Borrower current = borrower();
        if (current != null) {
            current.lost(cause);
        }
    }

    @Override
    public void onFillable() {
        Borrower current = borrower();
        if (current != null) {
            current.readable();
            return;
        }
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
