package org.socketproxy.exchange;

/**
 * Limits the bytes that a thread moves for one exchange before it serves other exchanges. Without the limit a fast peer
 * would occupy the thread, often that of a selector, for as long as it sends.
 *
 * <p>Threading: one thread at a time.
 */
public final class ReadQuota {
    private static final int BYTES = 1 << 20;

    private int moved;

    /** Adds to the bytes of this turn. */
    public void moved(int bytes) {
        moved += bytes;
    }

    /** Returns whether the thread should serve other exchanges now. */
    public boolean isOver() {
        return moved > BYTES;
    }

    /** Starts the next turn. */
    public void begin() {
        moved = 0;
    }
}
