package org.socketproxy.policy.create;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.value.ValueRule;

/** The rules of {@code create-fields.tsv} that bound a value. */
final class BoundRules {
    /** Rules that do not bound a string or a number by themselves. */
    private static final Set<String> OTHERS = Set.of(
            "allow",
            "fields",
            "zero",
            "one-of",
            "keys",
            "not-negative",
            "check",
            "count",
            "sum",
            "each",
            "key",
            "json");
    /** Rules that allow a list of values, or nothing, unless a permission allows more. */
    private static final Set<String> CLOSED = Set.of("zero", "one-of", "keys", "ignored", "removed");

    private BoundRules() {}

    /** Returns true if the rules of a row bound a value of its type. The elements of an array can have a row of their own. */
    static boolean isBounded(FieldType type, FieldTable.Row row) {
        Set<String> words =
                row.rules().stream().map(rule -> rule.replaceFirst(":.*", "")).collect(Collectors.toSet());
        if (row.permission() == null && words.stream().anyMatch(CLOSED::contains)) {
            return true;
        }
        return switch (type) {
            case BOOLEAN, OBJECT -> true;
            case STRING, INTEGER, NUMBER -> !OTHERS.containsAll(words);
            case ARRAY, STRING_OR_ARRAY -> words.contains("count");
            case MAP -> words.contains("count") && words.contains("key");
            case ANY -> words.contains("json");
        };
    }

    /**
     * Returns the rule with a name of the table: a {@link ValueRule} for a string, number or boolean, {@code count:N} and
     * {@code sum:KIND} for an array or a map, {@code each:RULE} for the elements of an array, {@code key:RULE} for the names
     * in a map, {@code json:N} for any value.
     *
     * @throws IllegalArgumentException for an unknown name
     */
    static FieldRule of(String name) {
        int colon = name.indexOf(':');
        String argument = colon < 0 ? "" : name.substring(colon + 1);
        return switch (colon < 0 ? name : name.substring(0, colon)) {
            case "count" -> count(ValueRule.of(name));
            case "sum" -> sum(argument);
            case "json" -> json(argument);
            case "each" -> each(ValueRule.of(argument));
            case "key" -> key(ValueRule.of(argument));
            default -> scalar(ValueRule.of(name));
        };
    }

    private static FieldRule scalar(ValueRule rule) {
        return (judgement, value, path) -> check(judgement, rule, value, path);
    }

    /** Returns false after a report. */
    private static boolean check(BodyValidation judgement, ValueRule rule, JsonValue value, FieldPath path) {
        String text = text(value);
        if (text == null) {
            judgement.report(
                    Violation.Kind.UNKNOWN,
                    path,
                    path.dotted() + " is " + value.kind() + " instead of text or a number",
                    null);
            return false;
        }
        String problem = text.isEmpty() ? null : rule.problem(text);
        if (problem != null) {
            judgement.deny(path, problem);
        }
        return problem == null;
    }

    /** Returns the text of a scalar; empty for {@code null}, and null for an array or an object. */
    private static @Nullable String text(JsonValue value) {
        if (value instanceof JsonString string) {
            return string.text();
        }
        if (value instanceof JsonNumber number) {
            return number.text();
        }
        return value instanceof JsonLiteral literal ? literal == JsonLiteral.NULL ? "" : literal.kind() : null;
    }

    private static FieldRule count(ValueRule rule) {
        return (judgement, value, path) -> {
            int count = value instanceof JsonArray array
                    ? array.elements().size()
                    : value instanceof JsonObject object ? object.members().size() : 0;
            String problem = rule.problem(Integer.toString(count));
            if (problem != null) {
                judgement.deny(path, problem);
            }
        };
    }

    private static FieldRule sum(String kind) {
        int most = BodySums.most(kind);
        return (judgement, value, path) -> {
            if (judgement.sums().exceeds(kind, value)) {
                judgement.deny(path, "makes the " + kind + " of this body longer than " + most + " bytes");
            }
        };
    }

    private static FieldRule json(String size) {
        long most = ValueRule.bytes(size);
        return (judgement, value, path) -> {
            if (BodySums.size(value) > most) {
                judgement.deny(path, "is longer than " + most + " bytes");
            }
        };
    }

    private static FieldRule each(ValueRule rule) {
        return (judgement, value, path) -> {
            if (!(value instanceof JsonArray array)) {
                check(judgement, rule, value, path);
                return;
            }
            List<JsonValue> elements = array.elements();
            for (int i = 0; i < elements.size(); i++) {
                if (!check(judgement, rule, elements.get(i), path.element(i))) {
                    return;
                }
            }
        };
    }

    private static FieldRule key(ValueRule rule) {
        return (judgement, value, path) -> {
            for (Map.Entry<String, JsonValue> member :
                    ((JsonObject) value).members().entrySet()) {
                String problem = member.getKey().isEmpty() ? null : rule.problem(member.getKey());
                if (problem != null) {
                    judgement.deny(path, "has a name that " + problem);
                    return;
                }
            }
        };
    }
}
