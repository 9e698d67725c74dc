package org.socketproxy.config;

import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the audit log.
 *
 * @param timeZone of the text format
 * @param file also gets the records; null for none
 * @param isRequired whether a request whose record cannot be written is denied
 */
public record LogSettings(
        Level level,
        Format format,
        Repeats repeats,
        ZoneId timeZone,
        @Nullable AuditFile file,
        boolean isRequired) {
    private static final int SMALLEST_FILE = 64 * 1024;
    private static final int LARGEST_FILE = 1000 * 1024 * 1024;
    private static final int MOST_FILES = 1000;

    /**
     * A file for the audit log.
     *
     * @param maxBytes size of a full file
     * @param kept number of full files beside it
     */
    public record AuditFile(Path path, int maxBytes, int kept) {}

    private enum Fail {
        OPEN,
        CLOSED
    }

    /** Severities of syslog (RFC 5424 section 6.2.1), most severe first. */
    public enum Level {
        EMERG,
        ALERT,
        CRIT,
        ERR,
        WARNING,
        NOTICE,
        INFO,
        DEBUG;

        public boolean includes(Level other) {
            return other.compareTo(this) <= 0;
        }
    }

    public enum Format {
        TEXT,
        JSON
    }

    public enum Repeats {
        /** One line for each denial. */
        EVERY,
        /** One line for the first denial, then at most one line a minute with the number of repeats. */
        COLLAPSE
    }

    static LogSettings read(Reading reading) {
        Level level = word(
                reading,
                Setting.LOG_LEVEL,
                Level.INFO,
                "use one of emerg, alert, crit, err, warning, notice, info, debug");
        boolean isRequired =
                word(reading, Setting.AUDIT_FAIL, Fail.OPEN, "use open, or closed to deny what cannot be recorded")
                        == Fail.CLOSED;
        if (isRequired && !level.includes(Level.INFO)) {
            reading.refuse(
                    Setting.AUDIT_FAIL,
                    "LOG_LEVEL=" + reading.text(Setting.LOG_LEVEL)
                            + " does not record allowed requests; use LOG_LEVEL=info, or AUDIT_FAIL=open");
        }
        return new LogSettings(
                level,
                word(reading, Setting.LOG_FORMAT, Format.TEXT, "use text or json"),
                word(reading, Setting.LOG_REPEATS, Repeats.EVERY, "use every or collapse"),
                reading.value(
                                Setting.TZ,
                                LogSettings::zone,
                                "use a name of the time zone database, such as Europe/Berlin or Etc/UTC, or nothing for"
                                        + " UTC")
                        .orElse(ZoneOffset.UTC),
                file(reading),
                isRequired);
    }

    private static @Nullable AuditFile file(Reading reading) {
        Optional<Integer> size = reading.value(
                Setting.AUDIT_FILE_SIZE,
                text -> Parsers.bytes(text, SMALLEST_FILE, LARGEST_FILE),
                "use a size from 64k to 1000m, such as 100m or 100MiB");
        Optional<Integer> count = reading.value(
                Setting.AUDIT_FILE_COUNT,
                text -> Parsers.count(text, MOST_FILES),
                "use a whole number from 1 to " + MOST_FILES);
        return reading.isNo(Setting.AUDIT_FILE)
                ? null
                : reading.value(
                                Setting.AUDIT_FILE,
                                Parsers::absoluteFile,
                                "use the absolute path of a file in a writable folder, such as /data/audit.log")
                        .map(path -> new AuditFile(path, size.orElse(SMALLEST_FILE), count.orElse(1)))
                        .orElse(null);
    }

    private static <E extends Enum<E>> E word(Reading reading, Setting setting, E placeholder, String advice) {
        return reading.value(setting, text -> Parsers.word(placeholder.getDeclaringClass(), text), advice)
                .orElse(placeholder);
    }

    /** The C library, which also reads {@code TZ}, allows a colon before the name. */
    private static Optional<ZoneId> zone(String text) {
        String name = text.replaceFirst("^:", "");
        try {
            return Optional.of(name.isEmpty() ? ZoneOffset.UTC : ZoneId.of(name, ZoneId.SHORT_IDS));
        } catch (DateTimeException unknown) {
            return Optional.empty();
        }
    }
}
