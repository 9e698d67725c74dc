package org.socketproxy.archive;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Decodes the compressed blocks of a frame of Zstandard (RFC 8878, section 3.1.1.3). A block can use the codes of the one before it. */
final class ZstdBlock {
    private static final int RAW = 0;
    private static final int COMPRESSED = 2;
    private static final int FOUR_STREAMS = 4;
    private static final int JUMP_BYTES = 6;
    private static final int LONG_COUNT = 0x7f00;
    private static final int BYTE = 0xff;

    private final ZstdWindow window;
    private final ZstdCode lengths = ZstdCode.ofLiterals();
    private final ZstdCode offsets = ZstdCode.ofOffsets();
    private final ZstdCode matches = ZstdCode.ofMatches();
    private final long[] recent = new long[3];
    private @Nullable HuffmanTable huffman;
    private byte[] literals = new byte[0];
    private int literalsSize;
    private int mostBytes;
    private byte[] bytes = literals;
    private int position;
    private int end;

    ZstdBlock(ZstdWindow window) {
        this.window = window;
    }

    /** Begins a frame. */
    void begin() {
        huffman = null;
        lengths.forget();
        offsets.forget();
        matches.forget();
        recent[0] = 1;
        recent[1] = 4;
        recent[2] = 8;
    }

    /**
     * Decodes a block into the window, or returns false if it is damaged.
     *
     * @param block has eight more bytes than its size
     * @param most the most bytes of the content
     */
    boolean decode(byte[] block, int size, int most) {
        bytes = block;
        position = 0;
        end = size;
        mostBytes = most;
        return readLiterals() && readSequences();
    }

    private int next() {
        position++;
        return position > end ? -1 : bytes[position - 1] & BYTE;
    }

    private long number(int offset, int count) {
        long number = 0;
        for (int i = 0; i < count; i++) {
            number |= (bytes[offset + i] & 0xffL) << i * Byte.SIZE;
        }
        return number;
    }

    private boolean readLiterals() {
        if (end == 0) {
            return false;
        }
        int type = bytes[0] & 3;
        int format = bytes[0] >> 2 & 3;
        if (type < COMPRESSED) {
            int width = format == 3 ? 3 : format == 1 ? 2 : 1;
            literalsSize = (int) (number(0, width) >> (width == 1 ? 3 : 4));
            position = width;
            return width <= end && literalsSize <= mostBytes && (type == RAW ? readRaw() : readRepeated());
        }
        int width = format < 2 ? 3 : format + 2;
        int bits = format < 2 ? 10 : format == 2 ? 14 : 18;
        long header = number(0, width) >> 4;
        literalsSize = (int) (header & (1 << bits) - 1);
        int coded = (int) (header >> bits);
        position = width;
        int codedEnd = position + coded;
        if (codedEnd > end || literalsSize > mostBytes) {
            return false;
        }
        if (type == COMPRESSED) {
            HuffmanTable.Described described = HuffmanTable.read(bytes, position, codedEnd);
            if (described == null) {
                return false;
            }
            huffman = described.table();
            position = described.end();
        }
        boolean isRead = huffman != null && decodeLiterals(huffman, codedEnd, format == 0);
        position = codedEnd;
        return isRead;
    }

    private byte[] room(int size) {
        if (literals.length < size) {
            literals = new byte[Math.min(mostBytes, Math.max(size, 2 * literals.length))];
        }
        return literals;
    }

    private boolean readRaw() {
        if (position + literalsSize > end) {
            return false;
        }
        System.arraycopy(bytes, position, room(literalsSize), 0, literalsSize);
        position += literalsSize;
        return true;
    }

    private boolean readRepeated() {
        int value = next();
        Arrays.fill(room(literalsSize), 0, literalsSize, (byte) value);
        return value >= 0;
    }

    private boolean decodeLiterals(HuffmanTable table, int codedEnd, boolean isOneStream) {
        byte[] to = room(literalsSize);
        if (isOneStream) {
            return table.decode(bytes, position, codedEnd, to, 0, literalsSize);
        }
        int begin = position + JUMP_BYTES;
        int part = (literalsSize + 3) / FOUR_STREAMS;
        if (begin > codedEnd || 3 * part > literalsSize) {
            return false;
        }
        for (int i = 0; i < FOUR_STREAMS; i++) {
            boolean isLast = i == FOUR_STREAMS - 1;
            int streamEnd = isLast ? codedEnd : begin + (int) number(position + 2 * i, 2);
            int count = isLast ? literalsSize - 3 * part : part;
            if (streamEnd > codedEnd || !table.decode(bytes, begin, streamEnd, to, i * part, count)) {
                return false;
            }
            begin = streamEnd;
        }
        return true;
    }

    private boolean readSequences() {
        int count = next();
        if (count > 127) {
            count = count < BYTE ? (count - 128 << Byte.SIZE) + next() : next() + (next() << Byte.SIZE) + LONG_COUNT;
        }
        if (position > end) {
            return false;
        }
        if (count == 0) {
            window.add(literals, 0, literalsSize);
            return position == end;
        }
        int modes = next();
        return modes >= 0
                && (modes & 3) == 0
                && readCode(lengths, modes >> 6)
                && readCode(offsets, modes >> 4 & 3)
                && readCode(matches, modes >> 2 & 3)
                && execute(count);
    }

    private boolean readCode(ZstdCode code, int mode) {
        position = code.read(mode, bytes, position, end);
        return position >= 0;
    }

    private boolean execute(int count) {
        BackwardBits in = new BackwardBits(bytes, position, end);
        lengths.begin(in);
        offsets.begin(in);
        matches.begin(in);
        int written = 0;
        int used = 0;
        for (int i = 0; i < count; i++) {
            long offset = offsets.value(in);
            int match = (int) matches.value(in);
            int length = (int) lengths.value(in);
            written += length + match;
            if (in.left() < 0 || length > literalsSize - used || written > mostBytes) {
                return false;
            }
            window.add(literals, used, length);
            used += length;
            if (!window.repeat(distance(offset, length == 0), match)) {
                return false;
            }
            if (i < count - 1) {
                lengths.next(in);
                matches.next(in);
                offsets.next(in);
            }
        }
        int rest = literalsSize - used;
        window.add(literals, used, rest);
        return in.left() == 0 && written + rest <= mostBytes;
    }

    /** Returns the distance of an offset; the numbers 1 to 3 are recent ones. */
    private long distance(long offset, boolean isWithoutLiterals) {
        if (offset > 3) {
            recent[2] = recent[1];
            recent[1] = recent[0];
            recent[0] = offset - 3;
            return recent[0];
        }
        int index = (int) offset - (isWithoutLiterals ? 0 : 1);
        long distance = index == 3 ? recent[0] - 1 : recent[index];
        if (index > 0) {
            recent[2] = index == 1 ? recent[2] : recent[1];
            recent[1] = recent[0];
            recent[0] = distance;
        }
        return distance;
    }
}
