package org.socketproxy.docker;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Writes one field of a JSON body in forms that decoders read differently. */
final class OddForms {
    private OddForms() {}

    /**
     * Returns the forms of a field, each as the members of the body's object.
     *
     * @param path names separated by dots
     * @param value JSON text
     */
    static Set<String> of(String path, String value) {
        List<String> steps = List.of(path.split("\\."));
        String name = steps.get(steps.size() - 1);
        List<String> parents = steps.subList(0, steps.size() - 1);
        Set<String> forms = new LinkedHashSet<>();
        spellings(name).map(spelling -> member(spelling, value)).forEach(form -> forms.add(within(parents, form)));
        String exact = member(name, value);
        String lower = name.toLowerCase(Locale.ROOT);
        Stream.of(
                        exact + "," + member(name, "null"),
                        member(name, "null") + "," + exact,
                        exact + "," + member(lower, zero(value)),
                        member(lower, value) + "," + member(name, zero(value)),
                        member(name, zero(value)) + "," + exact,
                        exact + "," + member(name, zero(value)))
                .forEach(form -> forms.add(within(parents, form)));
        otherTypes(value).forEach(other -> forms.add(within(parents, member(name, other))));
        merged(name, value).forEach(form -> forms.add(within(parents, form)));
        forms.add(exact); // beside HostConfig, as old daemons read it
        if (!parents.isEmpty()) {
            parentForms(parents, exact).forEach(forms::add);
        }
        return forms;
    }

    private static Stream<String> spellings(String name) {
        return Stream.of(
                name,
                name.toLowerCase(Locale.ROOT),
                name.toUpperCase(Locale.ROOT),
                name.replace('s', '\u017f'),
                name.replace('S', '\u017f'),
                name.replace('k', '\u212a'),
                name.replace('K', '\u212a'),
                "\\u" + String.format("%04x", (int) name.charAt(0)) + name.substring(1));
    }

    private static Stream<String> parentForms(List<String> parents, String exact) {
        String first = parents.get(0);
        List<String> rest = parents.subList(1, parents.size());
        String object = "{" + within(rest, exact) + "}";
        return Stream.of(
                member(first.toLowerCase(Locale.ROOT), object),
                member(first.replace('s', '\u017f'), object),
                member(first, object) + "," + member(first, "{}"),
                member(first, "{}") + "," + member(first, object),
                member(first, object) + "," + member(first, "null"),
                member(first, "null") + "," + member(first.toUpperCase(Locale.ROOT), object),
                member(first, "[" + object + "]"));
    }

    /** Values of another type that a lenient decoder may convert. */
    private static Stream<String> otherTypes(String value) {
        return switch (value.charAt(0)) {
            case '"' -> Stream.of("[" + value + "]", "{\"a\":" + value + "}");
            case '[' ->
                Stream.of(
                        "[" + value + "]",
                        value.substring(1, value.length() - 1),
                        "[null," + value.substring(1),
                        "{\"0\":" + value.substring(1, value.length() - 1) + "}");
            case '{' -> Stream.of("[" + value + "]");
            case 't' -> Stream.of("\"true\"", "1", "[true]");
            default -> Stream.of("\"" + value + "\"", value + ".0", value + "e0");
        };
    }

    /** The members of an object, or of the only object in an array, distributed over two values of the same name. */
    private static Stream<String> merged(String name, String value) {
        int comma = value.indexOf(",\"");
        boolean isArray = value.startsWith("[{");
        if (comma < 0 || !isArray && !value.startsWith("{")) {
            return Stream.empty();
        }
        String open = isArray ? "[{" : "{";
        String close = isArray ? "}]" : "}";
        return Stream.of(member(name, value.substring(0, comma) + close) + ","
                + member(name, open + value.substring(comma + 1)));
    }

    private static String zero(String value) {
        return switch (value.charAt(0)) {
            case '"' -> "\"\"";
            case '[' -> "[]";
            case '{' -> "{}";
            case 't' -> "false";
            default -> "0";
        };
    }

    private static String member(String name, String value) {
        return "\"" + name + "\":" + value;
    }

    private static String within(List<String> parents, String members) {
        String text = members;
        for (int i = parents.size() - 1; i >= 0; i--) {
            text = member(parents.get(i), "{" + text + "}");
        }
        return text;
    }
}
