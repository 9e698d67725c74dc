package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * Identity of an object in the daemon's description: its ids, names, labels and owner.
 *
 * <p>Security: a description without a full id, or with a label that is no string, is not read.
 *
 * @param subject kind of the object
 * @param id full id; the name for a volume
 * @param names names without a leading slash; for an image its tags and digests
 * @param labels the object's own labels
 * @param owner id of the container of an exec, or of the service of a task; else empty
 */
public record InspectedObject(
        Subject subject, String id, List<String> names, Map<String, String> labels, String owner) {
    private static final Pattern LONG_ID = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern IMAGE_ID = Pattern.compile("sha256:[0-9a-f]{64}");
    /** Networks of a swarm have the short ids of its other objects. */
    private static final Pattern NETWORK_ID = Pattern.compile("[0-9a-f]{64}|[0-9a-z]{25}");

    private static final Set<String> BUILT_IN_NETWORKS = Set.of("bridge", "host", "none");
    private static final String NETWORK_OF_PODMAN = "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9";

    private static final Pattern SWARM_ID = Pattern.compile("[0-9a-z]{25}");
    private static final Pattern VOLUME_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

    public InspectedObject {
        names = List.copyOf(names);
        labels = Map.copyOf(labels);
    }

    /**
     * Reads the daemon's response to an inspect.
     *
     * @return empty if it does not describe an object of this kind
     */
    public static Optional<InspectedObject> read(Subject subject, ByteBuffer inspect) {
        try {
            return StrictJson.read(inspect) instanceof JsonObject object
                    ? Optional.ofNullable(read(subject, object))
                    : Optional.empty();
        } catch (InvalidJsonException unreadable) {
            return Optional.empty();
        }
    }

    /** Returns true for a network that the daemon has from the start. Podman's has a fixed id, since its name is free on dockerd. */
    public boolean isBuiltInNetwork() {
        return subject == Subject.NETWORK
                && labels.isEmpty()
                && (names.stream().anyMatch(BUILT_IN_NETWORKS::contains) || id.equals(NETWORK_OF_PODMAN));
    }

    /** Returns the labels that the containers of a service get; empty if they cannot be read. */
    public static Map<String, String> taskLabels(ByteBuffer inspect) {
        JsonObject spec =
                StrictJson.object(inspect).object("Spec").object("TaskTemplate").object("ContainerSpec");
        Map<String, String> labels = labels(spec.members().get("Labels"));
        return labels == null ? Map.of() : labels;
    }

    private static @Nullable InspectedObject read(Subject subject, JsonObject object) {
        JsonObject spec = object.object("Spec");
        return switch (subject) {
            case NONE -> null;
            case CONTAINER ->
                of(
                        subject,
                        LONG_ID,
                        object.text("Id"),
                        List.of(object.text("Name").replaceFirst("^/", "")),
                        object.object("Config"));
            case EXEC ->
                LONG_ID.matcher(object.text("ContainerID")).matches()
                        ? part(subject, LONG_ID, object.text("ID"), object.text("ContainerID"))
                        : null;
            case NETWORK -> of(subject, NETWORK_ID, object.text("Id"), List.of(object.text("Name")), object);
            case VOLUME -> of(subject, VOLUME_NAME, object.text("Name"), List.of(object.text("Name")), object);
            case IMAGE -> of(subject, IMAGE_ID, imageId(object), imageNames(object), object.object("Config"));
            case POD -> of(subject, LONG_ID, object.text("Id"), List.of(object.text("Name")), object);
            case TASK ->
                SWARM_ID.matcher(object.text("ServiceID")).matches()
                        ? part(subject, SWARM_ID, object.text("ID"), object.text("ServiceID"))
                        : null;
            case SERVICE, SECRET, CONFIG -> of(subject, SWARM_ID, object.text("ID"), List.of(spec.text("Name")), spec);
        };
    }

    private static @Nullable InspectedObject part(Subject subject, Pattern form, String id, String owner) {
        return form.matcher(id).matches() ? new InspectedObject(subject, id, List.of(), Map.of(), owner) : null;
    }

    private static @Nullable InspectedObject of(
            Subject subject, Pattern form, String id, List<String> names, JsonObject labelled) {
        Map<String, String> labels = labels(labelled.members().get("Labels"));
        return labels == null || !form.matcher(id).matches()
                ? null
                : new InspectedObject(subject, id, names, labels, "");
    }

    private static @Nullable Map<String, String> labels(@Nullable JsonValue value) {
        Map<String, String> labels = new HashMap<>();
        if (value instanceof JsonObject object) {
            for (Map.Entry<String, JsonValue> label : object.members().entrySet()) {
                if (!(label.getValue() instanceof JsonString text)) {
                    return null;
                }
                labels.put(label.getKey(), text.text());
            }
            return labels;
        }
        return value == null || value == JsonValue.JsonLiteral.NULL ? labels : null;
    }

    /** The libpod API writes ids of images without a prefix. */
    private static String imageId(JsonObject image) {
        String id = image.text("Id");
        return LONG_ID.matcher(id).matches() ? "sha256:" + id : id;
    }

    private static List<String> imageNames(JsonObject image) {
        List<String> names = new ArrayList<>();
        for (String member : List.of("RepoTags", "RepoDigests")) {
            if (image.members().get(member) instanceof JsonArray array) {
                for (JsonValue element : array.elements()) {
                    if (element instanceof JsonString name) {
                        names.add(name.text());
                    }
                }
            }
        }
        return names;
    }

    /** Returns the object without its labels, which can have some MiB, for a caller that keeps it after it was judged. */
    public InspectedObject withoutLabels() {
        return new InspectedObject(subject, id, names, Map.of(), owner);
    }

    /** Returns the object for {@link Scope}; an exec or a task has the labels of its owner. */
    public ObjectIdentity object() {
        return new ObjectIdentity(subject.kind(), id, names, labels);
    }

    /** Returns true if the daemon finds this object by the name: a full id, the start of one, or an exact name. */
    public boolean isNamed(String name) {
        return !name.isEmpty()
                && switch (subject) {
                    case NONE, IMAGE -> false;
                    case EXEC -> id.equals(name);
                    case VOLUME -> names.contains(name);
                    case TASK -> id.startsWith(name);
                    default -> id.startsWith(name) || names.contains(name);
                };
    }
}
