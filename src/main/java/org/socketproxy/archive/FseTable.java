package org.socketproxy.archive;

import org.jspecify.annotations.Nullable;

/** Decoding table of a code of finite state entropy (RFC 8878, section 4.1). */
final class FseTable {
    private static final int LEAST_LOG = 5;

    private final int log;
    private final byte[] symbols;
    private final byte[] bits;
    private final short[] baselines;

    private FseTable(int log) {
        this.log = log;
        this.symbols = new byte[1 << log];
        this.bits = new byte[1 << log];
        this.baselines = new short[1 << log];
    }

    /** Returns the table with one symbol, which needs no bits. */
    static FseTable ofSymbol(int symbol) {
        FseTable table = new FseTable(0);
        table.symbols[0] = (byte) symbol;
        return table;
    }

    /** @param counts number of states of each symbol; -1 is one state, which reads all bits */
    static FseTable of(int log, int... counts) {
        FseTable table = new FseTable(log);
        int size = 1 << log;
        int last = size;
        int[] next = new int[counts.length];
        for (int symbol = 0; symbol < counts.length; symbol++) {
            next[symbol] = Math.abs(counts[symbol]);
            if (counts[symbol] < 0) {
                last--;
                table.symbols[last] = (byte) symbol;
            }
        }
        int step = (size >> 1) + (size >> 3) + 3;
        int state = 0;
        for (int symbol = 0; symbol < counts.length; symbol++) {
            for (int i = 0; i < counts[symbol]; i++) {
                table.symbols[state] = (byte) symbol;
                do {
                    state = state + step & size - 1;
                } while (state >= last);
            }
        }
        for (int i = 0; i < size; i++) {
            int number = next[table.symbols[i]]++;
            int width = log - 31 + Integer.numberOfLeadingZeros(number);
            table.bits[i] = (byte) width;
            table.baselines[i] = (short) ((number << width) - size);
        }
        return table;
    }

    /** Description of a table in a block. */
    record Described(FseTable table, int end) {}

    /**
     * Reads the description of a table, or returns null if it is damaged.
     *
     * @param bytes eight more bytes than the end must exist
     */
    static @Nullable Described read(byte[] bytes, int begin, int end, int mostLog, int mostSymbol) {
        ForwardBits in = new ForwardBits(bytes, begin);
        int log = in.read(4) + LEAST_LOG;
        if (log > mostLog) {
            return null;
        }
        int[] counts = new int[mostSymbol + 1];
        int left = 1 << log;
        int symbol = 0;
        while (left > 0) {
            if (symbol > mostSymbol || in.end() > end + 2) {
                return null;
            }
            int count = in.readUpTo(left + 1) - 1;
            counts[symbol] = count;
            symbol++;
            left -= Math.abs(count);
            for (int zeros = count == 0 ? 3 : 0; zeros == 3; ) {
                zeros = in.read(2);
                symbol += zeros;
                if (symbol > mostSymbol) {
                    return null;
                }
            }
        }
        return left < 0 || in.end() > end ? null : new Described(of(log, counts), in.end());
    }

    int log() {
        return log;
    }

    int symbol(int state) {
        return symbols[state];
    }

    int bits(int state) {
        return bits[state];
    }

    /** Returns the state after a state, whose bits are read. */
    int next(int state, BackwardBits in) {
        return baselines[state] + in.read(bits[state]);
    }

    /** Reads bits from the first byte to the last. */
    private static final class ForwardBits {
        private final byte[] bytes;
        private final int begin;
        private int position;

        ForwardBits(byte[] bytes, int begin) {
            this.bytes = bytes;
            this.begin = begin;
        }

        private int peek(int count) {
            int word = 0;
            int first = begin + (position >>> 3);
            for (int i = 0; i < Integer.BYTES && first + i < bytes.length; i++) {
                word |= (bytes[first + i] & 0xff) << i * Byte.SIZE;
            }
            return word >>> (position & 7) & (1 << count) - 1;
        }

        int read(int count) {
            int value = peek(count);
            position += count;
            return value;
        }

        /** Reads a number from 0 to the most: small numbers need one bit less, as far as the others leave room. */
        int readUpTo(int most) {
            int bits = Integer.SIZE - Integer.numberOfLeadingZeros(most);
            int half = 1 << bits - 1;
            int shorter = 2 * half - 1 - most;
            int value = peek(bits);
            if ((value & half - 1) < shorter) {
                position += bits - 1;
                return value & half - 1;
            }
            position += bits;
            return value < half ? value : value - shorter;
        }

        /** Returns the first byte of which no bit was read. */
        int end() {
            return begin + (position + 7 >>> 3);
        }
    }
}
