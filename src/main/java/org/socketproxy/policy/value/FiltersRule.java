package org.socketproxy.policy.value;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * Bounds the parameter {@code filters}: its size, and the values that a daemon compiles as regular expressions for each object.
 *
 * <p>Security: Go compiles {@code a{1000}} as a thousand copies of {@code a}. At most {@value #MOST_REPEATED} copies, without nesting,
 * keep the memory linear in the length.
 */
final class FiltersRule implements ValueRule {
    private static final int MOST_BYTES = 16 * 1024;
    private static final int MOST_VALUES = 16;
    private static final int MOST_REPEATED = 16;
    private static final ValueRule SIZE = ValueRule.of("text:" + MOST_BYTES);
    private static final ValueRule EXPRESSION = ValueRule.of("text:256");

    /** Compiled by dockerd (daemon/internal/filters, {@code Match}) or Podman (pkg/domain/filters, {@code StringMatchRegexSlice}). */
    private static final Set<String> COMPILED =
            Set.of("name", "id", "ancestor", "command", "ctr-names", "ctr-ids", "status", "capability", "isolation");

    private static final Pattern REPETITION = Pattern.compile("\\{([0-9]+)(?:(,)([0-9]*))?+}");
    private static final Pattern MOST_DIGITS = Pattern.compile("0*+[0-9]{1,2}");

    @Override
    public @Nullable String problem(String text) {
        String size = SIZE.problem(text);
        if (size != null) {
            return size;
        }
        try {
            return problem(StrictJson.read(text));
        } catch (InvalidJsonException invalid) {
            return "is not strict JSON";
        }
    }

    private static @Nullable String problem(JsonValue json) {
        if (json == JsonLiteral.NULL) {
            return null;
        }
        if (!(json instanceof JsonObject filters)) {
            return "is not a JSON object";
        }
        for (Map.Entry<String, JsonValue> filter : filters.members().entrySet()) {
            Collection<String> values = values(filter.getValue());
            if (values == null) {
                return "has a filter that is neither a list of strings nor an object";
            }
            boolean isCompiled = COMPILED.contains(filter.getKey().toLowerCase(Locale.ROOT));
            String problem = isCompiled ? expressionsProblem(filter.getKey(), values) : null;
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    /** Reads {@code ["a"]} or {@code {"a":true}}; null for another form. */
    private static @Nullable Collection<String> values(JsonValue json) {
        if (json instanceof JsonObject object) {
            return object.members().keySet();
        }
        if (json instanceof JsonArray array && array.elements().stream().allMatch(JsonString.class::isInstance)) {
            return array.elements().stream()
                    .map(element -> ((JsonString) element).text())
                    .toList();
        }
        return json == JsonLiteral.NULL ? List.of() : null;
    }

    /** The message has a filter of the list above, and no text of the client. */
    private static @Nullable String expressionsProblem(String name, Collection<String> values) {
        String subject = "has a filter " + name.toLowerCase(Locale.ROOT) + " with ";
        if (values.size() > MOST_VALUES) {
            return subject + "more than " + MOST_VALUES + " values";
        }
        for (String value : values) {
            if (EXPRESSION.problem(value) != null) {
                return subject + "a value that is longer than 256 bytes";
            }
            if (repeatsTooOften(value)) {
                return subject + "a repetition above " + MOST_REPEATED + " or inside another one";
            }
        }
        return null;
    }

    /** Also counts braces that Go reads as text: no name has braces. */
    private static boolean repeatsTooOften(String expression) {
        Matcher repetition = REPETITION.matcher(expression);
        int repetitions = 0;
        boolean isGroupRepeated = false;
        while (repetition.find()) {
            repetitions++;
            isGroupRepeated |= repetition.start() > 0 && ")}".indexOf(expression.charAt(repetition.start() - 1)) >= 0;
            if (isTooHigh(repetition.group(1)) || repetition.group(3) != null && isTooHigh(repetition.group(3))) {
                return true;
            }
        }
        return isGroupRepeated && repetitions > 1;
    }

    private static boolean isTooHigh(String count) {
        return !count.isEmpty() && !(MOST_DIGITS.matcher(count).matches() && Integer.parseInt(count) <= MOST_REPEATED);
    }
}
