package org.socketproxy.security;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.socketproxy.testing.Corpus;

/**
 * Model of the router of dockerd 26.1: Go's parser of the target, then path cleaning, then the first matching route. It
 * shares no code with the proxy, so that tests can compare both.
 *
 * <p>Each character of a target is one byte. {@link RealRouterIT} compares the model with the daemon.
 */
final class RouterOracle {
    private static final Pattern METHOD = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):(.*)", Pattern.DOTALL);
    private static final Pattern USER = Pattern.compile("(?:[A-Za-z0-9._:~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})*");
    /** In a host, Go accepts only escapes of bytes over 0x7f and of the percent sign. */
    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,;=:<>\"\\[\\]\\x80-\\xff-]|%25|%[89A-Fa-f][0-9A-Fa-f])*");

    private static final Pattern PORT = Pattern.compile("(?::[0-9]*)?");
    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)(?::([^}]*))?}");
    private static final String VERSION = "/v[0-9.]+";

    /** Outcome of a request. */
    enum Outcome {
        /** A route matches. */
        OPERATION,
        /** The path is not clean: 301 redirect to the clean path. */
        REDIRECT,
        /** No route matches: {@code page not found}. */
        NOT_FOUND,
        /** Go's server responds with 400 before the router. */
        BAD_REQUEST
    }

    /**
     * Result of the oracle.
     *
     * @param operation the official id, or null if no route matches
     * @param name decoded value of the route's first parameter, or null
     */
    record Reading(Outcome outcome, String operation, String name) {
        static Reading of(Outcome outcome) {
            return new Reading(outcome, null, null);
        }
    }

    private record Route(String operation, String method, Pattern path, boolean isNamed) {}

    private final boolean areDebugRoutesUsual;
    private final List<Route> routes = new ArrayList<>();

    /** dockerd up to 28. */
    RouterOracle() {
        this(false);
    }

    /** @param areDebugRoutesUsual true for dockerd 29: the debug routes have versions and the method GET */
    RouterOracle(boolean areDebugRoutesUsual) {
        this.areDebugRoutesUsual = areDebugRoutesUsual;
        Corpus.read(RouterOracle.class, "dockerd-routes.txt", 3)
                .forEach(row -> add(row.get(0), row.get(1), row.get(2)));
    }

    private void add(String operation, String method, String template) {
        String path = regex(template);
        boolean isNamed = template.contains("{");
        boolean isDebug = operation.startsWith("Debug");
        String accepted = isDebug && areDebugRoutesUsual ? "GET" : method;
        if (!isDebug || areDebugRoutesUsual) {
            routes.add(new Route(operation, accepted, compile(VERSION + path), isNamed));
        }
        routes.add(new Route(operation, accepted, compile(path), isNamed));
    }

    /** As in Go's regular expressions, a dot matches any character except a line feed. */
    private static Pattern compile(String regex) {
        return Pattern.compile(regex, Pattern.UNIX_LINES);
    }

    private static String regex(String template) {
        StringBuilder regex = new StringBuilder();
        Matcher parameter = PARAMETER.matcher(template);
        int end = 0;
        while (parameter.find()) {
            regex.append(Pattern.quote(template.substring(end, parameter.start())));
            String what = parameter.group(2) == null ? "[^/]+" : parameter.group(2);
            regex.append('(').append(what).append(')');
            end = parameter.end();
        }
        return regex.append(Pattern.quote(template.substring(end))).toString();
    }

    /** Returns the ids of all operations of this daemon. */
    Stream<String> operations() {
        return routes.stream().map(Route::operation).distinct();
    }

    Reading read(String method, String target) {
        if (!METHOD.matcher(method).matches()) {
            return Reading.of(Outcome.BAD_REQUEST);
        }
        if (target.equals("*") && method.equals("OPTIONS")) {
            return Reading.of(Outcome.NOT_FOUND); // response of Go's server
        }
        boolean isAuthority = method.equals("CONNECT") && !target.startsWith("/");
        Optional<String> path = path(isAuthority ? "http://" + target : target);
        if (path.isEmpty()) {
            return Reading.of(Outcome.BAD_REQUEST);
        }
        if (!clean(path.get()).equals(path.get())) {
            return Reading.of(Outcome.REDIRECT);
        }
        return route(method, path.get());
    }

    private Reading route(String method, String path) {
        for (Route route : routes) {
            Matcher fit = route.path.matcher(path);
            boolean isMethod = route.method.equals("*") || route.method.equals(method);
            if (isMethod && fit.matches()) {
                return new Reading(Outcome.OPERATION, route.operation, route.isNamed ? fit.group(1) : null);
            }
        }
        return Reading.of(Outcome.NOT_FOUND);
    }

    /** Returns the decoded path like Go's {@code url.ParseRequestURI}, or empty on a parse error. */
    private static Optional<String> path(String target) {
        if (target.isEmpty() || target.chars().anyMatch(c -> c <= ' ' || c == 0x7f) || target.startsWith(":")) {
            return Optional.empty();
        }
        if (target.equals("*")) {
            return Optional.of(target);
        }
        Matcher scheme = SCHEME.matcher(target);
        boolean isAbsolute = scheme.matches();
        String rest = (isAbsolute ? scheme.group(2) : target).replaceFirst("(?s)\\?.*", "");
        if (!rest.startsWith("/")) {
            return isAbsolute ? Optional.of("") : Optional.empty();
        }
        if (isAbsolute && rest.startsWith("//")) {
            int slash = rest.indexOf('/', 2);
            String authority = rest.substring(2, slash < 0 ? rest.length() : slash);
            if (!isAuthority(authority)) {
                return Optional.empty();
            }
            rest = slash < 0 ? "" : rest.substring(slash);
        }
        return decode(rest);
    }

    private static boolean isAuthority(String text) {
        int at = text.lastIndexOf('@');
        String host = text.substring(at + 1);
        int hostEnd = host.startsWith("[") ? host.lastIndexOf(']') + 1 : host.lastIndexOf(':');
        String port = hostEnd < 0 ? "" : host.substring(hostEnd);
        return (at < 0 || USER.matcher(text.substring(0, at)).matches())
                && HOST.matcher(host).matches()
                && PORT.matcher(port).matches();
    }

    /** Decodes all escapes once; empty if one is invalid. */
    private static Optional<String> decode(String path) {
        StringBuilder decoded = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) != '%') {
                decoded.append(path.charAt(i));
            } else if (path.substring(i).matches("(?s)%[0-9A-Fa-f]{2}.*")) {
                decoded.append((char) Integer.parseInt(path.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(decoded.toString());
    }

    /** Removes empty and dot segments, and keeps a trailing slash. */
    private static String clean(String path) {
        Deque<String> kept = new ArrayDeque<>();
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.addLast(segment);
            }
        }
        String cleaned = "/" + String.join("/", kept);
        return path.endsWith("/") && cleaned.length() > 1 ? cleaned + "/" : cleaned;
    }
}
