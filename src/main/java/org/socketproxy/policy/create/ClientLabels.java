package org.socketproxy.policy.create;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.BodyShape.Part;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Labels of containers by which profiles select clients.
 *
 * <p>Security: no client gives one to a container, unless each profile with this label trusts its profile. A new container without
 * the label gets an empty one, because it would inherit that of its image.
 *
 * @param keys the keys, with the values that the profile may give
 */
public record ClientLabels(Map<String, Set<String>> keys) {
    public static final ClientLabels NONE = new ClientLabels(Map.of());

    /** The labels of a service are none of its containers. */
    private static final String OF_TASKS = "TaskTemplate.ContainerSpec.Labels";

    public ClientLabels {
        keys = Map.copyOf(keys);
    }

    private static String path(@Nullable BodyShape shape) {
        if (shape == null) {
            return "";
        }
        return shape.kind() == BodyShape.Kind.SERVICE ? OF_TASKS : shape.path(Part.LABELS);
    }

    boolean concerns(Operation operation) {
        return !keys.isEmpty() && !path(BodyShape.of(operation.id())).isEmpty();
    }

    /** Reports the labels of a body that the profile may not give. */
    static void check(BodyValue body, @Nullable BodyShape shape) {
        Map<String, Set<String>> keys = body.rules().clientLabels().keys;
        String path = keys.isEmpty() ? "" : path(shape);
        if (path.isEmpty()) {
            return;
        }
        for (BodyValue label : body.at(path).members()) {
            Set<String> given = keys.get(String.valueOf(label.name()));
            if (given != null && !label.isZero() && !given.contains(label.text())) {
                label.report(Kind.FIELD, label.dotted() + " is a label by which a profile selects clients");
            }
        }
    }

    /** Adds empty labels to a body. */
    void add(Operation operation, JsonEdit body) {
        String path = path(BodyShape.of(operation.id()));
        Map<String, JsonValue> all =
                new LinkedHashMap<>(BodyShape.object(body.result(), path).members());
        keys.keySet().stream().sorted().forEach(key -> all.putIfAbsent(key, new JsonString("")));
        body.put(path, new JsonObject(all));
    }

    /** Returns the body of ContainerCreate without the empty labels that a recorded container did not have. */
    public JsonObject without(JsonObject body, JsonObject recorded) {
        Map<String, JsonValue> labels =
                new LinkedHashMap<>(body.object("Labels").members());
        boolean isChanged = labels.entrySet()
                .removeIf(label -> keys.containsKey(label.getKey())
                        && label.getValue().isZero()
                        && !recorded.members().containsKey(label.getKey()));
        if (!isChanged) {
            return body;
        }
        Map<String, JsonValue> members = new LinkedHashMap<>(body.members());
        members.put("Labels", new JsonObject(labels));
        return new JsonObject(members);
    }
}
