package org.socketproxy.listener;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the heap that request heads take, over all connections of a server: unfinished heads, heads of exchanges under
 * way, and the buffers that Jetty's parser keeps for the next head of a connection. For these buffers a share only grows
 * until its connection ends.
 *
 * <p>Security: the first bytes of each head are free, so that a client that holds the whole budget does not lock out
 * requests of ordinary size. The limits on connections bound the free part.
 *
 * <p>Threading: any thread. A share that was released grows no more, so nothing is held for a connection that has ended.
 */
final class HeaderMemoryBudget {
    /** A docker client's head of 300 bytes takes a third of it. */
    static final int FREE_BYTES = 4096;
    /** Measured: a byte of a header is in the parser's buffer, of up to twice its size, and in the field. */
    private static final int HEAP_OF_HEAD_BYTE = 3;
    /** Measured: what a byte of the request target takes besides, in the parts of it that Jetty and the proxy keep. */
    private static final int HEAP_OF_TARGET_BYTE = 4;
    /** Objects of a header field: the field, its strings, its slot in a list. */
    private static final int HEAP_OF_FIELD = 96;

    private static final int PART_OF_HEAP = 5;

    private final long limitBytes;
    private final AtomicLong heldBytes = new AtomicLong();

    HeaderMemoryBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** A budget of a fifth of this program's heap. */
    static HeaderMemoryBudget ofHeap() {
        return new HeaderMemoryBudget(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    /** Bytes of heap that all shares hold now. */
    long heldBytes() {
        return heldBytes.get();
    }

    Share newShare() {
        return new Share();
    }

    private boolean take(long bytes) {
        if (heldBytes.addAndGet(bytes) <= limitBytes) {
            return true;
        }
        heldBytes.addAndGet(-bytes);
        return false;
    }

    /** The part of the budget that one connection holds, from its first large head to its end. */
    final class Share {
        private long bytes;
        private boolean isReleased;

        /**
         * Takes what a head needs beyond what the share holds already.
         *
         * @param headBytes length of the head as far as it came, with the request target
         * @param targetBytes length of the request target, or 0 until it came
         * @param fields number of its header fields
         * @return false if the budget does not suffice; the share is as before
         */
        boolean covers(int headBytes, int targetBytes, int fields) {
            long needed = (long) headBytes * HEAP_OF_HEAD_BYTE
                    + (long) targetBytes * HEAP_OF_TARGET_BYTE
                    + (long) fields * HEAP_OF_FIELD
                    - FREE_BYTES;
            return needed <= 0 || growTo(needed);
        }

        private synchronized boolean growTo(long needed) {
            if (needed <= bytes) {
                return true;
            }
            if (isReleased || !take(needed - bytes)) {
                return false;
            }
            bytes = needed;
            return true;
        }

        synchronized void release() {
            isReleased = true;
            heldBytes.addAndGet(-bytes);
            bytes = 0;
        }
    }
}
