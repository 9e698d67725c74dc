package org.socketproxy.archive;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes an entry of its header, and of the extended headers before it, which replace fields of the header.
 *
 * <p>Security: a size where no content follows is refused, because readers of tar differ in whether they skip it; so is a file whose name
 * ends with a slash.
 */
final class EntryReader {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final Pattern TIME = Pattern.compile("(-?)([0-9]{1,18})(?:\\.([0-9]*))?");
    private static final int NANOS_DIGITS = 9;
    private static final int NANOS = 1_000_000_000;
    private static final int PERMISSIONS = 07777;
    /** The highest number of 32 bits stands for no change of the owner. */
    private static final long HIGHEST_ID = (1L << Integer.SIZE) - 2;

    private static final long HIGHEST_DEVICE = (1L << 24) - 1;
    private static final int OLD_FILE = 0;
    private static final Pattern DIGITS_AFTER_NANOS = Pattern.compile("(?<=^[0-9]{9})[0-9]+$");

    private final TarHeader header;
    private final PaxRecords pax;

    private EntryReader(TarHeader header, PaxRecords pax) {
        this.header = header;
        this.pax = pax;
    }

    /**
     * Reads an entry.
     *
     * @param longName name of GNU tar, or null
     * @param longLink target of a link of GNU tar, or null
     */
    static TarEntry read(TarHeader header, PaxRecords pax, @Nullable String longName, @Nullable String longLink)
            throws ArchiveException {
        return new EntryReader(header, pax).read(longName, longLink);
    }

    private TarEntry read(@Nullable String longName, @Nullable String longLink) throws ArchiveException {
        String rawName = first(longName, pax.get(PaxRecords.PATH), header.name());
        String name = TarNames.clean(rawName);
        TarEntry.Type type = type(rawName);
        long size = number(PaxRecords.SIZE, header.size(), Long.MAX_VALUE >> 1);
        if (type != TarEntry.Type.FILE && size > 0) {
            throw new ArchiveException("has the entry " + TarEntry.shown(name) + ", " + type.words() + " with content");
        }
        if (name.isEmpty() && type != TarEntry.Type.FOLDER) {
            throw new ArchiveException("has an entry without a name that is no folder");
        }
        long[] time = time();
        return new TarEntry(
                type,
                name,
                link(type, name, first(longLink, pax.get(PaxRecords.LINK), header.link())),
                (int) header.mode() & PERMISSIONS,
                number(PaxRecords.UID, header.uid(), HIGHEST_ID),
                number(PaxRecords.GID, header.gid(), HIGHEST_ID),
                size,
                time[0],
                (int) time[1],
                type.isDevice() ? device(header.major()) : 0,
                type.isDevice() ? device(header.minor()) : 0,
                pax.attributes());
    }

    private static String first(@Nullable String gnu, @Nullable String ofPax, String ofHeader) {
        return gnu != null ? gnu : ofPax != null ? ofPax : ofHeader;
    }

    private TarEntry.Type type(String rawName) throws ArchiveException {
        char flag = header.type();
        if (flag == OLD_FILE) {
            return rawName.endsWith("/") ? TarEntry.Type.FOLDER : TarEntry.Type.FILE;
        }
        for (TarEntry.Type type : TarEntry.Type.values()) {
            if (type.flag() == flag) {
                if (type == TarEntry.Type.FILE && rawName.endsWith("/")) {
                    throw new ArchiveException("has a file whose name ends with a slash");
                }
                return type;
            }
        }
        String shown = flag > ' ' && flag <= '~' ? String.valueOf(flag) : "with the number " + (int) flag;
        throw new ArchiveException("has an entry of the type " + shown + ", which this proxy does not allow");
    }

    private static String link(TarEntry.Type type, String name, String link) throws ArchiveException {
        if (!type.isLink()) {
            return "";
        }
        if (link.isEmpty() || link.length() > TarNames.LONGEST_NAME || link.indexOf('\0') >= 0) {
            throw new ArchiveException("has the link " + TarEntry.shown(name) + " with an empty or too long target");
        }
        if (type == TarEntry.Type.SYMLINK) {
            return link;
        }
        String target = TarNames.clean(link);
        if (target.isEmpty()) {
            throw new ArchiveException("has the hard link " + TarEntry.shown(name) + " to a folder");
        }
        return target;
    }

    private long number(String key, long ofHeader, long highest) throws ArchiveException {
        String record = pax.get(key);
        if (record != null && !NUMBER.matcher(record).matches()) {
            throw new ArchiveException("has a malformed PAX record " + key);
        }
        long value = record == null ? ofHeader : Long.parseLong(record);
        if (value < 0 || value > highest) {
            throw new ArchiveException("has an entry with a " + key + " out of range");
        }
        return value;
    }

    private static int device(long number) throws ArchiveException {
        if (number < 0 || number > HIGHEST_DEVICE) {
            throw new ArchiveException("has a device with a number out of range");
        }
        return (int) number;
    }

    /** Returns seconds and nanoseconds. */
    private long[] time() throws ArchiveException {
        String record = pax.get(PaxRecords.TIME);
        if (record == null) {
            return new long[] {header.seconds(), 0};
        }
        Matcher matcher = TIME.matcher(record);
        if (!matcher.matches()) {
            throw new ArchiveException("has a malformed PAX record mtime");
        }
        String digits = Objects.requireNonNullElse(matcher.group(3), "");
        String nanos = DIGITS_AFTER_NANOS.matcher(digits).replaceFirst("");
        long fraction = Long.parseLong(nanos + "0".repeat(NANOS_DIGITS - nanos.length()));
        long whole = Long.parseLong(matcher.group(2));
        if (matcher.group(1).isEmpty()) {
            return new long[] {whole, fraction};
        }
        return fraction == 0 ? new long[] {-whole, 0} : new long[] {-whole - 1, NANOS - fraction};
    }
}
