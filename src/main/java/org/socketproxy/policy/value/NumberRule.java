package org.socketproxy.policy.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Allows numbers of some ranges; an open end is that of 64 bits. */
final class NumberRule implements ValueRule {
    private static final String UNITS = "kmgtp";
    private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,20}");
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,18}(?:\\.[0-9]{1,18})?+");
    private static final Pattern BYTES =
            Pattern.compile("(-?[0-9]{1,19}(?:\\.[0-9]{1,9})?+) ?(?:([kmgtpKMGTP])[iI]?)?+[bB]?");
    private static final Pattern DURATION_PART =
            Pattern.compile("\\G([0-9]{1,18}(?:\\.[0-9]{1,18})?+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)");
    private static final int MOST_PARTS = 8;
    private static final BigDecimal LEAST = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);
    /** A number of so many digits is less than 64 bits. */
    private static final int PLAIN_DIGITS = 18;

    private static final int KIBI = 1024;
    private static final int KILO = 1000;

    private interface Reading extends Function<String, @Nullable BigDecimal> {}

    private record Range(BigDecimal from, BigDecimal to, long fromLong, long toLong) {
        /** The ends as integers; they are less exact only beyond 64 bits, where no integer of {@link NumberRule#isPlain(String)} is. */
        static Range of(BigDecimal from, BigDecimal to) {
            return new Range(
                    from,
                    to,
                    from.setScale(0, RoundingMode.CEILING).max(LEAST).min(MOST).longValueExact(),
                    to.setScale(0, RoundingMode.FLOOR).max(LEAST).min(MOST).longValueExact());
        }

        boolean contains(long integer) {
            return fromLong <= integer && integer <= toLong;
        }

        boolean contains(BigDecimal lowest, BigDecimal highest) {
            return from.compareTo(lowest) <= 0 && highest.compareTo(to) <= 0;
        }
    }

    private final String problem;
    /** Whether digits without a unit are the number. */
    private final boolean isPlain;

    private final Reading lowest;
    private final Reading highest;
    private final List<Range> ranges = new ArrayList<>();

    /** Compares two readings with the ends of a range, because daemons read a value differently. */
    private NumberRule(String kind, String ranges, boolean isPlain, Reading lowest, Reading highest) {
        this.isPlain = isPlain;
        this.lowest = lowest;
        this.highest = highest;
        for (String range : ranges.split("\\|", -1)) {
            int dots = range.indexOf("..");
            if (range.isEmpty()) {
                throw new IllegalArgumentException("not a range: " + ranges);
            }
            this.ranges.add(Range.of(
                    end(lowest, dots < 0 ? range : range.substring(0, dots), Long.MIN_VALUE),
                    end(highest, dots < 0 ? range : range.substring(dots + 2), Long.MAX_VALUE)));
        }
        problem = "is not " + kind + words(ranges);
    }

    private NumberRule(String kind, String ranges, boolean isPlain, Reading reading) {
        this(kind, ranges, isPlain, reading, reading);
    }

    static ValueRule integer(String ranges) {
        return new NumberRule("an integer", ranges, true, NumberRule::readInteger);
    }

    static ValueRule decimal(String ranges) {
        return new NumberRule("a number", ranges, true, text -> matches(DECIMAL, text) ? new BigDecimal(text) : null);
    }

    /** {@code k} is 1024 in most places, and 1000 in the size of a log. */
    static ValueRule bytes(String ranges) {
        return new NumberRule(
                "a number of bytes", ranges, true, text -> readBytes(text, KILO), text -> readBytes(text, KIBI));
    }

    static ValueRule duration(String ranges) {
        return new NumberRule("a duration", ranges, false, NumberRule::readDuration);
    }

    static ValueRule nanoseconds(String ranges) {
        NumberRule rule = new NumberRule("a duration", ranges, false, NumberRule::readDuration);
        return text -> isPlain(text)
                ? rule.problemOf(Long.parseLong(text))
                : rule.problem(matches(INTEGER, text) ? text + "ns" : "");
    }

    /** @param text such as {@code 128k} */
    static long parseBytes(String text) {
        BigDecimal bytes = readBytes(text, KIBI);
        if (bytes == null) {
            throw new IllegalArgumentException("not a number of bytes: " + text);
        }
        return bytes.longValueExact();
    }

    private static String words(String ranges) {
        if (ranges.equals("..")) {
            return " of 64 bits";
        }
        List<String> words = new ArrayList<>();
        for (String range : ranges.split("\\|", -1)) {
            int dots = range.indexOf("..");
            String from = dots < 0 ? range : range.substring(0, dots);
            String to = dots < 0 ? "" : range.substring(dots + 2);
            words.add(
                    dots < 0
                            ? from
                            : to.isEmpty() ? from + " or more" : from.isEmpty() ? "up to " + to : from + " to " + to);
        }
        return ": " + String.join(" or ", words);
    }

    private static BigDecimal end(Reading reading, String text, long open) {
        if (text.isEmpty()) {
            return BigDecimal.valueOf(open);
        }
        BigDecimal value = reading.apply(text);
        if (value == null) {
            throw new IllegalArgumentException("not the end of a range: " + text);
        }
        return value;
    }

    @Override
    public @Nullable String problem(String text) {
        if (isPlain && isPlain(text)) {
            return problemOf(Long.parseLong(text));
        }
        BigDecimal low = lowest.apply(text);
        BigDecimal high = highest.apply(text);
        boolean isAllowed = low != null && high != null && ranges.stream().anyMatch(range -> range.contains(low, high));
        return isAllowed ? null : problem;
    }

    private @Nullable String problemOf(long integer) {
        for (Range range : ranges) {
            if (range.contains(integer)) {
                return null;
            }
        }
        return problem;
    }

    /** Returns whether a text is an integer of at most {@link #PLAIN_DIGITS} digits, the usual case. */
    private static boolean isPlain(String text) {
        int digits = text.startsWith("-") ? 1 : 0;
        if (text.length() <= digits || text.length() > digits + PLAIN_DIGITS) {
            return false;
        }
        for (int i = digits; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(Pattern pattern, String text) {
        return pattern.matcher(text).matches();
    }

    private static @Nullable BigDecimal readInteger(String text) {
        return matches(INTEGER, text) ? new BigDecimal(new BigInteger(text)) : null;
    }

    private static @Nullable BigDecimal readBytes(String text, int thousand) {
        Matcher matcher = BYTES.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        String unit = matcher.group(2);
        int power = unit == null ? 0 : UNITS.indexOf(unit.toLowerCase(Locale.ROOT)) + 1;
        return new BigDecimal(matcher.group(1))
                .multiply(BigDecimal.valueOf(thousand).pow(power));
    }

    private static @Nullable BigDecimal readDuration(String text) {
        boolean isNegative = text.startsWith("-");
        String magnitude = isNegative ? text.substring(1) : text;
        if (magnitude.equals("0")) {
            return BigDecimal.ZERO;
        }
        Matcher matcher = DURATION_PART.matcher(magnitude);
        BigDecimal sum = BigDecimal.ZERO;
        int end = 0;
        for (int parts = 0; parts < MOST_PARTS && matcher.find(); parts++) {
            sum = sum.add(new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(nanoseconds(matcher))));
            end = matcher.end();
        }
        boolean isComplete = end > 0 && end == magnitude.length();
        return isComplete ? isNegative ? sum.negate() : sum : null;
    }

    private static long nanoseconds(Matcher part) {
        return switch (part.group(2)) {
            case "ns" -> 1;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 1000;
        };
    }
}
