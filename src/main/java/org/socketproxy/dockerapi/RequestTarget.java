package org.socketproxy.dockerapi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException.Fault;

/**
 * A request target as received, read once: what is judged here is what is forwarded, byte for byte.
 *
 * <p>Security: the client controls every byte. {@link #parse} refuses each target that dockerd's router (which decodes
 * once, then cleans) or Podman's (which routes on the escaped path) could take for another path than the one seen here.
 *
 * @param raw path and query exactly as received
 * @param version the API version without its {@code v}, such as {@code 1.45}, or null
 * @param segments the path behind the version, as received, without slashes; a trailing slash gives a last empty segment
 * @param query what follows the first question mark, or null where there is none
 */
public record RequestTarget(
        String raw,
        @Nullable String version,
        List<String> segments,
        @Nullable String query) {

    /** More than any name needs: the deepest template has seven segments, and an image reference at most 255 characters. */
    private static final int MOST_SEGMENTS = 64;

    public RequestTarget {
        segments = List.copyOf(segments);
    }

    /**
     * Reads a target in origin form (RFC 9112 section 3.2.1).
     *
     * @throws BadTargetException if the path is not canonical; the query is refused only for bytes that no target may hold
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

    /** Whether a segment holds an escaped slash, which is right only inside a name that may span several segments. */
    public boolean hasEscapedSlash() {
        for (String segment : segments) {
            if (isSlashEscapedIn(segment)) {
                return true;
            }
        }
        return false;
    }

    /** The segments as a router sees them that decodes first: an escaped slash parts two of them. */
    List<String> segmentsAcrossSlashes() {
        return segments.stream()
                .flatMap(segment -> Arrays.stream(segment.split("%2[Ff]", -1)))
                .toList();
    }

    static boolean isSlashEscapedIn(String segment) {
        return segment.contains("%2F") || segment.contains("%2f");
    }

    /**
     * Whether the query may switch on a boolean parameter, read as generously as any of the daemons reads it: keys fold
     * case, and every value counts as true but those that all of them take for false.
     */
    public boolean isQueryFlagSet(String name) {
        return query != null && QueryParameters.isSet(query, name);
    }

    /**
     * The decoded values of each parameter of the query, by its name in any case. Where the readers of queries differ, all
     * that one of them sees is there: whoever allows by a parameter must ask it of every value.
     */
    public SortedMap<String, List<String>> parameters() {
        return query == null ? Collections.emptySortedMap() : QueryParameters.of(query);
    }

    /**
     * Whether every reader of queries sees this parameter with this value, and no other value for its name.
     *
     * @param parameter name and value, such as {@code link=1}, in characters that need no escape
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
     * The number of segments that a router sees that decodes first: {@code a%2F..%2Fb} is three, and none of them may be
     * empty or dots.
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

    /** The byte that the escape at {@code percent} stands for, or -1 if it is broken. */
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

    /** A {@code v} and nothing but digits and dots: dockerd's router takes each of these for a version prefix. */
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
