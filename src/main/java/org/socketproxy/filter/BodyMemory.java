package org.socketproxy.filter;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the memory for the request bodies that the proxy holds at the same time.
 *
 * <p>Security: a client that opens many connections and sends a part of a body on each gets 503 beyond the limit; other
 * operations go on.
 */
final class BodyMemory {
    /** One eighth of the heap. */
    private static final int SHARE = 8;

    private final long limitBytes;
    private final AtomicLong reserved = new AtomicLong();

    BodyMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    static BodyMemory ofThisProcess() {
        return new BodyMemory(Runtime.getRuntime().maxMemory() / SHARE);
    }

    /** Whether the bytes were free, and are reserved now. */
    boolean reserve(int bytes) {
        if (reserved.addAndGet(bytes) <= limitBytes) {
            return true;
        }
        reserved.addAndGet(-bytes);
        return false;
    }

    void release(int bytes) {
        reserved.addAndGet(-bytes);
    }
}
