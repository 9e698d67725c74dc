package org.socketproxy.dockerapi;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException.Fault;

/**
 * Request target (path and query) as received, parsed once: the proxy forwards exactly the bytes that it has checked.
 *
 * <p>Security: the client controls every byte. {@link #parse} rejects each target that dockerd's router (which decodes
 * once, then cleans) or Podman's router (which matches the escaped path) could read as another path.
 *
 * @param raw path and query exactly as received
 * @param version the API version without its {@code v}, such as {@code 1.45}, or null
 * @param segments the path after the version, as received, without slashes; a trailing slash adds a last empty segment
 * @param query the bytes after the first question mark, or null without a question mark
 */
public record RequestTarget(
        String raw,
        @Nullable String version,
        List<String> segments,
        @Nullable String query) {

    /**
     * Exceeds every valid path: the longest template has seven segments, and image references have up to 255
     * characters.
     */
    private static final int MOST_SEGMENTS = 64;

    public RequestTarget {
        segments = List.copyOf(segments);
    }

    /**
     * Parses a target in origin form (RFC 9112 section 3.2.1).
     *
     * @throws BadTargetException if the path is not canonical, or the query contains bytes that are invalid in a target
     */
    public static RequestTarget parse(String raw) throws BadTargetException {
        if (raw.isEmpty() || raw.charAt(0) != '/') {
            throw new BadTargetException(Fault.FORM);
        }
        int pathEnd = endOfPath(raw);
        String query = pathEnd == raw.length() ? null : raw.substring(pathEnd + 1);
        List<String> segments = split(raw, pathEnd);
        String version = null;
        if (looksLikeVersion(segments.get(0))) {
            version = segments.remove(0).substring(1);
            boolean isLibpod = !segments.isEmpty() && segments.get(0).equals("libpod");
            if (!isVersion(version, isLibpod)) {
                throw new BadTargetException(Fault.VERSION);
            }
        }
        return new RequestTarget(raw, version, segments, query);
    }

    /** Returns true if a segment contains an escaped slash; only names that may span segments may contain one. */
    public boolean hasEscapedSlash() {
        for (String segment : segments) {
            if (isSlashEscapedIn(segment)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the segments for a router that decodes before it splits: an escaped slash separates two segments. */
    List<String> segmentsAcrossSlashes() {
        return segments.stream()
                .flatMap(segment -> Arrays.stream(segment.split("%2[Ff]", -1)))
                .toList();
    }

    static boolean isSlashEscapedIn(String segment) {
        return segment.contains("%2F") || segment.contains("%2f");
    }

    /**
     * Returns true if any daemon could read this boolean query parameter as true: names are case-insensitive, and a
     * value counts as true unless all daemons read it as false.
     */
    public boolean isQueryFlagSet(String name) {
        return query != null && QueryParameters.isSet(query, name);
    }

    /**
     * Returns the decoded values of each query parameter by case-insensitive name. If query parsers differ, the map
     * contains the values of all of them: a rule that allows by a parameter must check every value.
     */
    public SortedMap<String, List<String>> parameters() {
        return query == null ? Collections.emptySortedMap() : QueryParameters.of(query);
    }

    /** Returns the values of a query parameter, in the order of the query. */
    public List<String> values(String name) {
        return parameters().getOrDefault(name, List.of());
    }

    /** Returns true if all occurrences of a query parameter, in any case and with any escapes, have the same bytes. */
    public boolean isSpelledInOneWay(String name) {
        return query == null || QueryParameters.isSpelledInOneWay(query, name);
    }

    /**
     * Returns the only value of a query parameter, or null without one.
     *
     * @throws BadTargetException if query parsers could find different values
     */
    public @Nullable String onlyParameter(String name) throws BadTargetException {
        return query == null ? null : QueryParameters.only(query, name);
    }

    /**
     * Returns the only value of a query parameter as a number, or zero without one.
     *
     * @throws BadTargetException if query parsers could find different values, or the value is not a number
     */
    public int onlyNumber(String name) throws BadTargetException {
        String text = onlyParameter(name);
        try {
            return text == null || text.isEmpty() ? 0 : Integer.parseInt(text);
        } catch (NumberFormatException other) {
            throw new BadTargetException(Fault.PARAMETER);
        }
    }

    /**
     * Returns the same target with this value of a query parameter in place of all its values.
     *
     * @param name a name that needs no escape
     * @param value any text, or null to remove the parameter
     */
    public RequestTarget withOnlyParameter(String name, @Nullable String value) {
        return withParameters(name, value == null ? List.of() : List.of(value));
    }

    /**
     * Returns the same target with these values of a query parameter in place of all its values.
     *
     * @param name a name that needs no escape
     * @param values any texts
     */
    public RequestTarget withParameters(String name, List<String> values) {
        List<String> parts = new ArrayList<>(query == null ? List.of() : QueryParameters.without(query, name));
        values.forEach(value -> parts.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
        String path = query == null ? raw : raw.substring(0, raw.length() - query.length() - 1);
        return reparse(parts.isEmpty() ? path : path + "?" + String.join("&", parts));
    }

    /** Returns the same target with another version in its path, which must have one. */
    public RequestTarget withVersion(ApiVersion other) {
        String prefix = "/v" + Objects.requireNonNull(version);
        return reparse("/v" + other + raw.substring(prefix.length()));
    }

    /**
     * Returns the same target with one segment in place of several.
     *
     * @param from index of the first one in {@link #segments}
     * @param to index after the last one
     * @param value text that needs no escape, such as an id
     */
    public RequestTarget withSegments(int from, int to, String value) {
        List<String> replaced = new ArrayList<>(segments.subList(0, from));
        replaced.add(value);
        replaced.addAll(segments.subList(to, segments.size()));
        String prefix = version == null ? "/" : "/v" + version + "/";
        return reparse(prefix + String.join("/", replaced) + (query == null ? "" : "?" + query));
    }

    /**
     * Returns the same target with another value of a query parameter, or null if a query parser could find another value
     * than the one that is replaced.
     *
     * @param value text that needs no escape, such as an id
     */
    public @Nullable RequestTarget withParameter(String name, String before, String value) {
        String parameter = name + "=" + before;
        if (query == null || !isOnlyParameterOfItsName(parameter)) {
            return null;
        }
        String path = raw.substring(0, raw.length() - query.length());
        return reparse(path
                + Arrays.stream(query.split("&", -1))
                        .map(part -> part.equals(parameter) ? name + "=" + value : part)
                        .collect(Collectors.joining("&")));
    }

    private static RequestTarget reparse(String raw) {
        try {
            return parse(raw);
        } catch (BadTargetException impossible) {
            throw new IllegalArgumentException(impossible);
        }
    }

    /**
     * Returns true if every query parser finds this parameter with this value, and no other value for its name.
     *
     * @param parameter name and value, such as {@code link=1}, without characters that need an escape
     */
    boolean isOnlyParameterOfItsName(String parameter) {
        int equals = parameter.indexOf('=');
        return query != null
                && List.of(query.split("&")).contains(parameter)
                && List.of(parameter.substring(equals + 1)).equals(parameters().get(parameter.substring(0, equals)));
    }

    private static int endOfPath(String raw) throws BadTargetException {
        int pathEnd = raw.length();
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c <= ' ' || c > '~' || c == '#') {
                throw new BadTargetException(Fault.CHARACTER);
            }
            if (i < pathEnd) {
                if (c == '?') {
                    pathEnd = i;
                } else if (c == ';' || c == '\\') {
                    throw new BadTargetException(Fault.CHARACTER);
                }
            }
        }
        return pathEnd;
    }

    private static List<String> split(String raw, int pathEnd) throws BadTargetException {
        List<String> segments = new ArrayList<>(6);
        int depth = 0;
        int start = 1;
        while (start <= pathEnd) {
            int slash = raw.indexOf('/', start);
            boolean isLast = slash < 0 || slash >= pathEnd;
            String segment = raw.substring(start, isLast ? pathEnd : slash);
            if (segment.isEmpty() && !isLast || segment.equals(".") || segment.equals("..")) {
                throw new BadTargetException(Fault.SEGMENT);
            }
            checkEscapes(segment);
            depth += checkedDepth(segment);
            if (depth > MOST_SEGMENTS) {
                throw new BadTargetException(Fault.DEPTH);
            }
            segments.add(segment);
            start = isLast ? pathEnd + 1 : slash + 1;
        }
        return segments;
    }

    private static void checkEscapes(String segment) throws BadTargetException {
        for (int i = segment.indexOf('%'); i >= 0; i = segment.indexOf('%', i + 1)) {
            int decoded = unescape(segment, i);
            if (decoded < 0) {
                throw new BadTargetException(Fault.ESCAPE);
            }
            if (decoded < ' ' || decoded == 0x7f || decoded == '\\' || decoded == ';') {
                throw new BadTargetException(Fault.CHARACTER);
            }
            boolean isDoubled = decoded == '%' && hexDigit(segment, i + 3) >= 0 && hexDigit(segment, i + 4) >= 0;
            if (isDoubled || isUnreserved(decoded)) {
                throw new BadTargetException(Fault.ESCAPE);
            }
        }
    }

    /**
     * Returns the number of segments for a router that decodes before it splits, such as 3 for {@code a%2Fb%2Fc};
     * rejects empty and dot segments among them.
     */
    private static int checkedDepth(String segment) throws BadTargetException {
        if (!isSlashEscapedIn(segment)) {
            return 1;
        }
        String[] parts = segment.split("%2[Ff]", -1);
        for (String part : parts) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new BadTargetException(Fault.SEGMENT);
            }
        }
        return parts.length;
    }

    /** Decodes the escape at index {@code percent} to a byte, or returns -1 if it is invalid. */
    private static int unescape(String text, int percent) {
        int high = hexDigit(text, percent + 1);
        int low = hexDigit(text, percent + 2);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }

    private static int hexDigit(String text, int index) {
        return index < text.length() && text.charAt(index) < 0x80 ? Character.digit(text.charAt(index), 16) : -1;
    }

    private static boolean isUnreserved(int c) {
        return isDigit(c)
                || c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /**
     * Matches {@code v} followed by digits and dots only: dockerd's router reads such a segment as a version prefix.
     */
    private static boolean looksLikeVersion(String segment) {
        if (segment.isEmpty() || segment.charAt(0) != 'v') {
            return false;
        }
        for (int i = 1; i < segment.length(); i++) {
            if (!isDigit(segment.charAt(i)) && segment.charAt(i) != '.') {
                return false;
            }
        }
        return true;
    }

    private static boolean isVersion(String version, boolean isLibpod) {
        int parts = 1;
        boolean isPartEmpty = true;
        for (int i = 0; i < version.length(); i++) {
            if (version.charAt(i) != '.') {
                isPartEmpty = false;
            } else if (isPartEmpty) {
                return false;
            } else {
                parts++;
                isPartEmpty = true;
            }
        }
        return !isPartEmpty && (parts == 2 || parts == 3 && isLibpod);
    }
}
