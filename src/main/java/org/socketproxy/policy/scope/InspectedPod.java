package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * A pod as Podman describes it: its owner, and the containers that a write on the pod changes.
 *
 * @param object empty if the description cannot be read
 * @param members ids of its containers but the infra container, which belongs to the pod
 * @param infra id of the infra container; empty without one
 */
public record InspectedPod(Optional<InspectedObject> object, Set<String> members, String infra) {
    public InspectedPod {
        members = Set.copyOf(members);
    }

    /** Returns the ids of all its containers. */
    public List<String> containers() {
        return Stream.concat(members.stream(), Stream.of(infra)).toList();
    }

    /** Reads the daemon's response to an inspect of a pod. */
    public static InspectedPod read(ByteBuffer inspect) {
        Optional<InspectedObject> object = InspectedObject.read(Subject.POD, inspect.duplicate());
        try {
            if (object.isPresent()
                    && StrictJson.read(inspect) instanceof JsonObject pod
                    && hasReadableContainers(pod)) {
                Set<String> members = new HashSet<>();
                pod.elements("Containers").forEach(container -> members.add(container.text("Id")));
                String infra = pod.text("InfraContainerID");
                members.remove(infra);
                return new InspectedPod(object, members, infra);
            }
        } catch (InvalidJsonException unreadable) {
            // Denied like a description without an id.
        }
        return new InspectedPod(Optional.empty(), Set.of(), "");
    }

    private static boolean hasReadableContainers(JsonObject pod) {
        JsonValue containers = pod.members().getOrDefault("Containers", JsonLiteral.NULL);
        return containers instanceof JsonArray || containers == JsonLiteral.NULL;
    }
}
