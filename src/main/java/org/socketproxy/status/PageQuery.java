package org.socketproxy.status;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.usage.Result;
import org.socketproxy.usage.Span;

/**
 * Query of the page's address; it only selects the content of the page.
 *
 * <p>Security: parameters that are unknown, malformed or too many are ignored.
 *
 * @param profile name of the profile to show, or empty
 * @param without operations and clients that the suggestion leaves out
 * @param text part of the shown exchanges, without case; or empty
 * @param span of the counted requests
 */
public record PageQuery(String profile, Set<String> without, String text, Shown shown, Span span) {
    public static final PageQuery NONE = new PageQuery("", Set.of(), "", Shown.ALL, Span.HOUR);

    private static final int MOST_PARAMETERS = 400;

    /** Filter of the recent exchanges. */
    public enum Shown {
        ALL,
        ALLOWED,
        FAILED,
        LEARNED,
        DENIED;

        boolean includes(Result result) {
            return this == ALL || name().equals(result.name());
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Shown of(String word) {
            return Arrays.stream(values())
                    .filter(shown -> shown.word().equals(word))
                    .findFirst()
                    .orElse(ALL);
        }
    }

    public PageQuery {
        without = Set.copyOf(without);
    }

    public boolean isFiltered() {
        return !text.isEmpty() || shown != Shown.ALL;
    }

    /** Returns the address of this page with the recent exchanges that a filter selects. */
    public String recent(String contained, Shown results) {
        return new PageQuery(profile, Set.of(), contained, results, span).address() + "#activity";
    }

    /** Returns the address of the page of a profile, or of all profiles if the name is empty. */
    public String toProfile(String otherProfile) {
        return new PageQuery(otherProfile, Set.of(), "", Shown.ALL, span).address();
    }

    /** Returns the address of this page with the counts of another span. */
    public String toSpan(Span other) {
        return new PageQuery(profile, without, text, shown, other).address();
    }

    /** Returns the address of the difference between the policy in force and the suggested one. */
    public String difference() {
        return "/difference"
                + new PageQuery(profile, without, "", Shown.ALL, Span.HOUR)
                        .address()
                        .substring(1);
    }

    private String address() {
        StringBuilder query = new StringBuilder();
        append(query, "profile", profile);
        without.stream().sorted().forEach(each -> append(query, "without", each));
        append(query, "text", text);
        append(query, "show", shown == Shown.ALL ? "" : shown.word());
        append(query, "span", span == Span.HOUR ? "" : span.word());
        return "/" + query;
    }

    private static void append(StringBuilder query, String name, String value) {
        if (!value.isEmpty()) {
            query.append(query.isEmpty() ? '?' : '&')
                    .append(name)
                    .append('=')
                    .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }

    /** Parses a query in the form {@code application/x-www-form-urlencoded}. */
    static PageQuery parse(@Nullable String query) {
        if (query == null) {
            return NONE;
        }
        String profile = "";
        Set<String> without = new HashSet<>();
        String text = "";
        Shown shown = Shown.ALL;
        Span span = Span.HOUR;
        List<String> parameters = List.of(query.split("&", MOST_PARAMETERS));
        for (String parameter : parameters) {
            int equals = parameter.indexOf('=');
            String value = equals < 0 ? "" : decode(parameter.substring(equals + 1));
            switch (equals < 0 ? "" : parameter.substring(0, equals)) {
                case "profile" -> profile = value;
                case "without" -> without.add(value);
                case "text" -> text = value;
                case "show" -> shown = Shown.of(value);
                case "span" -> span = value.equals(Span.DAY.word()) ? Span.DAY : Span.HOUR;
                default -> {} // such as parameters of a later version
            }
        }
        return new PageQuery(profile, without, text, shown, span);
    }

    private static String decode(String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return "";
        }
    }
}
