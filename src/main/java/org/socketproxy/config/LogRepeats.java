package org.socketproxy.config;

import java.util.Locale;
import java.util.Optional;

/** How the audit log writes a denial that a client repeats. */
public enum LogRepeats {
    /** One line for each denial. */
    EVERY,
    /** One line for the first denial, then at most one line a minute with the number of repeats. */
    COLLAPSE;

    static Optional<LogRepeats> parse(String text) {
        for (LogRepeats repeats : values()) {
            if (repeats.name().equals(text.toUpperCase(Locale.ROOT))) {
                return Optional.of(repeats);
            }
        }
        return Optional.empty();
    }
}
