package org.socketproxy.config;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;

/** Settings of the audit log. The time zone is that of the text format. */
public record LogSettings(Level level, Format format, Repeats repeats, ZoneId timeZone) {
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
        return new LogSettings(
                word(
                        reading,
                        Setting.LOG_LEVEL,
                        Level.INFO,
                        "use one of emerg, alert, crit, err, warning, notice, info, debug"),
                word(reading, Setting.LOG_FORMAT, Format.TEXT, "use text or json"),
                word(reading, Setting.LOG_REPEATS, Repeats.EVERY, "use every or collapse"),
                reading.value(
                                Setting.TZ,
                                LogSettings::zone,
                                "use a name of the time zone database, such as Europe/Berlin or Etc/UTC, or nothing for"
                                        + " UTC")
                        .orElse(ZoneOffset.UTC));
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
