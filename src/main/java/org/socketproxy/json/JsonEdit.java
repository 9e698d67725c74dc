package org.socketproxy.json;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Edits the object of a request body at paths such as {@code HostConfig.Mounts[]}. The rules of {@code CREATE=safe} have checked
 * names and types: a value of another type stays as it is.
 */
public final class JsonEdit {
    private JsonObject object;

    public JsonEdit(JsonObject object) {
        this.object = object;
    }

    public JsonObject result() {
        return object;
    }

    /** Replaces strings that are not empty. */
    public JsonEdit text(String path, UnaryOperator<String> edit) {
        return at(
                path,
                value -> value instanceof JsonString string && !string.text().isEmpty()
                        ? new JsonString(edit.apply(string.text()))
                        : value);
    }

    /** Replaces objects. */
    public JsonEdit object(String path, UnaryOperator<JsonObject> edit) {
        return at(path, value -> value instanceof JsonObject each ? edit.apply(each) : value);
    }

    private JsonEdit at(String path, UnaryOperator<JsonValue> edit) {
        object = (JsonObject) at(object, steps(path), edit);
        return this;
    }

    private static List<String> steps(String path) {
        return Arrays.asList(path.replace("[]", ".[]").split("\\.", -1));
    }

    private static JsonValue at(JsonValue value, List<String> steps, UnaryOperator<JsonValue> edit) {
        if (steps.isEmpty()) {
            return edit.apply(value);
        }
        List<String> rest = steps.subList(1, steps.size());
        if (value instanceof JsonArray array && steps.get(0).equals("[]")) {
            return new JsonArray(array.elements().stream()
                    .map(element -> at(element, rest, edit))
                    .toList());
        }
        if (value instanceof JsonObject parent && parent.members().containsKey(steps.get(0))) {
            Map<String, JsonValue> members = new LinkedHashMap<>(parent.members());
            members.computeIfPresent(steps.get(0), (name, member) -> at(member, rest, edit));
            return new JsonObject(members);
        }
        return value;
    }

    /** Sets a member. What is no object on the path to it becomes one. */
    public JsonEdit put(String path, JsonValue value) {
        object = put(object, steps(path), value);
        return this;
    }

    private static JsonObject put(JsonObject parent, List<String> steps, JsonValue value) {
        String name = steps.get(0);
        Map<String, JsonValue> members = new LinkedHashMap<>(parent.members());
        members.put(name, steps.size() == 1 ? value : put(parent.object(name), steps.subList(1, steps.size()), value));
        return new JsonObject(members);
    }
}
