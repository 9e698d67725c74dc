package org.socketproxy.policy.scope;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Labels of a new object: those of the profile, whatever the client sends for their keys, and no label by which another profile
 * selects.
 */
final class ForcedLabels {
    private final Scope rules;
    private final ObjectKind kind;
    private final Map<String, String> forced;
    /** Keys that get an empty value, because the object would inherit a value otherwise. */
    private final Set<String> blanked = new TreeSet<>();

    /** @param kind kind of the new object */
    ForcedLabels(Scope rules, ObjectKind kind) {
        this.rules = rules;
        this.kind = kind;
        this.forced = rules.forcedLabels(kind);
        // A container has the labels of its image, and a committed image those of its container, beside its own.
        if (kind == ObjectKind.CONTAINER || kind == ObjectKind.IMAGE) {
            blanked.addAll(rules.reservedKeys(ObjectKind.CONTAINER));
        }
        if (kind == ObjectKind.IMAGE) {
            blanked.addAll(rules.reservedKeys(ObjectKind.IMAGE));
        }
    }

    /** Returns the key of a label that the client may not give, or null. */
    @Nullable
    String refused(JsonObject labels) {
        return labels.members().entrySet().stream()
                .filter(label -> !forced.containsKey(label.getKey()) && isReserved(label.getKey(), label.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private boolean isReserved(String key, JsonValue value) {
        return value instanceof JsonString text
                ? rules.isReserved(kind, key, text.text())
                : rules.reservedKeys(kind).contains(key);
    }

    /** Returns the labels that the object gets. */
    JsonObject of(JsonObject labels) {
        Map<String, JsonValue> all = new LinkedHashMap<>(labels.members());
        blanked.forEach(key -> all.putIfAbsent(key, new JsonString("")));
        forced.forEach((key, value) -> all.put(key, new JsonString(value)));
        return new JsonObject(all);
    }
}
