package org.socketproxy.policy.scope;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Copy of an object with other members. The rules of {@code CREATE=safe} have checked names and types: what has another type is
 * left as it is.
 *
 * <p>Threading: one thread.
 */
final class JsonEdit {
    private final Map<String, JsonValue> members;

    JsonEdit(JsonObject object) {
        this.members = new LinkedHashMap<>(object.members());
    }

    JsonObject result() {
        return new JsonObject(members);
    }

    JsonEdit put(String name, JsonValue value) {
        members.put(name, value);
        return this;
    }

    /** Replaces a string that is not empty. */
    JsonEdit text(String name, UnaryOperator<String> edit) {
        members.computeIfPresent(name, (any, value) -> replaced(value, edit));
        return this;
    }

    /** Replaces the strings of an array. */
    JsonEdit texts(String name, UnaryOperator<String> edit) {
        return elements(name, element -> replaced(element, edit));
    }

    /** Replaces the objects of an array. */
    JsonEdit objects(String name, UnaryOperator<JsonObject> edit) {
        return elements(name, element -> element instanceof JsonObject object ? edit.apply(object) : element);
    }

    /** Replaces a member that is an object. */
    JsonEdit object(String name, UnaryOperator<JsonObject> edit) {
        members.computeIfPresent(name, (any, value) -> value instanceof JsonObject object ? edit.apply(object) : value);
        return this;
    }

    /** Replaces a member that is an object, or adds one. */
    JsonEdit required(String name, UnaryOperator<JsonObject> edit) {
        JsonValue value = members.getOrDefault(name, JsonLiteral.NULL);
        members.put(name, edit.apply(value instanceof JsonObject object ? object : JsonObject.EMPTY));
        return this;
    }

    private JsonEdit elements(String name, UnaryOperator<JsonValue> edit) {
        members.computeIfPresent(name, (any, value) -> value instanceof JsonArray array ? edited(array, edit) : value);
        return this;
    }

    private static JsonArray edited(JsonArray array, UnaryOperator<JsonValue> edit) {
        List<JsonValue> elements = array.elements().stream().map(edit).toList();
        return new JsonArray(elements);
    }

    private static JsonValue replaced(JsonValue value, UnaryOperator<String> edit) {
        return value instanceof JsonString string && !string.text().isEmpty()
                ? new JsonString(edit.apply(string.text()))
                : value;
    }
}
