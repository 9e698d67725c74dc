package org.socketproxy.exchange;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the memory for the bytes of one kind that the proxy holds at the same time, for all exchanges together: request
 * bodies that are judged, or parts of responses that are transformed.
 *
 * <p>Security: clients that open many connections and let the proxy hold bytes for each get 503 beyond the limit; other
 * operations go on.
 */
public final class HeldMemory {
    /** One eighth of the heap. */
    private static final int SHARE = 8;

    private final long limitBytes;
    private final AtomicLong reserved = new AtomicLong();

    public HeldMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Creates a limit of one eighth of the heap. */
    public static HeldMemory ofThisProcess() {
        return new HeldMemory(Runtime.getRuntime().maxMemory() / SHARE);
    }

    /** Reserves bytes, or returns false if so many are not free. */
    public boolean reserve(int bytes) {
        if (reserved.addAndGet(bytes) <= limitBytes) {
            return true;
        }
        reserved.addAndGet(-bytes);
        return false;
    }

    /** Gives reserved bytes back. */
    public void release(int bytes) {
        reserved.addAndGet(-bytes);
    }

    /** Returns how many bytes are reserved. */
    public long reservedBytes() {
        return reserved.get();
    }
}
