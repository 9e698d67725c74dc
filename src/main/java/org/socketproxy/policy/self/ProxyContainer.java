package org.socketproxy.policy.self;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
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
 * A protected container as the daemon describes it: that of the proxy, or a client of another profile.
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
 * @param dnsNames names by which other containers find it: its name, host name, aliases, short id and service; in lower case
 * @param mountPoints paths of the host by the paths in the container where they are mounted
 */
public record ProxyContainer(
        String id,
        Set<String> names,
        String image,
        Set<String> imageReferences,
        Map<String, String> networks,
        List<String> mountSources,
        Set<String> volumes,
        Set<String> environment,
        Map<String, String> swarm,
        Set<String> dnsNames,
        Map<String, String> mountPoints) {
    /** A full id. */
    public static final Pattern FULL_ID = Pattern.compile("[0-9a-f]{64}");

    static final String SERVICE_ID = "com.docker.swarm.service.id";
    static final String SERVICE_NAME = "com.docker.swarm.service.name";
    static final String NODE_ID = "com.docker.swarm.node.id";

    private static final String COMPOSE_SERVICE = "com.docker.compose.service";
    private static final int SHORT = 12;

    public ProxyContainer {
        names = Set.copyOf(names);
        imageReferences = Set.copyOf(imageReferences);
        networks = Map.copyOf(networks);
        mountSources = List.copyOf(mountSources);
        volumes = Set.copyOf(volumes);
        environment = Set.copyOf(environment);
        swarm = Map.copyOf(swarm);
        dnsNames = Set.copyOf(dnsNames);
        mountPoints = Map.copyOf(mountPoints);
    }

    /** A container of which only the id is known. */
    public static ProxyContainer of(String id) {
        return new ProxyContainer(
                id,
                Set.of(),
                "",
                Set.of(),
                Map.of(),
                List.of(),
                Set.of(),
                Set.of(),
                Map.of(),
                Set.of(shorten(id)),
                Map.of());
    }

    /**
     * Reads a container.
     *
     * @param inspect the daemon's response to ContainerInspect
     * @return null if it is not a description of a container
     */
    public static @Nullable ProxyContainer read(ByteBuffer inspect) {
        JsonObject container = object(inspect);
        String id = container == null ? "" : text(container, "Id");
        if (container == null || !FULL_ID.matcher(id).matches()) {
            return null;
        }
        JsonValue config = member(container, "Config");
        String name = ContainerReference.withoutSlash(text(container, "Name"));
        Set<String> dnsNames = new HashSet<>();
        List.of(name, shorten(id), text(config, "Hostname")).forEach(each -> addDnsName(dnsNames, each));
        members(member(container, "NetworkSettings"), "Networks").values().forEach(endpoint -> {
            texts(member(endpoint, "Aliases")).forEach(alias -> addDnsName(dnsNames, alias));
            texts(member(endpoint, "DNSNames")).forEach(alias -> addDnsName(dnsNames, alias));
        });
        return read(
                container,
                id,
                Set.of(name),
                text(container, "Image"),
                text(config, "Image"),
                member(config, "Labels"),
                new HashSet<>(texts(member(config, "Env"))),
                dnsNames);
    }

    /**
     * Reads a container of a list, which has no environment and no aliases.
     *
     * @param container element of the daemon's response to ContainerList
     * @return null if it has no full id
     */
    public static @Nullable ProxyContainer listed(JsonObject container) {
        String id = container.text("Id");
        if (!FULL_ID.matcher(id).matches()) {
            return null;
        }
        Set<String> names = new HashSet<>();
        texts(member(container, "Names")).forEach(name -> names.add(ContainerReference.withoutSlash(name)));
        Set<String> dnsNames = new HashSet<>();
        names.forEach(name -> addDnsName(dnsNames, name));
        addDnsName(dnsNames, text(member(container, "Labels"), COMPOSE_SERVICE));
        return read(
                container,
                id,
                names,
                container.text("ImageID"),
                container.text("Image"),
                member(container, "Labels"),
                Set.of(),
                dnsNames);
    }

    private static ProxyContainer read(
            JsonObject container,
            String id,
            Set<String> names,
            String image,
            String reference,
            @Nullable JsonValue labels,
            Set<String> environment,
            Set<String> dnsNames) {
        Map<String, String> networks = new HashMap<>();
        members(member(container, "NetworkSettings"), "Networks")
                .forEach((name, endpoint) -> networks.put(name, text(endpoint, "NetworkID")));
        List<String> sources = new ArrayList<>();
        Set<String> volumes = new HashSet<>();
        Map<String, String> mountPoints = new HashMap<>();
        if (member(container, "Mounts") instanceof JsonArray mounts) {
            for (JsonValue mount : mounts.elements()) {
                String source = withoutSlashAtEnd(text(mount, "Source"));
                if (source.startsWith("/")) {
                    sources.add(source);
                    mountPoints.put(withoutSlashAtEnd(text(mount, "Destination")), source);
                }
                if (text(mount, "Type").equals("volume")) {
                    volumes.add(text(mount, "Name"));
                }
            }
        }
        Map<String, String> swarm = new HashMap<>();
        for (String label : List.of(SERVICE_ID, SERVICE_NAME, NODE_ID)) {
            if (member(labels, label) instanceof JsonString value) {
                swarm.put(label, value.text());
            }
        }
        addDnsName(dnsNames, swarm.getOrDefault(SERVICE_NAME, ""));
        return new ProxyContainer(
                id,
                names,
                image,
                reference.isEmpty() ? Set.of() : Set.of(ImageReferences.canonical(reference)),
                networks,
                sources,
                volumes,
                environment,
                swarm,
                dnsNames,
                mountPoints);
    }

    private static void addDnsName(Set<String> names, String name) {
        if (!name.isEmpty()) {
            names.add(name.toLowerCase(Locale.ROOT));
        }
    }

    /**
     * Returns this container with the references of its image.
     *
     * @param inspect the daemon's response to ImageInspect; ignored if it is not a description of an image
     */
    public ProxyContainer withImage(ByteBuffer inspect) {
        JsonObject described = object(inspect);
        Set<String> references = new HashSet<>(imageReferences);
        for (String list : List.of("RepoTags", "RepoDigests")) {
            texts(member(described, list)).forEach(text -> references.add(ImageReferences.canonical(text)));
        }
        Set<String> set = new HashSet<>(environment);
        texts(member(member(described, "Config"), "Env")).forEach(set::remove);
        return new ProxyContainer(
                id, names, image, references, networks, mountSources, volumes, set, swarm, dnsNames, mountPoints);
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
