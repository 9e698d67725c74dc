package org.socketproxy.config;

import java.util.Locale;
import java.util.Optional;

/** In which form exchanges are logged. */
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
