package org.socketproxy.jetty;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/**
 * A key that gives up its read interest only when bytes come that nobody asked for: Jetty gives it up with each request and
 * takes it again with the next, which are two system calls in every exchange. Where more bytes wait, as in bulk whose
 * reader is not as fast, it is given up at once: they would only wake the selector.
 *
 * <p>Threading: whoever runs the selector, as everything that Jetty does with a key; any for {@link #drained}.
 */
final class StickyReadInterestKey extends SelectionKey {
    private final SelectionKey key;
    private volatile boolean isDrained;
    private boolean isKept;

    StickyReadInterestKey(SelectionKey key) {
        this.key = key;
    }

    /** Whether the last read took all that there was, so that there is nothing to read until the key is selected. */
    boolean isDrained() {
        return isDrained;
    }

    void drained(boolean isDrained) {
        this.isDrained = isDrained;
    }

    /** Must be called when the key is selected, before anybody looks what it is ready for: else a selector would spin. */
    void selected() {
        isDrained = false;
        if (isKept) {
            isKept = false;
            key.interestOps(0);
        }
    }

    @Override
    public SelectionKey interestOps(int operations) {
        isKept = operations == 0 && isDrained && key.interestOps() == OP_READ;
        if (!isKept) {
            key.interestOps(operations);
        }
        return this;
    }

    @Override
    public int interestOps() {
        return isKept ? 0 : key.interestOps();
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
