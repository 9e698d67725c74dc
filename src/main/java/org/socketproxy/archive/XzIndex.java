package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** Compares the index at the end of a stream of xz with the blocks of the stream, without holding their sizes. */
final class XzIndex {
    private static final int UNIT = 4;
    private static final int BITS = 7;
    private static final int MORE = 0x80;
    private static final int MOST_SHIFT = 8 * BITS;

    private final CRC32 blocks = new CRC32();
    private final CRC32 records = new CRC32();
    private final CRC32 checksum = new CRC32();
    private long count;
    private long numbersLeft = -1;
    private long bytes;
    private long number;
    private int shift;

    /** Sizes of one block. */
    static final class Block {
        static final Block NONE = new Block(0, -1, -1);

        private final int header;
        private final long declaredStored;
        private final long declaredContent;
        private long stored;
        private long content;

        /** @param declaredStored size of the compressed data, or -1 if the header does not say it */
        Block(int header, long declaredStored, long declaredContent) {
            this.header = header;
            this.declaredStored = declaredStored;
            this.declaredContent = declaredContent;
        }

        void addStored(int bytes) {
            stored += bytes;
        }

        void addContent(int bytes) {
            content += bytes;
        }

        int padding() {
            return (int) (-stored & UNIT - 1);
        }

        boolean isComplete() {
            return (declaredStored < 0 || declaredStored == stored)
                    && (declaredContent < 0 || declaredContent == content);
        }

        long unpadded() {
            return header + stored;
        }

        long content() {
            return content;
        }
    }

    /** Reads a number from a header, or returns -1 if it is damaged. */
    static long number(ByteBuffer header) {
        long number = 0;
        for (int shift = 0; shift <= MOST_SHIFT && header.hasRemaining(); shift += BITS) {
            int value = header.get();
            number |= (value & MORE - 1L) << shift;
            if (value >= 0) {
                return value == 0 && shift > 0 ? -1 : number;
            }
        }
        return -1;
    }

    void add(long unpadded, long content) {
        count++;
        add(blocks, unpadded);
        add(blocks, content);
    }

    private static void add(CRC32 sum, long number) {
        sum.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    }

    /** Begins to read; the first byte is 0, and is read. */
    void begin() {
        checksum.update(0);
        bytes = 1;
    }

    /** Reads a byte, or returns false if the index is damaged. */
    boolean read(int value) {
        bytes++;
        checksum.update(value);
        if (numbersLeft == 0) { // zeros up to the checksum
            return value == 0;
        }
        number |= (value & MORE - 1L) << shift;
        if (value >= MORE) {
            shift += BITS;
            return shift <= MOST_SHIFT;
        }
        boolean isMinimal = value != 0 || shift == 0;
        long read = number;
        number = 0;
        shift = 0;
        if (numbersLeft < 0) {
            numbersLeft = 2 * read;
            return isMinimal && read == count;
        }
        add(records, read);
        numbersLeft--;
        return isMinimal && (numbersLeft > 0 || records.getValue() == blocks.getValue());
    }

    /** Returns true before the checksum. */
    boolean isRead() {
        return numbersLeft == 0 && bytes % UNIT == 0;
    }

    long checksum() {
        return checksum.getValue();
    }

    /** Returns the bytes of the whole index. */
    long bytes() {
        return bytes + UNIT;
    }
}
