package org.socketproxy.status;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Query of the page's address, which its links and forms send. It selects what the page shows, and changes nothing.
 *
 * <p>Security: parameters that are unknown, malformed or too many are ignored.
 *
 * @param profile name of the profile to show, or empty
 * @param without operations and clients that the suggestion leaves out
 */
public record PageQuery(String profile, Set<String> without) {
    /** The query of an address without parameters. */
    public static final PageQuery NONE = new PageQuery("", Set.of());

    private static final int MOST_PARAMETERS = 400;

    public PageQuery {
        without = Set.copyOf(without);
    }

    /** Parses a query in the form {@code application/x-www-form-urlencoded}. */
    static PageQuery parse(@Nullable String query) {
        if (query == null) {
            return NONE;
        }
        String profile = "";
        Set<String> without = new HashSet<>();
        List<String> parameters = List.of(query.split("&", MOST_PARAMETERS));
        for (String parameter : parameters) {
            int equals = parameter.indexOf('=');
            String value = equals < 0 ? "" : decode(parameter.substring(equals + 1));
            switch (equals < 0 ? "" : parameter.substring(0, equals)) {
                case "profile" -> profile = value;
                case "without" -> without.add(value);
                default -> {} // such as those of a later version
            }
        }
        return new PageQuery(profile, without);
    }

    private static String decode(String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return "";
        }
    }
}
