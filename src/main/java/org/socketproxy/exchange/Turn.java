package org.socketproxy.exchange;

/**
 * Counts the bytes that a thread, which may be a selector's, moves for one exchange before it serves the others. A peer at
 * full speed would keep it for as long as it sends.
 *
 * <p>Threading: one thread at a time.
 */
public final class Turn {
    private static final int BYTES = 1 << 20;

    private int moved;

    public void moved(int bytes) {
        moved += bytes;
    }

    public boolean isOver() {
        return moved > BYTES;
    }

    public void begin() {
        moved = 0;
    }
}
