package org.socketproxy.listener;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.util.BufferUtil;

/**
 * Limits the bytes of request heads that a selector thread reads from one connection before it serves other connections.
 * Jetty parses heads for as long as a read returns bytes, so without the limit a client that sends pipelined requests at full
 * speed, or many clients that send large heads, would block all clients of the selector.
 *
 * <p>Threading: any thread can read while another one ends the turn.
 */
final class HeadReadQuota {
    /** About 50 small requests, or a fraction of a large head. */
    private static final long BYTES = 2 * 1024;

    private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
    private volatile long renewed = Long.MAX_VALUE;

    /** Reads from a socket into a buffer in flush mode, and returns the number of bytes, or -1 at the end of the stream. */
    interface Source {
        int fill(ByteBuffer buffer) throws IOException;
    }

    void begin() {
        left.set(BYTES);
    }

    void end() {
        left.set(renewed);
    }

    /** Lets the connection read this number of bytes in each turn, which a read of 0 bytes ends; {@link #begin} is not needed. */
    void renewEach(long bytes) {
        renewed = bytes;
        left.set(bytes);
    }

    /** Reads at most the bytes that are left; returns 0 without a read if none is left, as if the socket was empty. */
    int fill(ByteBuffer buffer, Source socket) throws IOException {
        long allowed = left.get();
        if (allowed <= 0) {
            if (renewed < Long.MAX_VALUE) {
                left.set(renewed);
            }
            return 0;
        }
        int filled = allowed >= BufferUtil.space(buffer) ? socket.fill(buffer) : fill(buffer, socket, (int) allowed);
        if (filled > 0) {
            left.addAndGet(-filled);
        }
        return filled;
    }

    private static int fill(ByteBuffer buffer, Source socket, int bytes) throws IOException {
        if (!buffer.hasRemaining()) {
            BufferUtil.clear(buffer);
        }
        int end = buffer.limit();
        ByteBuffer part = buffer.limit(end + bytes).slice(end, bytes);
        buffer.limit(end);
        BufferUtil.clear(part);
        int filled = socket.fill(part);
        if (filled > 0) {
            buffer.limit(end + filled);
        }
        return filled;
    }
}
