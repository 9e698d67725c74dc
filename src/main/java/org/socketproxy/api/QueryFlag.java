package org.socketproxy.api;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Finds out whether a query switches on a boolean parameter; where readers differ, the answer is yes. */
final class QueryFlag {
    /**
     * What every reader takes for false; any other value, the empty one too, may be true. Go's {@code strconv.ParseBool}
     * takes {@code f} and {@code F} as well, but on the paths of Docker's API Podman, as Docker does, reads them as true.
     */
    private static final Set<String> FALSE = Set.of("0", "false", "FALSE", "False");

    private QueryFlag() {}

    static boolean isSet(String query, String name) {
        // Some readers still split at a semicolon, as Go did before 1.17.
        for (String parameter : query.split("[&;]", -1)) {
            int equals = parameter.indexOf('=');
            String key = equals < 0 ? parameter : parameter.substring(0, equals);
            String value = equals < 0 ? "" : parameter.substring(equals + 1);
            if (fold(decode(key)).equals(name) && !FALSE.contains(decode(value))) {
                return true;
            }
        }
        return false;
    }

    /** Lower case as Go's {@code strings.EqualFold} sees it, which takes long s and the Kelvin sign for letters. */
    private static String fold(String key) {
        StringBuilder folded = new StringBuilder(key.length());
        key.codePoints()
                .map(c -> Character.toLowerCase(Character.toUpperCase(c)))
                .forEach(folded::appendCodePoint);
        return folded.toString();
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            return text; // a broken escape: every daemon drops the parameter
        }
    }
}
