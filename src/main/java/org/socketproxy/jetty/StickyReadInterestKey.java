package org.socketproxy.jetty;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/**
 * Selection key that keeps OP_READ registered between two reads, to save two {@code epoll_ctl} calls for each exchange.
 * It removes OP_READ when bytes arrive before the next read, or at once if the last read left bytes in the socket, as a
 * slow reader of bulk data does: these bytes would only wake the selector.
 *
 * <p>Specialises {@link SelectionKey} for {@link ReadSavingEndPoint}; Jetty sets and clears OP_READ for each request.
 * After an upgrade of Jetty check that {@code SelectableChannelEndPoint} still changes the key only on the thread of
 * the selector.
 *
 * <p>Threading: only the thread of the selector, except {@link #drained}, which any thread can call.
 */
final class StickyReadInterestKey extends SelectionKey {
    private final SelectionKey key;
    private volatile boolean isDrained;
    private boolean isSticky;

    StickyReadInterestKey(SelectionKey key) {
        this.key = key;
    }

    /**
     * Returns whether the last read emptied the socket, so that a read before the next selection would return no bytes.
     */
    boolean isDrained() {
        return isDrained;
    }

    void drained(boolean isDrained) {
        this.isDrained = isDrained;
    }

    /** Must be called when the key is selected, before its ready set is evaluated; otherwise the selector spins. */
    void selected() {
        isDrained = false;
        if (isSticky) {
            isSticky = false;
            key.interestOps(0);
        }
    }

    @Override
    public SelectionKey interestOps(int operations) {
        isSticky = operations == 0 && isDrained && key.interestOps() == OP_READ;
        if (!isSticky) {
            key.interestOps(operations);
        }
        return this;
    }

    @Override
    public int interestOps() {
        return isSticky ? 0 : key.interestOps();
    }

    @Override
    public int readyOps() {
        return key.readyOps();
    }

    @Override
    public SelectableChannel channel() {
        return key.channel();
    }

    @Override
    public Selector selector() {
        return key.selector();
    }

    @Override
    public boolean isValid() {
        return key.isValid();
    }

    @Override
    public void cancel() {
        key.cancel();
    }
}
