package org.socketproxy.config;

import java.util.Locale;
import java.util.Optional;

/** Format of the audit log. */
public enum LogFormat {
    TEXT,
    JSON;

    static Optional<LogFormat> parse(String text) {
        for (LogFormat format : values()) {
            if (format.name().equals(text.toUpperCase(Locale.ROOT))) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }
}
