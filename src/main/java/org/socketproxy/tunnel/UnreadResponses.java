package org.socketproxy.tunnel;

import org.eclipse.jetty.http2.BufferingFlowControlStrategy;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.build.MessageSplitter;

/**
 * Counts the bytes that the daemon has sent for the calls of one connection of a client, and that the client has not read.
 *
 * <p>Threading: thread-safe.
 *
 * <p>Security: the bytes are limited by {@link HeldMemory}; a client beyond it loses its connection.
 */
final class UnreadResponses implements MessageSplitter.Memory {
    /** Heap for the objects of a frame in a queue. */
    private static final int FRAME_BYTES = 256;

    private final HeldMemory.Share share;
    private final Runnable close;
    private int bytes;
    /** At least the number of frames with these bytes. */
    private int frames;

    private int reserved;

    /** @param close closes the connection of the client; it must not block */
    UnreadResponses(HeldMemory.Share share, Runnable close) {
        this.share = share;
        this.close = close;
        share.onCut(close);
    }

    /** Counts the bytes that a new connection to the daemon receives. */
    void count(HTTP2Connection connection) {
        ((Flow) connection.getSession().getFlowControlStrategy()).unread = this;
    }

    /** Counts bytes that the proxy itself holds. Returns false, and closes the connection, beyond the limit. */
    @Override
    public boolean reserve(int length) {
        boolean isHeld = add(length, 0);
        if (!isHeld) {
            close.run();
        }
        return isHeld;
    }

    @Override
    public void release(int length) {
        var unused = add(-length, 0);
    }

    private void received(int length) {
        if (!add(length, 1)) {
            close.run();
        }
    }

    private void consumed(int length) {
        var unused = add(-length, -1);
    }

    private synchronized boolean add(int moreBytes, int moreFrames) {
        boolean isFirst = bytes == 0;
        bytes = Math.max(0, bytes + moreBytes);
        frames = Math.min(Math.max(0, frames + moreFrames), bytes); // a frame has at least one byte
        int more = bytes + FRAME_BYTES * frames - reserved;
        if (more > 0 && !share.reserve(more)) {
            return false;
        }
        if (more < 0) {
            share.release(-more);
        }
        reserved += more;
        if (bytes == 0) {
            share.goOn();
        } else if (isFirst || moreBytes < 0) {
            share.waitForClient();
        }
        return true;
    }

    void close() {
        share.close();
    }

    /** Flow control of one connection to the daemon. */
    static final class Flow extends BufferingFlowControlStrategy {
        private static final float RATIO = 0.5f;

        private volatile @Nullable UnreadResponses unread;

        Flow() {
            super(RATIO);
        }

        @Override
        public void onDataReceived(Session session, @Nullable Stream stream, int length) {
            super.onDataReceived(session, stream, length);
            UnreadResponses counted = unread;
            if (counted != null && length > 0) {
                counted.received(length);
            }
        }

        @Override
        public void onDataConsumed(Session session, @Nullable Stream stream, int length) {
            UnreadResponses counted = unread;
            if (counted != null && length > 0) {
                counted.consumed(length);
            }
            super.onDataConsumed(session, stream, length);
        }
    }
}
