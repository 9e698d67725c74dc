package org.socketproxy.policy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;

/**
 * Reads the parameter {@code nsoptions} of a build.
 *
 * <p>Security: a name in another case is refused, because Podman would read it too.
 */
final class BuildNamespaces {
    private static final Set<String> FIELDS = Set.of("Name", "Host", "Path");

    private BuildNamespaces() {}

    /** Returns true if the build shares no namespace but that of users, which a build shares by default. */
    static boolean areOwn(String json) {
        try {
            return StrictJson.read(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8))) instanceof JsonArray list
                    && list.elements().stream().allMatch(BuildNamespaces::isOwn);
        } catch (InvalidJsonException invalid) {
            return false;
        }
    }

    private static boolean isOwn(JsonValue element) {
        return element instanceof JsonObject namespace
                && FIELDS.containsAll(namespace.members().keySet())
                && isZero(namespace, "Path")
                && (isZero(namespace, "Host") || namespace.text("Name").equals("user"));
    }

    private static boolean isZero(JsonObject namespace, String field) {
        JsonValue value = namespace.members().get(field);
        return value == null || value.isZero();
    }
}
