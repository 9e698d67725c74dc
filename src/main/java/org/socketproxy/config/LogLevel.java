package org.socketproxy.config;

import java.util.Locale;
import java.util.Optional;

/** How much is logged, by syslog's names (RFC 5424 section 6.2.1), from the gravest. */
public enum LogLevel {
    EMERG,
    ALERT,
    CRIT,
    ERR,
    WARNING,
    NOTICE,
    INFO,
    DEBUG;

    static Optional<LogLevel> parse(String text) {
        for (LogLevel level : values()) {
            if (level.name().equals(text.toUpperCase(Locale.ROOT))) {
                return Optional.of(level);
            }
        }
        return Optional.empty();
    }

    /** Whether what has the other level is logged at this one. */
    public boolean includes(LogLevel other) {
        return other.compareTo(this) <= 0;
    }
}
