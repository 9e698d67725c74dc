package org.socketproxy.filter;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.socketproxy.exchange.HeldMemory;

/**
 * The bytes of a request body that were read so far, in one array that grows with them. A length that the client only
 * announces takes no memory.
 *
 * <p>Threading: one thread at a time.
 */
final class HeldBody {
    private static final int FIRST_BYTES = 4096;

    private final int maxBytes;
    private final HeldMemory memory;
    private byte[] bytes = new byte[0];
    private int length;

    HeldBody(int maxBytes, HeldMemory memory) {
        this.maxBytes = maxBytes;
        this.memory = memory;
    }

    enum Added {
        YES,
        /** The body has more bytes than its judge takes. */
        TOO_LONG,
        /** The bodies of all exchanges together have no memory left. */
        NO_MEMORY
    }

    /** Copies the bytes of a chunk, or none of them. */
    Added add(ByteBuffer chunk) {
        int needed = length + chunk.remaining();
        if (needed > maxBytes) {
            return Added.TOO_LONG;
        }
        if (needed > bytes.length) {
            int capacity = Math.min(maxBytes, Math.max(Math.max(needed, 2 * bytes.length), FIRST_BYTES));
            if (!memory.reserve(capacity - bytes.length)) {
                return Added.NO_MEMORY;
            }
            bytes = Arrays.copyOf(bytes, capacity);
        }
        chunk.get(bytes, length, chunk.remaining());
        length = needed;
        return Added.YES;
    }

    ByteBuffer read() {
        return ByteBuffer.wrap(bytes, 0, length).asReadOnlyBuffer();
    }

    /** Gives its memory back, after the exchange has ended. */
    void release() {
        memory.release(bytes.length);
    }
}
