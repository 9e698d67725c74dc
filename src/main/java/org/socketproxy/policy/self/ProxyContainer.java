package org.socketproxy.policy.self;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.ProtectedBinds;

/**
 * A protected container as the daemon describes it: the container of the proxy, or a client of another profile.
 *
 * @param id the full id
 * @param names without the slash in front; empty before the daemon has described the container
 * @param volumes names of the volumes that it mounts
 * @param swarm ids of its service and node, and the name of the service, by label; empty outside of a swarm
 */
public record ProxyContainer(
        String id, Set<String> names, Image image, Set<String> volumes, Map<String, String> swarm, Environs environs) {
    static final String SERVICE_ID = "com.docker.swarm.service.id";
    static final String SERVICE_NAME = "com.docker.swarm.service.name";
    static final String NODE_ID = "com.docker.swarm.node.id";

    /** Memory for a container without the characters of its texts. */
    public static final int MEMORY_BYTES = 260;

    static final String COMPOSE_SERVICE = "com.docker.compose.service";

    public ProxyContainer {
        names = Set.copyOf(names);
        volumes = Set.copyOf(volumes);
        swarm = Map.copyOf(swarm);
    }

    /**
     * Image of a container.
     *
     * @param id such as {@code sha256:…}; empty if it is unknown
     * @param references in one form
     */
    public record Image(String id, Set<String> references) {
        static final Image UNKNOWN = new Image("", Set.of());

        public Image {
            references = Set.copyOf(references);
        }
    }

    /**
     * Networks, mounts and environment of a container. A client has none of them, to save memory.
     *
     * @param networks the ids of its networks by their names
     * @param mountSources paths of the host that it mounts
     * @param environment elements {@code NAME=value} that its image does not have
     * @param dnsNames names by which other containers find it: its name, host name, aliases, short id and service; in lower case
     * @param mountPoints paths of the host by the paths in the container where they are mounted
     */
    public record Environs(
            Map<String, String> networks,
            List<String> mountSources,
            Set<String> environment,
            Set<String> dnsNames,
            Map<String, String> mountPoints) {
        static final Environs UNKNOWN = ofNames(Set.of());

        static Environs ofNames(Set<String> dnsNames) {
            return new Environs(Map.of(), List.of(), Set.of(), dnsNames, Map.of());
        }

        public Environs {
            networks = Map.copyOf(networks);
            mountSources = List.copyOf(mountSources);
            environment = Set.copyOf(environment);
            dnsNames = Set.copyOf(dnsNames);
            mountPoints = Map.copyOf(mountPoints);
        }
    }

    /** Returns a container that is known by its id only. */
    public static ProxyContainer of(String id) {
        return new ProxyContainer(
                id, Set.of(), Image.UNKNOWN, Set.of(), Map.of(), Environs.ofNames(Set.of(ObjectIds.shorten(id))));
    }

    /** Reads the daemon's response to ContainerInspect; null if it does not describe a container. */
    public static @Nullable ProxyContainer read(ByteBuffer inspect) {
        JsonObject container = StrictJson.object(inspect);
        String id = container.text("Id");
        if (!ObjectIds.isFull(id)) {
            return null;
        }
        JsonObject config = container.object("Config");
        String name = References.withoutSlash(container.text("Name"));
        Set<String> dnsNames = new HashSet<>();
        List.of(name, ObjectIds.shorten(id), config.text("Hostname")).forEach(each -> addDnsName(dnsNames, each));
        for (JsonObject endpoint : networks(container).values()) {
            endpoint.texts("Aliases").forEach(alias -> addDnsName(dnsNames, alias));
            endpoint.texts("DNSNames").forEach(alias -> addDnsName(dnsNames, alias));
        }
        Set<String> environment = new HashSet<>(config.texts("Env"));
        Image image = image(container.text("Image"), config.text("Image"));
        return read(container, Set.of(name), image, config.object("Labels"), environment, dnsNames);
    }

    /** Reads an element of the daemon's response to ContainerList, without environment and aliases; null without a full id. */
    static @Nullable ProxyContainer listed(JsonObject container) {
        if (!ObjectIds.isFull(container.text("Id"))) {
            return null;
        }
        Set<String> names = new HashSet<>();
        container.texts("Names").forEach(name -> names.add(References.withoutSlash(name)));
        Set<String> dnsNames = new HashSet<>();
        names.forEach(name -> addDnsName(dnsNames, name));
        JsonObject labels = container.object("Labels");
        addDnsName(dnsNames, labels.text(COMPOSE_SERVICE));
        Image image = image(container.text("ImageID"), container.text("Image"));
        return read(container, names, image, labels, Set.of(), dnsNames);
    }

    private static Image image(String id, String reference) {
        return new Image(id, reference.isEmpty() ? Set.of() : Set.of(References.image(reference)));
    }

    private static ProxyContainer read(
            JsonObject container,
            Set<String> names,
            Image image,
            JsonObject labels,
            Set<String> environment,
            Set<String> dnsNames) {
        Map<String, String> networks = new HashMap<>();
        networks(container).forEach((name, endpoint) -> networks.put(name, endpoint.text("NetworkID")));
        List<String> sources = new ArrayList<>();
        Set<String> volumes = new HashSet<>();
        Map<String, String> mountPoints = new HashMap<>();
        for (JsonObject mount : ProtectedBinds.shown(container).elements("Mounts")) {
            String source = withoutSlashAtEnd(mount.text("Source"));
            if (source.startsWith("/")) {
                sources.add(source);
                mountPoints.put(withoutSlashAtEnd(mount.text("Destination")), source);
            }
            if (mount.text("Type").equals("volume")) {
                volumes.add(mount.text("Name"));
            }
        }
        Map<String, String> swarm = new HashMap<>();
        for (String label : List.of(SERVICE_ID, SERVICE_NAME, NODE_ID)) {
            if (labels.members().get(label) instanceof JsonString value) {
                swarm.put(label, value.text());
            }
        }
        addDnsName(dnsNames, swarm.getOrDefault(SERVICE_NAME, ""));
        return new ProxyContainer(
                container.text("Id"),
                names,
                image,
                volumes,
                swarm,
                new Environs(networks, sources, environment, dnsNames, mountPoints));
    }

    private static Map<String, JsonObject> networks(JsonObject container) {
        Map<String, JsonObject> networks = new HashMap<>();
        container
                .object("NetworkSettings")
                .object("Networks")
                .members()
                .forEach((name, endpoint) ->
                        networks.put(name, endpoint instanceof JsonObject object ? object : JsonObject.EMPTY));
        return networks;
    }

    private static void addDnsName(Set<String> names, String name) {
        if (!name.isEmpty()) {
            names.add(name.toLowerCase(Locale.ROOT));
        }
    }

    /** Returns this container with the references of its image, from the daemon's response to ImageInspect. */
    public ProxyContainer withImage(ByteBuffer inspect) {
        JsonObject described = StrictJson.object(inspect);
        Set<String> references = new HashSet<>(image.references);
        for (String list : List.of("RepoTags", "RepoDigests")) {
            described.texts(list).forEach(text -> references.add(References.image(text)));
        }
        Set<String> set = new HashSet<>(environs.environment);
        described.object("Config").texts("Env").forEach(set::remove);
        return new ProxyContainer(
                id,
                names,
                new Image(image.id, references),
                volumes,
                swarm,
                new Environs(environs.networks, environs.mountSources, set, environs.dnsNames, environs.mountPoints));
    }

    /**
     * Returns the container with only what a request can name: its names, image, volumes and service.
     *
     * @param shared returns the equal value of another container, if there is one
     */
    public ProxyContainer asClient(UnaryOperator<Object> shared) {
        return new ProxyContainer(id, names, (Image) shared.apply(image), volumes, swarm, Environs.UNKNOWN);
    }

    /** Returns true if a daemon may read the reference as this container: its name, its id, or the beginning of its id. */
    public boolean isNamed(String reference) {
        return References.isOf(id, names, reference);
    }

    /** Returns true if a create body has the whole environment of this container. */
    public boolean isEnvironmentKeptBy(JsonValue body) {
        return BodyNames.texts(
                        body instanceof JsonObject object ? object.members().get("Env") : null)
                .containsAll(environs.environment);
    }

    boolean hasImage(String reference) {
        String digits = reference.startsWith("sha256:") ? reference.substring("sha256:".length()) : reference;
        return image.references.contains(References.image(reference))
                || image.id.startsWith("sha256:")
                        && References.isOf(image.id.substring("sha256:".length()), Set.of(), digits);
    }

    boolean hasNetwork(String reference) {
        return environs.networks.entrySet().stream()
                .anyMatch(network -> References.isOf(network.getValue(), Set.of(network.getKey()), reference));
    }

    boolean isOfService(String reference) {
        String service = swarm.getOrDefault(SERVICE_ID, "");
        return !service.isEmpty() && References.isOf(service, Set.of(swarm.getOrDefault(SERVICE_NAME, "")), reference);
    }

    /** Returns true for the proxy's node of the swarm, and for any name of a node, because the name of the proxy's node is not known. */
    boolean isOnNode(String reference) {
        String node = swarm.getOrDefault(NODE_ID, "");
        return !node.isEmpty() && (reference.length() != node.length() || References.isOf(node, Set.of(), reference));
    }

    boolean isInSwarm() {
        return !swarm.isEmpty();
    }

    private static String withoutSlashAtEnd(String path) {
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
