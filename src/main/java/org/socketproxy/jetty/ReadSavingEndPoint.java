package org.socketproxy.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * End point that skips reads that would return no bytes. After a read that did not fill its buffer, {@code fill}
 * returns 0 until the selector reports OP_READ. The selector also reports an end of the stream, so it is not missed.
 *
 * <p>Specialises {@link SocketChannelEndPoint}. Jetty reads until a read returns 0, which costs up to three system
 * calls for each exchange; {@link StickyReadInterestKey} saves two more. After an upgrade of Jetty check that
 * {@code fill} is the only method that reads, that {@code onSelected} runs for each selected key, and that
 * {@code replaceKey} exists.
 *
 * <p>Threading: thread-safe. If a read and a selection overlap, the level-triggered selector reports the key again.
 */
public class ReadSavingEndPoint extends SocketChannelEndPoint {
    /** More bytes usually follow a read of this size, so the next read does not wait for the selector. */
    private static final int BULK_BYTES = 16 * 1024;

    /** Bytes that a reader on the selector's thread gets before the selector serves other connections: 13,000 frames of one byte. */
    private static final int TURN_BYTES = 128 * 1024;

    private final ManagedSelector selector;
    private volatile StickyReadInterestKey interest;
    private List<Runnable> closings = List.of();
    private boolean isClosed;
    private volatile boolean isSharing;
    private volatile boolean isReaderNonBlocking;
    private final AtomicInteger turnBytes = new AtomicInteger();

    /** Creates the end point of a connected channel that is registered with the selector. */
    public ReadSavingEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
        this(channel, selector, new StickyReadInterestKey(key), scheduler);
    }

    private ReadSavingEndPoint(
            SocketChannel channel, ManagedSelector selector, StickyReadInterestKey interest, Scheduler scheduler) {
        super(channel, selector, interest, scheduler);
        this.selector = selector;
        this.interest = interest;
    }

    /** Returns the selector that serves this connection for its whole life; null after {@link #shareDaemonConnections}. */
    public @Nullable ManagedSelector selector() {
        return isSharing ? null : selector;
    }

    /** The connections to the daemon are not those of the selector, which ends before the proxy. Called before the first request. */
    public void shareDaemonConnections() {
        isSharing = true;
    }

    /** Runs an action when this connection has closed, at once if it has closed before. */
    public void whenClosed(Runnable action) {
        synchronized (this) {
            if (!isClosed) {
                closings = new ArrayList<>(closings);
                closings.add(action);
                return;
            }
        }
        action.run();
    }

    @Override
    public void onClose(Throwable cause) {
        super.onClose(cause);
        List<Runnable> due;
        synchronized (this) {
            isClosed = true;
            due = closings;
            closings = List.of();
        }
        due.forEach(Runnable::run);
    }

    /**
     * Lets the thread of the selector read, without a change of threads for each read. The reader must never block, and gets a
     * limited number of bytes for each selection.
     */
    public void setReaderNonBlocking() {
        isReaderNonBlocking = true;
    }

    @Override
    public void fillInterested(Callback reader) {
        super.fillInterested(isReaderNonBlocking ? new NonBlocking(reader) : reader);
    }

    private record NonBlocking(Callback reader) implements Callback {
        @Override
        public void succeeded() {
            reader.succeeded();
        }

        @Override
        public void failed(Throwable cause) {
            reader.failed(cause);
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        boolean isTurnOver = isReaderNonBlocking && turnBytes.get() >= TURN_BYTES;
        if ((interest.isDrained() || isTurnOver) && !isInputShutdown()) {
            return 0;
        }
        int filled = super.fill(buffer);
        turnBytes.addAndGet(Math.max(0, filled));
        interest.drained(filled >= 0 && filled < BULK_BYTES && BufferUtil.space(buffer) > 0);
        return filled;
    }

    @Override
    public Runnable onSelected() {
        interest.selected();
        turnBytes.set(0);
        return super.onSelected();
    }

    @Override
    public void replaceKey(SelectionKey key) {
        interest = new StickyReadInterestKey(key);
        super.replaceKey(interest);
    }
}
