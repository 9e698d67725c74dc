package org.socketproxy.archive;

import org.jspecify.annotations.Nullable;

/** One of the three codes of the sequences in a block of Zstandard, with its state. */
final class ZstdCode {
    private static final int PREDEFINED = 0;
    private static final int ONE_SYMBOL = 1;
    private static final int DESCRIBED = 2;
    private static final int MOST_OFFSET = 31;

    private static final FseTable LITERALS = FseTable.of(
            6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
            -1, -1);
    private static final FseTable MATCHES = FseTable.of(
            6, 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1);
    private static final FseTable OFFSETS =
            FseTable.of(5, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1);
    /** Additional bits of the lengths of literals from the code 16 on, and of matches from the code 32 on; below, each code is one length. */
    private static final int[] LITERALS_BITS = {1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    private static final int[] MATCHES_BITS = {1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    private final FseTable predefined;
    private final int mostLog;
    private final int[] bits;
    private final long[] baselines;
    private @Nullable FseTable last;
    private FseTable table;
    private int state;

    private ZstdCode(FseTable predefined, int mostLog, int[] bits, long[] baselines) {
        this.predefined = predefined;
        this.mostLog = mostLog;
        this.bits = bits;
        this.baselines = baselines;
        this.table = predefined;
    }

    static ZstdCode ofLiterals() {
        return ofLengths(LITERALS, 16, 0, LITERALS_BITS);
    }

    static ZstdCode ofMatches() {
        return ofLengths(MATCHES, 32, 3, MATCHES_BITS);
    }

    /** Each length begins where the one of the code before it ends. */
    private static ZstdCode ofLengths(FseTable predefined, int direct, int first, int[] more) {
        int[] bits = new int[direct + more.length];
        long[] baselines = new long[bits.length];
        System.arraycopy(more, 0, bits, direct, more.length);
        baselines[0] = first;
        for (int code = 1; code < bits.length; code++) {
            baselines[code] = baselines[code - 1] + (1L << bits[code - 1]);
        }
        return new ZstdCode(predefined, 9, bits, baselines);
    }

    static ZstdCode ofOffsets() {
        int[] bits = new int[MOST_OFFSET + 1];
        long[] baselines = new long[bits.length];
        for (int code = 0; code < bits.length; code++) {
            bits[code] = code;
            baselines[code] = 1L << code;
        }
        return new ZstdCode(OFFSETS, 8, bits, baselines);
    }

    /** Begins a frame, which has no table of the block before. */
    void forget() {
        last = null;
    }

    /** Reads which table a block uses; returns the end of its description, or -1 if it is damaged. */
    int read(int mode, byte[] bytes, int begin, int end) {
        int after = begin;
        FseTable read = last;
        if (mode == PREDEFINED) {
            read = predefined;
        } else if (mode == ONE_SYMBOL) {
            after++;
            boolean isKnown = after <= end && (bytes[begin] & 0xff) < bits.length;
            read = isKnown ? FseTable.ofSymbol(bytes[begin]) : null;
        } else if (mode == DESCRIBED) {
            FseTable.Described described = FseTable.read(bytes, begin, end, mostLog, bits.length - 1);
            read = described == null ? null : described.table();
            after = described == null ? -1 : described.end();
        }
        if (read == null) {
            return -1;
        }
        last = read;
        table = read;
        return after;
    }

    void begin(BackwardBits in) {
        state = in.read(table.log());
    }

    /** Reads the additional bits of the current symbol. */
    long value(BackwardBits in) {
        int symbol = table.symbol(state);
        return baselines[symbol] + Integer.toUnsignedLong(in.read(bits[symbol]));
    }

    void next(BackwardBits in) {
        state = table.next(state, in);
    }
}
