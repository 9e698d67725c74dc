package org.socketproxy.archive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The checksum XXH64 with the seed 0. */
final class XxHash64 {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long PRIME_1 = 0x9e3779b185ebca87L;
    private static final long PRIME_2 = 0xc2b2ae3d27d4eb4fL;
    private static final long PRIME_3 = 0x165667b19e3779f9L;
    private static final long PRIME_4 = 0x85ebca77c2b2ae63L;
    private static final long PRIME_5 = 0x27d4eb2f165667c5L;
    private static final int STRIPE = 32;

    private final byte[] rest = new byte[STRIPE];
    private final long[] lanes = new long[4];
    private long total;

    XxHash64() {
        reset();
    }

    void reset() {
        lanes[0] = PRIME_2;
        lanes[0] += PRIME_1;
        lanes[1] = PRIME_2;
        lanes[2] = 0;
        lanes[3] = -PRIME_1;
        total = 0;
    }

    /** Adds the first bytes of an array. */
    void update(byte[] bytes, int length) {
        int filled = (int) (total % STRIPE);
        total += length;
        int offset = 0;
        if (filled > 0) {
            offset = Math.min(length, STRIPE - filled);
            System.arraycopy(bytes, 0, rest, filled, offset);
            if (filled + offset < STRIPE) {
                return;
            }
            stripe(rest, 0);
        }
        for (; offset + STRIPE <= length; offset += STRIPE) {
            stripe(bytes, offset);
        }
        System.arraycopy(bytes, offset, rest, 0, length - offset);
    }

    private void stripe(byte[] bytes, int offset) {
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = round(lanes[i], (long) LONG.get(bytes, offset + i * Long.BYTES));
        }
    }

    private static long round(long lane, long value) {
        return Long.rotateLeft(lane + value * PRIME_2, 31) * PRIME_1;
    }

    long value() {
        long hash = PRIME_5;
        if (total >= STRIPE) {
            hash = Long.rotateLeft(lanes[0], 1)
                    + Long.rotateLeft(lanes[1], 7)
                    + Long.rotateLeft(lanes[2], 12)
                    + Long.rotateLeft(lanes[3], 18);
            for (long lane : lanes) {
                hash = (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
            }
        }
        hash += total;
        int filled = (int) (total % STRIPE);
        int offset = 0;
        for (; offset + Long.BYTES <= filled; offset += Long.BYTES) {
            hash = Long.rotateLeft(hash ^ round(0, (long) LONG.get(rest, offset)), 27) * PRIME_1 + PRIME_4;
        }
        if (offset + Integer.BYTES <= filled) {
            long word = 0;
            for (int i = 0; i < Integer.BYTES; i++) {
                word |= (rest[offset + i] & 0xffL) << i * Byte.SIZE;
            }
            hash = Long.rotateLeft(hash ^ word * PRIME_1, 23) * PRIME_2 + PRIME_3;
            offset += Integer.BYTES;
        }
        for (; offset < filled; offset++) {
            hash = Long.rotateLeft(hash ^ (rest[offset] & 0xff) * PRIME_5, 11) * PRIME_1;
        }
        hash = (hash ^ hash >>> 33) * PRIME_2;
        hash = (hash ^ hash >>> 29) * PRIME_3;
        return hash ^ hash >>> 32;
    }
}
