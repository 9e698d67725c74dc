package org.socketproxy.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses durations, sizes and counts. */
final class QuantitySetting {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(|k|kib|m|mib)");
    private static final Pattern COUNT = Pattern.compile("\\d{1,7}");
    private static final int KIB = 1024;

    private QuantitySetting() {}

    /** Parses a number of at most six digits with {@code ms}, {@code s}, {@code m} or {@code h}. */
    static Optional<Duration> duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    default -> Duration.ofHours(amount);
                });
    }

    /**
     * Parses a number of bytes, or with the unit {@code k}, {@code KiB}, {@code m} or {@code MiB} in any case; empty if
     * it is invalid or exceeds an int.
     */
    static OptionalInt bytes(String text) {
        Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return OptionalInt.empty();
        }
        String unit = matcher.group(2);
        int factor = unit.isEmpty() ? 1 : unit.startsWith("k") ? KIB : KIB * KIB;
        long bytes = Long.parseLong(matcher.group(1)) * factor;
        return bytes > Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) bytes);
    }

    /** Parses a whole number of at most seven digits. */
    static OptionalInt count(String text) {
        return COUNT.matcher(text).matches() ? OptionalInt.of(Integer.parseInt(text)) : OptionalInt.empty();
    }
}
