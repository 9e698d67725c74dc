package org.socketproxy.archive;

import java.nio.charset.StandardCharsets;

/**
 * Block of 512 bytes before the content of an entry: ustar, the old form of GNU tar, or that of Version 7.
 *
 * <p>Security: a field that readers of tar read differently is refused: the fields of star and of old sparse files, a prefix
 * outside ustar, an unknown magic, a number with other characters than octal digits.
 */
final class TarHeader {
    static final int BLOCK_BYTES = 512;

    private static final int NAME = 0;
    private static final int NAME_BYTES = 100;
    private static final int MODE = 100;
    private static final int UID = 108;
    private static final int GID = 116;
    private static final int SIZE = 124;
    private static final int TIME = 136;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;
    private static final int LINK = 157;
    private static final int MAGIC = 257;
    private static final int MAGIC_BYTES = 8;
    private static final int MAJOR = 329;
    private static final int MINOR = 337;
    private static final int PREFIX = 345;
    private static final int PREFIX_BYTES = 155;
    private static final int SHORT_NUMBER = 8;
    private static final int LONG_NUMBER = 12;
    private static final int BASE_256 = 0x80;
    private static final int NEGATIVE_BASE_256 = 0xff;
    private static final int BYTE = 0xff;

    private static final String USTAR = "ustar\00000";
    private static final String GNU = "ustar  \0";
    private static final String VERSION_7 = "\0\0\0\0\0\0\0\0";

    private final byte[] block;
    private final String magic;

    private TarHeader(byte[] block) {
        this.block = block;
        this.magic = text(block, MAGIC, MAGIC_BYTES);
    }

    /**
     * Reads a header.
     *
     * @param block not all zero
     */
    static TarHeader read(byte[] block) throws ArchiveException {
        TarHeader header = new TarHeader(block);
        if (!isChecksumRight(block)) {
            throw new ArchiveException("is no tar archive, or has a header with a wrong checksum");
        }
        if (!header.magic.equals(USTAR) && !header.magic.equals(GNU) && !header.magic.equals(VERSION_7)) {
            throw new ArchiveException("has a header of an unknown form of tar");
        }
        int unused = header.magic.equals(USTAR) ? PREFIX + PREFIX_BYTES : PREFIX;
        for (int i = unused; i < BLOCK_BYTES; i++) {
            if (block[i] != 0) {
                throw new ArchiveException("has a header with fields that readers of tar read differently");
            }
        }
        return header;
    }

    static boolean isZero(byte[] block) {
        for (byte each : block) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns true if the checksum is right for unsigned bytes. */
    static boolean isChecksumRight(byte[] block) {
        try {
            return new TarHeader(block).octal(CHECKSUM, SHORT_NUMBER) == checksum(block);
        } catch (ArchiveException malformed) {
            return false;
        }
    }

    /** Returns the sum of the unsigned bytes, with blanks in place of the checksum. */
    static int checksum(byte[] block) {
        int sum = SHORT_NUMBER * ' ';
        for (int i = 0; i < BLOCK_BYTES; i++) {
            sum += i >= CHECKSUM && i < CHECKSUM + SHORT_NUMBER ? 0 : block[i] & BYTE;
        }
        return sum;
    }

    /** Returns the byte of the type; 0 for a file of Version 7. */
    char type() {
        return (char) (block[TYPE] & BYTE);
    }

    String name() {
        String name = cut(NAME, NAME_BYTES);
        String prefix = magic.equals(USTAR) ? cut(PREFIX, PREFIX_BYTES) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    String link() {
        return cut(LINK, NAME_BYTES);
    }

    long mode() throws ArchiveException {
        return number(MODE, SHORT_NUMBER);
    }

    long uid() throws ArchiveException {
        return number(UID, SHORT_NUMBER);
    }

    long gid() throws ArchiveException {
        return number(GID, SHORT_NUMBER);
    }

    long size() throws ArchiveException {
        return number(SIZE, LONG_NUMBER);
    }

    long seconds() throws ArchiveException {
        return number(TIME, LONG_NUMBER);
    }

    long major() throws ArchiveException {
        return number(MAJOR, SHORT_NUMBER);
    }

    long minor() throws ArchiveException {
        return number(MINOR, SHORT_NUMBER);
    }

    /** Returns bytes as a text of which each character is one byte. */
    static String text(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
    }

    /** Returns the text before the first NUL. */
    private String cut(int offset, int length) {
        String text = text(block, offset, length);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }

    private long number(int offset, int length) throws ArchiveException {
        int first = block[offset] & BYTE;
        return (first & BASE_256) == 0 ? octal(offset, length) : binary(first, offset, length);
    }

    /** Reads a number in base 256: the first byte is 0x80, or 0xff for a negative number. */
    private long binary(int first, int offset, int length) throws ArchiveException {
        long value = first == NEGATIVE_BASE_256 ? -1 : 0;
        for (int i = offset + 1; i < offset + length; i++) {
            if (value > Long.MAX_VALUE >> Byte.SIZE || value < Long.MIN_VALUE >> Byte.SIZE) {
                throw malformedNumber();
            }
            value = value << Byte.SIZE | block[i] & BYTE;
        }
        if (first != BASE_256 && first != NEGATIVE_BASE_256) {
            throw malformedNumber();
        }
        return value;
    }

    private long octal(int offset, int length) throws ArchiveException {
        int begin = offset;
        int end = offset + length;
        while (begin < end && isFiller(block[begin])) {
            begin++;
        }
        while (begin < end && isFiller(block[end - 1])) {
            end--;
        }
        long value = 0;
        for (int i = begin; i < end; i++) {
            if (block[i] < '0' || block[i] > '7') {
                throw malformedNumber();
            }
            value = value << 3 | block[i] - '0';
        }
        return value;
    }

    private static boolean isFiller(byte each) {
        return each == ' ' || each == 0;
    }

    private static ArchiveException malformedNumber() {
        return new ArchiveException("has a header with a malformed number");
    }
}
