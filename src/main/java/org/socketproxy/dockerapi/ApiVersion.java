package org.socketproxy.dockerapi;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version of the Docker API, such as 1.44. Podman's own API has versions of three numbers, which are none.
 *
 * @param major the number before the dot
 * @param minor the number after the dot
 */
public record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
    /** The lowest version that the proxy accepts from a client. */
    public static final ApiVersion LOWEST = new ApiVersion(1, 24);

    private static final Pattern CANONICAL = Pattern.compile("(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})");
    private static final Comparator<ApiVersion> ORDER =
            Comparator.comparingInt(ApiVersion::major).thenComparingInt(ApiVersion::minor);

    /**
     * Parses a version without its {@code v}. Other spellings of the same number, such as {@code 1.044}, are none.
     *
     * @param text any text, or null
     */
    public static Optional<ApiVersion> parse(@Nullable String text) {
        Matcher numbers = CANONICAL.matcher(text == null ? "" : text);
        return numbers.matches()
                ? Optional.of(new ApiVersion(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2))))
                : Optional.empty();
    }

    public boolean isBefore(ApiVersion other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(ApiVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
