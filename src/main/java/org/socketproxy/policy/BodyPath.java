package org.socketproxy.policy;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Finds values in a body. Names of members are compared without case, as the daemon does.
 *
 * @param text names with dots, such as {@code HostConfig.Mounts[].Type=image}: {@code []} are the elements of an array, {@code *} all
 *     members, a last {@code =text} that string, a last {@code >1} an object with several members
 * @param isEmptyFound whether empty values are found: {@code false}, {@code 0}, {@code ""}, {@code []}
 */
record BodyPath(String text, boolean isEmptyFound) {
    private static final Pattern CONDITION = Pattern.compile("(.+?)(=\\w+|>1)?");

    boolean isIn(JsonValue body) {
        Matcher parts = CONDITION.matcher(text);
        if (!parts.matches()) {
            throw new IllegalStateException(text);
        }
        String condition = parts.group(2);
        return values(body, List.of(parts.group(1).split("\\."))).anyMatch(found -> isMet(found, condition));
    }

    private boolean isMet(JsonValue found, @Nullable String condition) {
        if (condition == null) {
            boolean isEmpty = found.isZero() && !(found instanceof JsonObject);
            return found != JsonLiteral.NULL && (isEmptyFound || !isEmpty);
        }
        return condition.equals(">1")
                ? found instanceof JsonObject object && object.members().size() > 1
                : found instanceof JsonString string && string.text().equals(condition.substring(1));
    }

    private static Stream<JsonValue> values(JsonValue value, List<String> names) {
        if (names.isEmpty()) {
            return Stream.of(value);
        }
        List<String> rest = names.subList(1, names.size());
        String name = names.get(0);
        boolean isArray = name.endsWith("[]");
        String member = isArray ? name.substring(0, name.length() - 2) : name;
        if (!(value instanceof JsonObject object)) {
            return Stream.empty();
        }
        return object.members().entrySet().stream()
                .filter(entry -> member.equals("*") || entry.getKey().equalsIgnoreCase(member))
                .flatMap(entry -> isArray ? elements(entry.getValue()) : Stream.of(entry.getValue()))
                .flatMap(found -> values(found, rest));
    }

    private static Stream<JsonValue> elements(JsonValue value) {
        return value instanceof JsonArray array ? array.elements().stream() : Stream.empty();
    }
}
