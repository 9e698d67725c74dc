package org.socketproxy.dockerapi;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException.Fault;

/**
 * Parses query parameters as leniently as the most lenient daemon: if query parsers differ, the result contains every
 * parameter that at least one of them finds.
 */
final class QueryParameters {
    /**
     * Values that every daemon reads as false; any other value, including the empty value, may be true. Go's
     * {@code strconv.ParseBool} also reads {@code f} and {@code F} as false, but on paths of the Docker API, Docker and
     * Podman read them as true.
     */
    private static final Set<String> FALSE = Set.of("0", "false", "FALSE", "False");

    private QueryParameters() {}

    /**
     * Returns the values of each name in query order. Names are case-insensitive like Go's {@code strings.EqualFold},
     * which Podman uses: it equates long s with s and the Kelvin sign with k.
     */
    static SortedMap<String, List<String>> of(String query) {
        SortedMap<String, List<String>> parameters = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        // Some query parsers split at a semicolon too, as Go did before 1.17.
        for (String parameter : query.split("[&;]", -1)) {
            int equals = parameter.indexOf('=');
            String key = equals < 0 ? parameter : parameter.substring(0, equals);
            String value = equals < 0 ? "" : parameter.substring(equals + 1);
            parameters.computeIfAbsent(decode(key), name -> new ArrayList<>(1)).add(decode(value));
        }
        return parameters;
    }

    static boolean isSet(String query, String flag) {
        return of(query).getOrDefault(flag, List.of()).stream().anyMatch(value -> !FALSE.contains(value));
    }

    /**
     * Returns the only value of a parameter, or null without one.
     *
     * @throws BadTargetException if query parsers could find different values
     */
    static @Nullable String only(String query, String name) throws BadTargetException {
        if (query.indexOf(';') >= 0) {
            throw new BadTargetException(Fault.PARAMETER);
        }
        List<String> found = of(query).get(name);
        if (found == null) {
            return null;
        }
        boolean isWritten = Arrays.stream(query.split("&", -1)).anyMatch(part -> part.startsWith(name + "="));
        if (found.size() > 1 || !isWritten) {
            throw new BadTargetException(Fault.PARAMETER);
        }
        return found.get(0);
    }

    static boolean isSpelledInOneWay(String query, String name) {
        return Arrays.stream(query.split("[&;]", -1))
                        .map(part -> part.split("=", 2)[0])
                        .filter(key -> String.CASE_INSENSITIVE_ORDER.compare(decode(key), name) == 0)
                        .distinct()
                        .count()
                <= 1;
    }

    /** Returns the query without the parameter, in any case of its name. */
    static List<String> without(String query, String name) {
        return Arrays.stream(query.split("&", -1))
                .filter(part -> !part.isEmpty() && !of(part).containsKey(name))
                .toList();
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            return text; // invalid escape: every daemon drops the parameter
        }
    }
}
