package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Growing array of held bytes. */
final class HeldBytes {
    private static final byte[] NONE = {};
    private static final int FIRST_BYTES = 1024;

    private byte[] bytes = NONE;
    private int length;

    void add(byte[] from, int offset, int count) {
        if (count > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, Math.max(2 * bytes.length, FIRST_BYTES)));
        }
        System.arraycopy(from, offset, bytes, length, count);
        length += count;
    }

    void add(ByteBuffer from) {
        byte[] added = new byte[from.remaining()];
        from.get(added);
        add(added, 0, added.length);
    }

    void add(byte b) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * length, FIRST_BYTES));
        }
        bytes[length++] = b;
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Returns the memory in bytes, at most twice the length. */
    int capacity() {
        return bytes.length;
    }

    /** Keeps only a small array. */
    void clear() {
        length = 0;
        if (bytes.length > FIRST_BYTES) {
            bytes = NONE;
        }
    }
}
