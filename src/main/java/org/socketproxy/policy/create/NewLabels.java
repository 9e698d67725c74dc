package org.socketproxy.policy.create;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Labels that each object gets which a body of the profile creates or updates: {@code CREATE_LABELS}. They replace those of the client.
 *
 * <p>Security: the body with the labels is judged, and forwarded.
 *
 * @param labels values by key
 */
public record NewLabels(Map<String, String> labels) {
    public static final NewLabels NONE = new NewLabels(Map.of());

    public static final ProfileKey<NewLabels> KEY =
            new ProfileKey<>(NONE, NewLabels::text, NewLabels::effect, NewLabels::isWithin);

    private static final int MOST = 32;
    private static final Pattern ELEMENT = Pattern.compile("([a-zA-Z0-9][a-zA-Z0-9._/-]{0,127})=([ -~&&[^,]]{0,256})");
    /** The labels of the containers of a service, which has labels of its own. */
    private static final List<String> OF_TASKS = List.of("TaskTemplate", "ContainerSpec", "Labels");

    public NewLabels {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** Reads {@code owner=ci,team=web}; returns empty for another text. */
    public static Optional<NewLabels> parse(String text) {
        Map<String, String> labels = new TreeMap<>();
        if (text.isEmpty()) {
            return Optional.of(NONE);
        }
        for (String element : text.split(",", -1)) {
            Matcher pair = ELEMENT.matcher(element.strip());
            if (!pair.matches() || labels.put(pair.group(1), pair.group(2)) != null || labels.size() > MOST) {
                return Optional.empty();
            }
        }
        return Optional.of(new NewLabels(labels));
    }

    private String text() {
        return labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(","));
    }

    private String effect() {
        return "new objects get the labels " + text() + " (CREATE_LABELS)";
    }

    private boolean isWithin(NewLabels other) {
        return labels.entrySet().containsAll(other.labels.entrySet());
    }

    /** Returns true if the body of an operation gets the labels. */
    public boolean concerns(Operation operation) {
        return !labels.isEmpty() && CreateRules.labelMember(operation) != null;
    }

    /** Returns a body with the labels; one that is not an object in strict JSON is returned as it is, and is not allowed. */
    public JsonBody add(Operation operation, JsonBody body) {
        String member = labels.isEmpty() ? null : CreateRules.labelMember(operation);
        if (member == null || !isObject(body)) {
            return body;
        }
        JsonObject labelled = with(body.object(), List.of(member));
        boolean hasTasks = CreateRules.isBodyField(operation, OF_TASKS.get(0));
        return JsonBody.of(JsonText.write(hasTasks ? with(labelled, OF_TASKS) : labelled));
    }

    /** Daemons read an empty body, and {@code null}, as an object without members. */
    private static boolean isObject(JsonBody body) {
        try {
            return body.isEmpty() || body.read() instanceof JsonObject || body.read() == JsonLiteral.NULL;
        } catch (InvalidJsonException unreadable) {
            return false;
        }
    }

    private JsonObject with(JsonObject object, List<String> path) {
        Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
        JsonObject below = object.object(path.get(0));
        if (path.size() > 1) {
            members.put(path.get(0), with(below, path.subList(1, path.size())));
        } else {
            Map<String, JsonValue> all = new LinkedHashMap<>(below.members());
            labels.forEach((key, value) -> all.put(key, new JsonString(value)));
            members.put(path.get(0), new JsonObject(all));
        }
        return new JsonObject(members);
    }
}
