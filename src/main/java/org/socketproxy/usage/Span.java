package org.socketproxy.usage;

import java.time.Duration;
import java.util.Locale;

/** A time until now, in equal parts that end at full minutes of UTC, for which requests are counted. */
public enum Span {
    HOUR(60, Duration.ofMinutes(1), "a minute"),
    DAY(96, Duration.ofMinutes(15), "15 minutes");

    private final int parts;
    private final Duration part;
    private final String partInWords;

    Span(int parts, Duration part, String partInWords) {
        this.parts = parts;
        this.part = part;
        this.partInWords = partInWords;
    }

    public int parts() {
        return parts;
    }

    public Duration part() {
        return part;
    }

    public String partInWords() {
        return partInWords;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
