package org.socketproxy.dockerapi;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The parameters of a query, as generously as any of the daemons reads them: where readers differ, all that one of them
 * sees is here.
 */
final class QueryParameters {
    /**
     * What every reader takes for false; any other value, the empty one too, may be true. Go's {@code strconv.ParseBool}
     * takes {@code f} and {@code F} as well, but on the paths of Docker's API Podman, as Docker does, reads them as true.
     */
    private static final Set<String> FALSE = Set.of("0", "false", "FALSE", "False");

    private QueryParameters() {}

    /**
     * The values of each name, in the order of coming. Names fold case as Go's {@code strings.EqualFold} does, which takes
     * long s and the Kelvin sign for letters; Podman reads them so.
     */
    static SortedMap<String, List<String>> of(String query) {
        SortedMap<String, List<String>> parameters = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        // Some readers still split at a semicolon, as Go did before 1.17.
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

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            return text; // a broken escape: every daemon drops the parameter
        }
    }
}
