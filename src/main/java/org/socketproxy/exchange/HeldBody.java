package org.socketproxy.exchange;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes of a body that were read so far, in one array that grows with them. A length that is only announced takes no
 * memory.
 *
 * <p>Threading: one thread at a time.
 */
public final class HeldBody {
    /** The body and its {@linkplain #reserveCopies() copies}. */
    public static final int PARTS = 3;

    private static final int FIRST_BYTES = 4096;

    private final int maxBytes;
    private final HeldMemory.Share memory;
    private byte[] bytes = new byte[0];
    private int length;

    /**
     * Creates an empty body.
     *
     * @param maxBytes the largest body that is held
     * @param memory closed when the body is released
     */
    public HeldBody(int maxBytes, HeldMemory.Share memory) {
        this.maxBytes = maxBytes;
        this.memory = memory;
    }

    /** Result of {@link #add}. */
    public enum Added {
        YES,
        /** The body has more bytes than are held. */
        TOO_LONG,
        /** The bodies of all exchanges, or of the client or its profile, have no memory left. */
        NO_MEMORY
    }

    /** Copies the bytes of a chunk, or none of them. */
    public Added add(ByteBuffer chunk) {
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

    /** Reserves memory for the names in the body, and for the body that is forwarded in its place. */
    public boolean reserveCopies() {
        return memory.reserve((PARTS - 1) * length);
    }

    /** Returns the bytes that were added. */
    public ByteBuffer read() {
        return ByteBuffer.wrap(bytes, 0, length).asReadOnlyBuffer();
    }

    /** Gives its memory back, after the last use of its bytes. */
    public void release() {
        memory.close();
    }
}
