package org.socketproxy.policy.self;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * The container in which the proxy runs, as the daemon describes it.
 *
 * <p>Threading: immutable.
 *
 * @param id the full id
 * @param names without the slash in front; empty before the daemon has described the container
 * @param image id of its image, such as {@code sha256:…}; empty if it is unknown
 * @param imageReferences the references of its image, in one form
 * @param networks the ids of its networks by their names
 * @param mountSources paths of the host that it mounts
 * @param volumes names of the volumes that it mounts
 * @param environment its environment without that of its image, in the form {@code NAME=value}
 * @param swarm ids of its service and node, and the name of the service, by label; empty outside of a swarm
 */
public record OwnContainer(
        String id,
        Set<String> names,
        String image,
        Set<String> imageReferences,
        Map<String, String> networks,
        List<String> mountSources,
        Set<String> volumes,
        Set<String> environment,
        Map<String, String> swarm) {
    /** A full id. */
    public static final Pattern FULL_ID = Pattern.compile("[0-9a-f]{64}");

    static final String SERVICE_ID = "com.docker.swarm.service.id";
    static final String SERVICE_NAME = "com.docker.swarm.service.name";
    static final String NODE_ID = "com.docker.swarm.node.id";

    private static final int SHORT = 12;

    public OwnContainer {
        names = Set.copyOf(names);
        imageReferences = Set.copyOf(imageReferences);
        networks = Map.copyOf(networks);
        mountSources = List.copyOf(mountSources);
        volumes = Set.copyOf(volumes);
        environment = Set.copyOf(environment);
        swarm = Map.copyOf(swarm);
    }

    /** A container of which only the id is known. */
    public static OwnContainer of(String id) {
        return new OwnContainer(id, Set.of(), "", Set.of(), Map.of(), List.of(), Set.of(), Set.of(), Map.of());
    }

    /**
     * Reads a container.
     *
     * @param inspect the daemon's response to ContainerInspect
     * @return null if it is not a description of a container
     */
    public static @Nullable OwnContainer read(ByteBuffer inspect) {
        JsonObject container = object(inspect);
        String id = container == null ? "" : text(container, "Id");
        if (container == null || !FULL_ID.matcher(id).matches()) {
            return null;
        }
        JsonValue config = member(container, "Config");
        Map<String, String> networks = new HashMap<>();
        members(member(container, "NetworkSettings"), "Networks")
                .forEach((name, endpoint) -> networks.put(name, text(endpoint, "NetworkID")));
        List<String> sources = new ArrayList<>();
        Set<String> volumes = new HashSet<>();
        if (member(container, "Mounts") instanceof JsonArray mounts) {
            for (JsonValue mount : mounts.elements()) {
                String source = withoutSlashAtEnd(text(mount, "Source"));
                if (source.startsWith("/")) {
                    sources.add(source);
                }
                if (text(mount, "Type").equals("volume")) {
                    volumes.add(text(mount, "Name"));
                }
            }
        }
        Map<String, String> swarm = new HashMap<>();
        for (String label : List.of(SERVICE_ID, SERVICE_NAME, NODE_ID)) {
            if (members(config, "Labels").get(label) instanceof JsonString value) {
                swarm.put(label, value.text());
            }
        }
        String reference = text(config, "Image");
        return new OwnContainer(
                id,
                Set.of(ContainerReference.withoutSlash(text(container, "Name"))),
                text(container, "Image"),
                reference.isEmpty() ? Set.of() : Set.of(ImageReferences.canonical(reference)),
                networks,
                sources,
                volumes,
                new HashSet<>(texts(member(config, "Env"))),
                swarm);
    }

    /**
     * Returns this container with the references of its image.
     *
     * @param inspect the daemon's response to ImageInspect; ignored if it is not a description of an image
     */
    public OwnContainer withImage(ByteBuffer inspect) {
        JsonObject described = object(inspect);
        Set<String> references = new HashSet<>(imageReferences);
        for (String list : List.of("RepoTags", "RepoDigests")) {
            texts(member(described, list)).forEach(text -> references.add(ImageReferences.canonical(text)));
        }
        Set<String> set = new HashSet<>(environment);
        texts(member(member(described, "Config"), "Env")).forEach(set::remove);
        return new OwnContainer(id, names, image, references, networks, mountSources, volumes, set, swarm);
    }

    /** Returns an id in the form that {@code docker ps} shows, and a name unchanged. */
    public static String shorten(String reference) {
        return FULL_ID.matcher(reference).matches() ? reference.substring(0, SHORT) : reference;
    }

    /** Returns true if a daemon may read the reference as this container: its name, its id, or the beginning of its id. */
    public boolean isNamed(String reference) {
        return ContainerReference.isOf(id, names, reference);
    }

    /** Returns true if a body that creates a container gives it all that configures the proxy. */
    public boolean isEnvironmentKeptBy(JsonValue body) {
        return texts(member(body, "Env")).containsAll(environment);
    }

    boolean hasImage(String reference) {
        String digits = reference.startsWith("sha256:") ? reference.substring("sha256:".length()) : reference;
        return imageReferences.contains(ImageReferences.canonical(reference))
                || image.startsWith("sha256:")
                        && ContainerReference.isOf(image.substring("sha256:".length()), Set.of(), digits);
    }

    boolean hasNetwork(String reference) {
        return networks.entrySet().stream()
                .anyMatch(network -> ContainerReference.isOf(network.getValue(), Set.of(network.getKey()), reference));
    }

    boolean isOfService(String reference) {
        String service = swarm.getOrDefault(SERVICE_ID, "");
        return !service.isEmpty()
                && ContainerReference.isOf(service, Set.of(swarm.getOrDefault(SERVICE_NAME, "")), reference);
    }

    /** Returns true for the own node of the swarm, and for a name of a node, because the own one is not known. */
    boolean isOnNode(String reference) {
        String node = swarm.getOrDefault(NODE_ID, "");
        return !node.isEmpty()
                && (reference.length() != node.length() || ContainerReference.isOf(node, Set.of(), reference));
    }

    boolean isInSwarm() {
        return !swarm.isEmpty();
    }

    private static @Nullable JsonObject object(ByteBuffer bytes) {
        try {
            return StrictJson.read(bytes) instanceof JsonObject object ? object : null;
        } catch (InvalidJsonException unreadable) {
            return null;
        }
    }

    private static Map<String, JsonValue> members(@Nullable JsonValue object, String name) {
        return member(object, name) instanceof JsonObject child ? child.members() : Map.of();
    }

    private static @Nullable JsonValue member(@Nullable JsonValue object, String name) {
        return object instanceof JsonObject parent ? parent.members().get(name) : null;
    }

    private static String text(@Nullable JsonValue object, String name) {
        return member(object, name) instanceof JsonString string ? string.text() : "";
    }

    static List<String> texts(@Nullable JsonValue array) {
        List<String> texts = new ArrayList<>();
        if (array instanceof JsonArray list) {
            list.elements().forEach(element -> {
                if (element instanceof JsonString text) {
                    texts.add(text.text());
                }
            });
        }
        return texts;
    }

    private static String withoutSlashAtEnd(String path) {
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
