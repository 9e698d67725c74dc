package org.socketproxy.listener;

import java.util.HashMap;
import java.util.Map;

/**
 * Limits the heap for request heads over all connections of a server: incomplete heads, heads of active exchanges, and
 * the buffers that Jetty's parser keeps for the next head of a connection. Because of these buffers a share never
 * shrinks before its connection ends.
 *
 * <p>Security: one client reserves at most half of the budget, because it can hold its share for as long as it keeps its
 * connections. The first {@value #FREE_BYTES} bytes of each head are free, so that clients that use the whole budget do not
 * block requests of ordinary size. The connection limits bound the free part.
 *
 * <p>Threading: thread-safe. A released share cannot grow, so a closed connection reserves nothing.
 */
final class HeaderMemoryBudget {
    /** Free heap for each head. A head of 300 bytes, as the docker CLI sends it, uses a third of it. */
    static final int FREE_BYTES = 4096;
    /** Measured heap for each byte of a head: the parser's buffer, of up to twice its size, and the field. */
    private static final int HEAP_PER_HEAD_BYTE = 3;
    /** Measured additional heap for each byte of the request target, which Jetty and the proxy also keep in parts. */
    private static final int HEAP_PER_TARGET_BYTE = 4;
    /** Heap in bytes for the objects of a header field: the field, its strings, its slot in a list. */
    private static final int HEAP_PER_FIELD = 96;

    private static final int FRACTION_OF_HEAP = 5;

    private final long limitBytes;
    private final Map<String, Long> reservedByClient = new HashMap<>();
    private long reservedBytes;

    HeaderMemoryBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Creates a budget of a fifth of the maximum heap. */
    static HeaderMemoryBudget ofHeap() {
        return new HeaderMemoryBudget(Runtime.getRuntime().maxMemory() / FRACTION_OF_HEAP);
    }

    /** Returns the heap in bytes that all shares have reserved. */
    synchronized long reservedBytes() {
        return reservedBytes;
    }

    /**
     * Creates the share of a connection.
     *
     * @param client key of the client, the same for all its connections
     */
    Share newShare(String client) {
        return new Share(client);
    }

    /** Returns the heap in bytes that a head needs; see {@link Share#reserve}. */
    static long heapOf(int headBytes, int targetBytes, int fields) {
        return (long) headBytes * HEAP_PER_HEAD_BYTE
                + (long) targetBytes * HEAP_PER_TARGET_BYTE
                + (long) fields * HEAP_PER_FIELD;
    }

    private synchronized boolean take(String client, long bytes) {
        long ofClient = reservedByClient.getOrDefault(client, 0L) + bytes;
        if (ofClient > limitBytes / 2 || reservedBytes + bytes > limitBytes) {
            return false;
        }
        reservedByClient.put(client, ofClient);
        reservedBytes += bytes;
        return true;
    }

    private synchronized void giveBack(String client, long bytes) {
        reservedByClient.computeIfPresent(client, (key, all) -> all == bytes ? null : all - bytes);
        reservedBytes -= bytes;
    }

    /** The part of the budget that one connection has reserved. */
    final class Share {
        private final String client;
        private long bytes;
        private boolean isReleased;

        private Share(String client) {
            this.client = client;
        }

        /**
         * Grows the share to the heap that a head needs.
         *
         * @param headBytes length of the received part of the head, with the request target
         * @param targetBytes length of the request target, or 0 before it is parsed
         * @param fields number of the header fields that are parsed
         * @return false if the budget, or the part of this client, is exhausted; the share is then unchanged
         */
        boolean reserve(int headBytes, int targetBytes, int fields) {
            return reserveHeap(heapOf(headBytes, targetBytes, fields));
        }

        /** Grows the share to this number of bytes, without the free ones. */
        boolean reserveHeap(long heapBytes) {
            return heapBytes <= FREE_BYTES || growTo(heapBytes - FREE_BYTES);
        }

        private synchronized boolean growTo(long needed) {
            if (needed <= bytes) {
                return true;
            }
            if (isReleased || !take(client, needed - bytes)) {
                return false;
            }
            bytes = needed;
            return true;
        }

        synchronized void release() {
            isReleased = true;
            giveBack(client, bytes);
            bytes = 0;
        }
    }
}
