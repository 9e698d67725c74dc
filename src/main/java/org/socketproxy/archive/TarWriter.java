package org.socketproxy.archive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Writes entries in one form: a ustar header, after an extended header (PAX) for the values that do not fit.
 *
 * <p>Security: the daemon looks at the first bytes of an archive to find out how it is compressed. A name that begins like compressed data
 * goes into an extended header, so that the archive begins with a name of this class.
 */
final class TarWriter {
    private static final int BLOCK = TarHeader.BLOCK_BYTES;
    private static final long HIGHEST_ID = 07777777;
    private static final long HIGHEST_NUMBER = 077777777777L;
    private static final int SHORT_DIGITS = 7;
    private static final int LONG_DIGITS = 11;
    private static final int EXTENSION_MODE = 0644;
    private static final int LINK = 157;
    private static final int MAGIC = 257;
    private static final int TYPE = 156;
    private static final int CHECKSUM = 148;
    private static final String EXTENSION_NAME = "PaxHeader";
    private static final String LONG_NAME = "LongName";
    /** A text of at most 100 bytes that does not begin like compressed data. */
    private static final Pattern PLAIN = Pattern.compile("(?!BZh)(?:[ -~]{1,3}|[ -~]{4}.{0,96})", Pattern.DOTALL);

    /** Two blocks of zeros. */
    static final int END_BYTES = 2 * BLOCK;

    private TarWriter() {}

    /** Returns all blocks before the content of an entry. */
    static byte[] header(TarEntry entry) {
        String name = name(entry);
        StringBuilder records = new StringBuilder();
        boolean isNamePlain = PLAIN.matcher(name).matches();
        boolean isLinkPlain =
                entry.link().isEmpty() || PLAIN.matcher(entry.link()).matches();
        add(records, !isNamePlain, PaxRecords.PATH, name);
        add(records, !isLinkPlain, PaxRecords.LINK, entry.link());
        add(records, entry.size() > HIGHEST_NUMBER, PaxRecords.SIZE, String.valueOf(entry.size()));
        add(records, entry.uid() > HIGHEST_ID, PaxRecords.UID, String.valueOf(entry.uid()));
        add(records, entry.gid() > HIGHEST_ID, PaxRecords.GID, String.valueOf(entry.gid()));
        boolean isTimePlain = entry.nanos() == 0 && entry.seconds() >= 0 && entry.seconds() <= HIGHEST_NUMBER;
        add(records, !isTimePlain, PaxRecords.TIME, time(entry));
        for (Map.Entry<String, String> attribute : entry.attributes().entrySet()) {
            add(records, true, PaxRecords.ATTRIBUTE + attribute.getKey(), attribute.getValue());
        }
        byte[] extension = records.toString().getBytes(StandardCharsets.ISO_8859_1);
        int before = extension.length == 0 ? 0 : BLOCK + extension.length + TarReader.padding(extension.length);
        byte[] blocks = new byte[before + BLOCK];
        if (before > 0) {
            text(blocks, 0, EXTENSION_NAME);
            numbers(blocks, 0, EXTENSION_MODE, 0, 0, extension.length, 0);
            finish(blocks, 0, 'x');
            System.arraycopy(extension, 0, blocks, BLOCK, extension.length);
        }
        text(blocks, before, isNamePlain ? name : LONG_NAME);
        text(blocks, before + LINK, isLinkPlain ? entry.link() : LONG_NAME);
        numbers(
                blocks,
                before,
                entry.mode(),
                fitting(entry.uid(), HIGHEST_ID),
                fitting(entry.gid(), HIGHEST_ID),
                fitting(entry.size(), HIGHEST_NUMBER),
                isTimePlain ? entry.seconds() : 0);
        octal(blocks, before + 329, SHORT_DIGITS, entry.major());
        octal(blocks, before + 337, SHORT_DIGITS, entry.minor());
        finish(blocks, before, entry.type().flag());
        return blocks;
    }

    private static String name(TarEntry entry) {
        boolean isFolder = entry.type() == TarEntry.Type.FOLDER;
        return entry.name().isEmpty() ? "./" : isFolder ? entry.name() + "/" : entry.name();
    }

    private static void add(StringBuilder records, boolean isNeeded, String key, String value) {
        if (isNeeded) {
            records.append(PaxRecords.format(key, value));
        }
    }

    /** Returns the time as a decimal number; the fraction of a time before 1970 counts away from zero. */
    private static String time(TarEntry entry) {
        boolean isNegative = entry.seconds() < 0;
        long whole = isNegative && entry.nanos() > 0 ? entry.seconds() + 1 : entry.seconds();
        long nanos = isNegative && entry.nanos() > 0 ? 1_000_000_000 - entry.nanos() : entry.nanos();
        String fraction = nanos == 0 ? "" : String.format(".%09d", nanos);
        return (isNegative ? "-" : "") + Math.abs(whole) + fraction;
    }

    private static long fitting(long number, long highest) {
        return number > highest ? 0 : number;
    }

    private static void text(byte[] blocks, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, blocks, offset, bytes.length);
    }

    private static void numbers(byte[] blocks, int block, int mode, long uid, long gid, long size, long seconds) {
        octal(blocks, block + 100, SHORT_DIGITS, mode);
        octal(blocks, block + 108, SHORT_DIGITS, uid);
        octal(blocks, block + 116, SHORT_DIGITS, gid);
        octal(blocks, block + 124, LONG_DIGITS, size);
        octal(blocks, block + 136, LONG_DIGITS, seconds);
    }

    private static void octal(byte[] blocks, int offset, int digits, long number) {
        long rest = number;
        for (int i = digits - 1; i >= 0; i--) {
            blocks[offset + i] = (byte) ('0' + (rest & 7));
            rest >>= 3;
        }
    }

    private static void finish(byte[] blocks, int block, char type) {
        blocks[block + TYPE] = (byte) type;
        text(blocks, block + MAGIC, "ustar\00000");
        int sum = TarHeader.checksum(Arrays.copyOfRange(blocks, block, block + BLOCK));
        octal(blocks, block + CHECKSUM, 6, sum);
        blocks[block + CHECKSUM + 7] = ' ';
    }
}
