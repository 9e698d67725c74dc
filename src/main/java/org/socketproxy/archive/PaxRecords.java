package org.socketproxy.archive;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.table.Table;

/**
 * Records of an extended header (PAX): lines with their length, a key and a value, which can have any bytes.
 *
 * <p>Security: a key twice, a key that is not in {@code pax-keys.tsv}, and a malformed length are refused.
 */
final class PaxRecords {
    static final String PATH = "path";
    static final String LINK = "linkpath";
    static final String SIZE = "size";
    static final String UID = "uid";
    static final String GID = "gid";
    static final String TIME = "mtime";
    static final String ATTRIBUTE = "SCHILY.xattr.";
    private static final Pattern LENGTH = Pattern.compile("[1-9][0-9]{0,6}");
    private static final int LONGEST_LENGTH = 7;
    private static final int LONGEST_ATTRIBUTE = 255;

    /** Outcome of a record. */
    private enum Handling {
        APPLY,
        DROP,
        REFUSE
    }

    /** @param key a key, or the begin of keys with a star at the end */
    private record Row(String key, Handling handling) {
        static Row of(String[] cells) {
            return new Row(cells[0], Handling.valueOf(cells[1].toUpperCase(Locale.ROOT)));
        }

        boolean matches(String other) {
            return key.endsWith("*") ? other.startsWith(key.substring(0, key.length() - 1)) : other.equals(key);
        }
    }

    private static final List<Row> ROWS =
            new Table<>("pax-keys.tsv", "key handling note", Row::of).load(PaxRecords.class);

    /** No records. */
    static final PaxRecords NONE = new PaxRecords(Map.of(), Map.of());

    private final Map<String, String> values;
    private final Map<String, String> attributes;

    private PaxRecords(Map<String, String> values, Map<String, String> attributes) {
        this.values = values;
        this.attributes = attributes;
    }

    /** Reads the records before one entry. */
    static PaxRecords read(byte[] content) throws ArchiveException {
        Map<String, String> values = new HashMap<>();
        Map<String, String> attributes = new LinkedHashMap<>();
        for (Map.Entry<String, String> each : split(content)) {
            String key = each.getKey();
            if (isApplied(key)) {
                boolean isAttribute = key.startsWith(ATTRIBUTE);
                Map<String, String> target = isAttribute ? attributes : values;
                String name = isAttribute ? attribute(key) : key;
                if (target.put(name, checked(key, each.getValue(), isAttribute)) != null) {
                    throw new ArchiveException("has the PAX record " + TarEntry.shown(key) + " twice");
                }
            }
        }
        return new PaxRecords(values, attributes);
    }

    /** Reads the records for all later entries, which can be comments only, as {@code git archive} writes them. */
    static void readGlobal(byte[] content) throws ArchiveException {
        for (Map.Entry<String, String> each : split(content)) {
            if (!each.getKey().equals("comment")) {
                throw new ArchiveException("has a PAX record for all entries, " + TarEntry.shown(each.getKey()));
            }
        }
    }

    private static boolean isApplied(String key) throws ArchiveException {
        Handling handling = ROWS.stream()
                .filter(row -> row.matches(key))
                .map(Row::handling)
                .findFirst()
                .orElse(Handling.REFUSE);
        if (handling == Handling.REFUSE) {
            throw new ArchiveException(
                    "has the PAX record " + TarEntry.shown(key) + ", which this proxy does not allow");
        }
        return handling == Handling.APPLY;
    }

    private static String attribute(String key) throws ArchiveException {
        String name = key.substring(ATTRIBUTE.length());
        if (name.isEmpty() || name.length() > LONGEST_ATTRIBUTE) {
            throw new ArchiveException("has an extended attribute with an empty or too long name");
        }
        return name;
    }

    private static String checked(String key, String value, boolean isAttribute) throws ArchiveException {
        if (!isAttribute && (value.isEmpty() || value.indexOf('\0') >= 0)) {
            throw new ArchiveException("has a PAX record " + key + " that is empty or contains a NUL");
        }
        return value;
    }

    private static List<Map.Entry<String, String>> split(byte[] content) throws ArchiveException {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        List<Map.Entry<String, String>> records = new ArrayList<>();
        for (int begin = 0; begin < text.length(); ) {
            int blank = text.indexOf(' ', begin);
            int end = blank < 0 || blank - begin > LONGEST_LENGTH ? -1 : end(text, begin, blank);
            int equals = text.indexOf('=', blank);
            if (end <= 0 || equals <= blank + 1 || equals >= end || text.charAt(end) != '\n') {
                throw new ArchiveException("has a malformed PAX record");
            }
            String key = text.substring(blank + 1, equals);
            if (key.indexOf('\0') >= 0) {
                throw new ArchiveException("has a PAX record with a NUL in its key");
            }
            records.add(Map.entry(key, text.substring(equals + 1, end)));
            begin = end + 1;
        }
        return records;
    }

    /** Returns the index of the last character of a record, or -1. */
    private static int end(String text, int begin, int blank) {
        String length = text.substring(begin, blank);
        int end = LENGTH.matcher(length).matches() ? begin + Integer.parseInt(length) - 1 : -1;
        return end > blank && end < text.length() ? end : -1;
    }

    /** Returns one record as the bytes of an archive. */
    static String format(String key, String value) {
        int content = key.length() + value.length() + 3;
        int length = content + String.valueOf(content).length();
        if (String.valueOf(length).length() > String.valueOf(content).length()) {
            length++;
        }
        return length + " " + key + "=" + value + "\n";
    }

    /** Returns the value of a record, or null. */
    @Nullable
    String get(String key) {
        return values.get(key);
    }

    Map<String, String> attributes() {
        return attributes;
    }
}
