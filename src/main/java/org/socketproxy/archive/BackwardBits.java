package org.socketproxy.archive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Reads bits of Zstandard from the last byte to the first. The highest bit that is set in the last byte is a mark before the data. */
final class BackwardBits {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final int begin;
    /** Bits that are left. Negative: more were read than there are. */
    private int left;

    /** @param bytes eight more bytes than the end must exist */
    BackwardBits(byte[] bytes, int begin, int end) {
        this.bytes = bytes;
        this.begin = begin;
        int last = end > begin ? bytes[end - 1] & 0xff : 0;
        // Without the mark nothing can be read.
        this.left = last == 0 ? -1 : (end - begin) * Byte.SIZE - Integer.numberOfLeadingZeros(last) + 23;
    }

    /** Reads at most 32 bits; those before the first are 0. */
    int read(int count) {
        int value = peek(count);
        left -= count;
        return value;
    }

    /** Returns the next bits without reading them. */
    int peek(int count) {
        int first = left - count;
        if (first >= 0) {
            long word = (long) LONG.get(bytes, begin + (first >>> 3)) >>> (first & 7);
            return (int) (word & (1L << count) - 1);
        }
        return left <= 0 ? 0 : (int) (((long) LONG.get(bytes, begin) & (1L << left) - 1) << -first);
    }

    void skip(int count) {
        left -= count;
    }

    int left() {
        return left;
    }
}
