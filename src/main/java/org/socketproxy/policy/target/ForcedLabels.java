package org.socketproxy.policy.target;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Labels of a new object: those of the profile, whatever the client sends for their keys, and no label by which another profile
 * selects.
 */
final class ForcedLabels {
    private final Map<String, String> forced;
    private final Set<String> reserved;
    private final boolean isBlanking;

    /** @param kind kind of the new object */
    ForcedLabels(TargetRules rules, ObjectKind kind) {
        this.forced = rules.forcedLabels(kind);
        this.reserved = rules.reserved();
        // A container has the labels of its image, and a committed image those of its container, beside its own.
        this.isBlanking = kind == ObjectKind.CONTAINER || kind == ObjectKind.IMAGE;
    }

    /** Returns the key of a label that the client may not give, or null. */
    @Nullable
    String refused(JsonObject labels) {
        return labels.members().keySet().stream()
                .filter(key -> reserved.contains(key) && !forced.containsKey(key))
                .findFirst()
                .orElse(null);
    }

    /** Returns the labels that the object gets. */
    JsonObject of(JsonObject labels) {
        Map<String, JsonValue> all = new LinkedHashMap<>(labels.members());
        if (isBlanking) {
            reserved.forEach(key -> all.put(key, new JsonString("")));
        }
        forced.forEach((key, value) -> all.put(key, new JsonString(value)));
        return new JsonObject(all);
    }
}
