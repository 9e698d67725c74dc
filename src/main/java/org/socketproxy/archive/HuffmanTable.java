package org.socketproxy.archive;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Decoding table of a Huffman code of literals (RFC 8878, section 4.2). */
final class HuffmanTable {
    private static final int MOST_LOG = 11;
    private static final int MOST_WEIGHTS = 255;
    private static final int WEIGHTS_LOG = 6;
    private static final int MOST_WEIGHT = 12;
    /** A header byte from here on is followed by weights of four bits. */
    private static final int DIRECT = 128;

    private final int log;
    /** By pattern of bits: the symbol in the lowest eight bits, and its number of bits above them. */
    private final short[] entries;

    private HuffmanTable(int log) {
        this.log = log;
        this.entries = new short[1 << log];
    }

    /** Description of a table in a block. */
    record Described(HuffmanTable table, int end) {}

    /** Reads the description of a table, or returns null if it is damaged. */
    static @Nullable Described read(byte[] bytes, int begin, int end) {
        if (begin >= end) {
            return null;
        }
        int header = bytes[begin] & 0xff;
        byte[] weights = new byte[MOST_WEIGHTS + 1];
        int first = begin + 1;
        int last = first + (header < DIRECT ? header : (header - DIRECT + 2) / 2);
        if (last > end) {
            return null;
        }
        int count;
        if (header >= DIRECT) {
            count = header - DIRECT + 1;
            for (int i = 0; i < count; i++) {
                weights[i] = (byte) (bytes[first + i / 2] >> 4 * (1 - i % 2) & 0xf);
            }
        } else {
            count = readWeights(bytes, first, last, weights);
        }
        HuffmanTable table = count < 0 ? null : of(weights, count);
        return table == null ? null : new Described(table, last);
    }

    /** Reads weights that two states of one code write in turn; returns their number, or -1. */
    private static int readWeights(byte[] bytes, int begin, int end, byte[] weights) {
        FseTable.Described described = FseTable.read(bytes, begin, end, WEIGHTS_LOG, MOST_WEIGHT);
        if (described == null) {
            return -1;
        }
        FseTable table = described.table();
        BackwardBits in = new BackwardBits(bytes, described.end(), end);
        int state = in.read(table.log());
        int other = in.read(table.log());
        if (in.left() < 0) {
            return -1;
        }
        for (int count = 0; count + 1 < MOST_WEIGHTS; ) {
            weights[count] = (byte) table.symbol(state);
            count++;
            if (in.left() < table.bits(state)) {
                weights[count] = (byte) table.symbol(other);
                return count + 1;
            }
            int next = table.next(state, in);
            state = other;
            other = next;
        }
        return -1;
    }

    /** The weight of the last symbol is not written: it makes the sum a power of two. */
    private static @Nullable HuffmanTable of(byte[] weights, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weights[i] == 0 ? 0 : 1 << weights[i] - 1;
        }
        int log = Integer.SIZE - Integer.numberOfLeadingZeros(sum);
        int rest = (1 << log) - sum;
        if (sum == 0 || log > MOST_LOG || Integer.bitCount(rest) != 1) {
            return null;
        }
        weights[count] = (byte) (Integer.numberOfTrailingZeros(rest) + 1);
        HuffmanTable table = new HuffmanTable(log);
        int state = 0;
        for (int weight = 1; weight <= log; weight++) {
            for (int symbol = 0; symbol <= count; symbol++) {
                if (weights[symbol] == weight) {
                    int end = state + (1 << weight - 1);
                    Arrays.fill(table.entries, state, end, (short) (log + 1 - weight << Byte.SIZE | symbol));
                    state = end;
                }
            }
        }
        return table;
    }

    /** Decodes a stream, or returns false if it has not exactly so many symbols. */
    boolean decode(byte[] bytes, int begin, int end, byte[] to, int offset, int count) {
        BackwardBits in = new BackwardBits(bytes, begin, end);
        for (int i = 0; i < count && in.left() > 0; i++) {
            int entry = entries[in.peek(log)];
            to[offset + i] = (byte) entry;
            in.skip(entry >> Byte.SIZE);
            if (i == count - 1) {
                return in.left() == 0;
            }
        }
        return count == 0 && in.left() == 0;
    }
}
