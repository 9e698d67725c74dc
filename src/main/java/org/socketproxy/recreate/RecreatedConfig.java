package org.socketproxy.recreate;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Compares the configuration of a create body with the configuration of a recorded container. The daemon fills absent fields from
 * the image: with the recorded image the result must be the recorded configuration.
 *
 * <p>Security: a field that is left out gives no other user, program, label or health check than before.
 *
 * @param config the recorded configuration
 * @param image the configuration of the recorded image; empty if it is not known
 * @param published ports that the recorded container publishes, such as {@code 80/tcp}
 */
record RecreatedConfig(JsonObject config, JsonObject image, Set<String> published) {
    private static final String ENTRYPOINT = "Entrypoint";
    private static final String CMD = "Cmd";
    private static final Set<String> NOT_CONFIG = Set.of("HostConfig", "NetworkingConfig", "Image", "name", "platform");

    /** Returns true if the body has the recorded configuration, except for the image. */
    boolean isKeptBy(JsonObject body) {
        Set<String> names = new HashSet<>(body.members().keySet());
        names.addAll(config.members().keySet());
        names.removeAll(NOT_CONFIG);
        return names.stream().allMatch(name -> isKept(name, body));
    }

    private boolean isKept(String name, JsonObject body) {
        JsonValue own = body.get(name);
        JsonValue recorded = config.get(name);
        return switch (name) {
            // The daemon then sets its own.
            case "Hostname", "Domainname", "MacAddress" -> own.isZero() || own.equals(recorded);
            // Fewer ports or volumes give no rights; the record has the ports and volumes of the image.
            case "ExposedPorts" -> isWithin(own, keys(recorded, published));
            case "Volumes" -> isWithin(own, keys(recorded, Set.of()));
            case "Env" -> isEnvironmentKept(own, recorded, image.get(name));
            case "Labels" -> merged(own, image.get(name)).equals(members(recorded)) && isObject(own);
            case "Healthcheck" -> isHealthcheckKept(own, recorded, image.get(name));
            case "User", "WorkingDir", "StopSignal" -> isSame(own.isZero() ? image.get(name) : own, recorded);
            case ENTRYPOINT -> isSame(entrypoint(body), recorded);
            case CMD -> isSame(command(body), recorded);
            default -> isSame(own, recorded);
        };
    }

    /** An empty list takes none from the image. */
    private JsonValue entrypoint(JsonObject body) {
        JsonValue own = body.get(ENTRYPOINT);
        return own == JsonLiteral.NULL ? image.get(ENTRYPOINT) : own;
    }

    private JsonValue command(JsonObject body) {
        JsonValue own = body.get(CMD);
        return own.isZero() && body.get(ENTRYPOINT).isZero() ? image.get(CMD) : own;
    }

    /** The last one of several variables with a name is the container's. */
    private static boolean isEnvironmentKept(JsonValue own, JsonValue recorded, JsonValue image) {
        List<JsonValue> mine = elements(own);
        List<JsonValue> before = elements(recorded);
        Map<String, JsonValue> variables = variables(mine);
        variables(elements(image)).forEach(variables::putIfAbsent);
        return (own.isZero() || own instanceof JsonArray)
                && before.containsAll(mine)
                && variables.equals(variables(before));
    }

    private static Map<String, JsonValue> variables(List<JsonValue> environment) {
        Map<String, JsonValue> variables = new HashMap<>();
        environment.forEach(variable ->
                variables.put(variable instanceof JsonString s ? s.text().split("=", 2)[0] : "", variable));
        return variables;
    }

    private static boolean isHealthcheckKept(JsonValue own, JsonValue recorded, JsonValue image) {
        Map<String, JsonValue> mine = merged(new JsonObject(withoutZeros(members(own))), image);
        return isObject(own) && withoutZeros(mine).equals(withoutZeros(members(recorded)));
    }

    private static Map<String, JsonValue> withoutZeros(Map<String, JsonValue> members) {
        Map<String, JsonValue> kept = new LinkedHashMap<>(members);
        kept.values().removeIf(JsonValue::isZero);
        return kept;
    }

    private static Map<String, JsonValue> merged(JsonValue own, JsonValue image) {
        Map<String, JsonValue> all = new HashMap<>(members(image));
        all.putAll(members(own));
        return all;
    }

    /** Returns true for the same value. A number that is zero is not the same as none: a container stops at once without a time. */
    private static boolean isSame(JsonValue own, JsonValue recorded) {
        return own.equals(recorded)
                || own.isZero()
                        && recorded.isZero()
                        && !(own instanceof JsonNumber)
                        && !(recorded instanceof JsonNumber);
    }

    private static boolean isWithin(JsonValue own, Set<String> recorded) {
        return isObject(own)
                && recorded.containsAll(members(own).keySet())
                && members(own).values().stream().allMatch(JsonValue::isZero);
    }

    private static Set<String> keys(JsonValue recorded, Set<String> more) {
        Set<String> all = new HashSet<>(more);
        all.addAll(members(recorded).keySet());
        return all;
    }

    private static boolean isObject(JsonValue own) {
        return own == JsonLiteral.NULL || own instanceof JsonObject;
    }

    private static Map<String, JsonValue> members(JsonValue value) {
        return value instanceof JsonObject object ? object.members() : Map.of();
    }

    private static List<JsonValue> elements(JsonValue value) {
        return value instanceof JsonArray array ? array.elements() : List.of();
    }
}
