package org.socketproxy.recreate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.mask.MaskRules;

/**
 * Fills the masked values of a create body from the record of the container that it replaces. The client has built the body from
 * masked descriptions of the container and of its image.
 *
 * <p>Security: a value comes from the same field of the record, and only where the body has its masked form. The caller must compare
 * the filled body with the record, so that a secret gets into no other container.
 */
final class MaskedBody {
    private static final String CONFIG = "Config";
    private static final String ENV = "Env";
    private static final List<String> OF_THE_IMAGE = List.of(ENV, "Cmd", "Entrypoint", "Healthcheck");

    private final JsonObject recorded;
    private final JsonObject masked;
    private final JsonObject maskedImage;

    /**
     * Masks the record.
     *
     * @param container its description, in the structure of ContainerInspect
     * @param image configuration of its image
     */
    MaskedBody(MaskRules mask, JsonObject container, JsonObject image) throws InvalidJsonException, ElementException {
        this.recorded = container;
        this.masked = masked(mask, "ContainerInspect", container);
        this.maskedImage = masked(mask, "ImageInspect", new JsonObject(Map.of(CONFIG, image)))
                .object(CONFIG);
    }

    private static JsonObject masked(MaskRules mask, String operation, JsonObject description)
            throws InvalidJsonException, ElementException {
        return StrictJson.read(mask.mask(operation, JsonText.write(description))) instanceof JsonObject object
                ? object
                : JsonObject.EMPTY;
    }

    /** Returns a body with the recorded values in place of the masked ones. */
    JsonObject fill(JsonObject body) {
        JsonObject before = recorded.object(CONFIG);
        JsonObject hidden = masked.object(CONFIG);
        Map<String, JsonValue> filled = new LinkedHashMap<>();
        body.members()
                .forEach((name, value) -> filled.put(
                        name,
                        switch (name) {
                            case "HostConfig" -> fill(value, masked.get(name), recorded.get(name));
                            case "NetworkingConfig" -> fillNetworks(value);
                            default -> fill(value, hidden.get(name), before.get(name));
                        }));
        for (String name : OF_THE_IMAGE) {
            JsonValue own = filled.getOrDefault(name, JsonLiteral.NULL);
            JsonValue restored = name.equals(ENV)
                    ? restoreElements(own, hidden.get(name), before.get(name), maskedImage.get(name))
                    : restore(own, hidden.get(name), before.get(name), maskedImage.get(name));
            if (!restored.equals(own)) {
                filled.put(name, restored);
            }
        }
        return new JsonObject(filled);
    }

    private JsonValue fillNetworks(JsonValue config) {
        Map<String, JsonValue> filled = new LinkedHashMap<>(config instanceof JsonObject o ? o.members() : Map.of());
        filled.computeIfPresent(
                "EndpointsConfig", (name, endpoints) -> fill(endpoints, networks(masked), networks(recorded)));
        return config instanceof JsonObject ? new JsonObject(filled) : config;
    }

    private static JsonValue networks(JsonObject description) {
        return description.object("NetworkSettings").object("Networks");
    }

    private static JsonValue fill(JsonValue own, JsonValue hidden, JsonValue recorded) {
        if (own.equals(hidden)) {
            return recorded;
        }
        if (own instanceof JsonObject object && hidden instanceof JsonObject h && recorded instanceof JsonObject r) {
            Map<String, JsonValue> filled = new LinkedHashMap<>();
            object.members().forEach((name, value) -> filled.put(name, fill(value, h.get(name), r.get(name))));
            return new JsonObject(filled);
        }
        return own instanceof JsonArray array && hidden instanceof JsonArray h && recorded instanceof JsonArray r
                ? fillElements(array, h, r)
                : own;
    }

    /** Several elements can have the same masked form: the first of them in the body is the first of the record. */
    private static JsonArray fillElements(JsonArray own, JsonArray hidden, JsonArray recorded) {
        Map<JsonValue, Deque<JsonValue>> values = new HashMap<>();
        for (int i = 0; i < hidden.elements().size(); i++) {
            values.computeIfAbsent(hidden.elements().get(i), any -> new ArrayDeque<>())
                    .add(recorded.elements().get(i));
        }
        List<JsonValue> filled = new ArrayList<>();
        for (JsonValue element : own.elements()) {
            Deque<JsonValue> candidates = values.getOrDefault(element, new ArrayDeque<>());
            filled.add(candidates.isEmpty() ? element : candidates.remove());
        }
        return new JsonArray(filled);
    }

    /** Adds the values that the client has left out because their masked forms were equal to the masked values of the image. */
    private static JsonValue restore(JsonValue own, JsonValue hidden, JsonValue recorded, JsonValue image) {
        if (hidden.equals(recorded)) {
            return own;
        }
        if (own.isZero() && hidden.equals(image)) {
            return recorded;
        }
        if (recorded instanceof JsonObject r && hidden instanceof JsonObject h && image instanceof JsonObject i) {
            Map<String, JsonValue> restored = new LinkedHashMap<>(own instanceof JsonObject o ? o.members() : Map.of());
            r.members().forEach((name, value) -> {
                JsonValue member =
                        restore(restored.getOrDefault(name, JsonLiteral.NULL), h.get(name), value, i.get(name));
                if (!member.isZero()) {
                    restored.put(name, member);
                }
            });
            return new JsonObject(restored);
        }
        return restoreElements(own, hidden, recorded, image);
    }

    /** Adds elements of an array. Visible variables that the client has left out come from the new image. */
    private static JsonValue restoreElements(JsonValue own, JsonValue hidden, JsonValue recorded, JsonValue image) {
        if (recorded instanceof JsonArray r && hidden instanceof JsonArray h && image instanceof JsonArray i) {
            List<JsonValue> restored = new ArrayList<>(own instanceof JsonArray o ? o.elements() : List.of());
            for (int at = 0; at < r.elements().size(); at++) {
                JsonValue element = r.elements().get(at);
                JsonValue hiddenElement = h.elements().get(at);
                if (!element.equals(hiddenElement)
                        && i.elements().contains(hiddenElement)
                        && !restored.contains(element)) {
                    restored.add(element);
                }
            }
            return new JsonArray(restored);
        }
        return own;
    }
}
