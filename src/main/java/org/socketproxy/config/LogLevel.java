package org.socketproxy.config;

import java.util.Locale;
import java.util.Optional;

/** Log level with the names of syslog severities (RFC 5424 section 6.2.1), most severe first. */
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

    /** Returns true if this level logs events of the other level. */
    public boolean includes(LogLevel other) {
        return other.compareTo(this) <= 0;
    }
}
