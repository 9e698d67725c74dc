package org.socketproxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parsers of values; each returns empty for an invalid value.
 *
 * <p>Security: any other word for a boolean is invalid, because a guess could allow too much.
 */
final class Parsers {
    static final String TRUTH_ADVICE = "use 1, true, yes or on to allow; 0, false, no, off or nothing to deny";

    private static final Set<String> YES = Set.of("1", "true", "yes", "on");
    private static final Set<String> NO = Set.of("", "0", "false", "no", "off");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(|k|kib|m|mib)");
    private static final Pattern COUNT = Pattern.compile("\\d{1,7}");
    private static final Pattern INSTANT = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[\\d:.]{5,18}Z");
    private static final int KIB = 1024;

    private Parsers() {}

    static boolean isYes(String value) {
        return YES.contains(value.toLowerCase(Locale.ROOT));
    }

    static boolean isNo(String value) {
        return NO.contains(value.toLowerCase(Locale.ROOT));
    }

    private static boolean isTruth(String value) {
        return isYes(value) || isNo(value);
    }

    /** Returns the fix for an invalid boolean. */
    static String truthAdvice(String value) {
        if (isTruth(value.strip())) {
            return "remove the spaces around the value";
        }
        String bare = value.strip().replaceAll("^[\"']|[\"']$", "");
        if (isTruth(bare)) {
            return "remove the quotes: in the list form of a compose file they become part of the value";
        }
        return TRUTH_ADVICE;
    }

    static <E extends Enum<E>> Optional<E> word(Class<E> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.name().equals(text.toUpperCase(Locale.ROOT)))
                .findFirst();
    }

    /** Parses at most six digits with {@code ms}, {@code s}, {@code m} or {@code h}. */
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

    /** Parses an instant in UTC, such as {@code 2026-11-26T03:00:00Z}. */
    static Optional<Instant> instant(String text) {
        try {
            return INSTANT.matcher(text).matches() ? Optional.of(Instant.parse(text)) : Optional.empty();
        } catch (DateTimeParseException invalid) {
            return Optional.empty();
        }
    }

    /** Parses a number of bytes within bounds, also with {@code k}, {@code KiB}, {@code m} or {@code MiB} in any case. */
    static Optional<Integer> bytes(String text, int least, int most) {
        Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String unit = matcher.group(2);
        int factor = unit.isEmpty() ? 1 : unit.startsWith("k") ? KIB : KIB * KIB;
        long bytes = Long.parseLong(matcher.group(1)) * factor;
        return bytes < least || bytes > most ? Optional.empty() : Optional.of((int) bytes);
    }

    /** Parses at most seven digits, from 1. */
    static Optional<Integer> count(String text, int most) {
        return Optional.of(text)
                .filter(number -> COUNT.matcher(number).matches())
                .map(Integer::valueOf)
                .filter(number -> number >= 1 && number <= most);
    }

    static Optional<Path> absolutePath(String text) {
        try {
            return Optional.of(Path.of(text)).filter(Path::isAbsolute);
        } catch (InvalidPathException invalid) {
            return Optional.empty();
        }
    }

    /** Refuses names of folders. */
    static Optional<Path> absoluteFile(String text) {
        return absolutePath(text).filter(path -> path.getFileName() != null && !text.endsWith("/"));
    }
}
