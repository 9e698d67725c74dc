package org.socketproxy.proxy;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/**
 * A key that gives up its read interest only when bytes come that nobody asked for: Jetty gives it up with each request and
 * takes it again with the next, which are two system calls in every exchange.
 *
 * <p>Threading: whoever runs the selector, as everything that Jetty does with a key.
 */
final class KeptInterest extends SelectionKey {
    private final SelectionKey key;
    private boolean isKept;

    KeptInterest(SelectionKey key) {
        this.key = key;
    }

    /** Must be called when the key is selected, before anybody looks what it is ready for: else a selector would spin. */
    void selected() {
        if (isKept) {
            isKept = false;
            key.interestOps(0);
        }
    }

    @Override
    public SelectionKey interestOps(int operations) {
        isKept = operations == 0 && key.interestOps() == OP_READ;
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
