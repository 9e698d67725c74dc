package org.socketproxy.policy.self;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;

/**
 * All networks and containers of a daemon at one time.
 *
 * @param containers also stopped containers
 */
public record DaemonView(List<Network> networks, List<ListedContainer> containers) {
    /** Before the first answer. */
    public static final DaemonView NONE = new DaemonView(List.of(), List.of());

    private static final String CONTAINER = "container:";
    private static final String DEFAULT = "bridge";
    /** Names of the default network in requests. Podman lists its default network under Docker's name, except in containers. */
    private static final Set<String> WORDS = Set.of(DEFAULT, "default", "podman", "");

    public DaemonView {
        networks = List.copyOf(networks);
        containers = List.copyOf(containers);
    }

    /** Reads the daemon's responses to NetworkList and to ContainerList with {@code all=1}; null if one has another form. */
    public static @Nullable DaemonView read(ByteBuffer networks, ByteBuffer containers) {
        List<JsonObject> ofNetworks = objects(networks);
        List<JsonObject> ofContainers = objects(containers);
        if (ofNetworks == null || ofContainers == null) {
            return null;
        }
        Map<String, Map<String, Set<IpAddress>>> addresses = new HashMap<>();
        ofContainers.forEach(element -> addresses.put(element.text("Id"), addresses(element)));
        List<ListedContainer> listed = new ArrayList<>();
        for (JsonObject element : ofContainers) {
            ProxyContainer container = ProxyContainer.listed(element);
            if (container == null) {
                return null;
            }
            String sharing = sharing(element);
            listed.add(new ListedContainer(
                    container, addresses.getOrDefault(sharing.isEmpty() ? container.id() : sharing, Map.of())));
        }
        return new DaemonView(ofNetworks.stream().map(DaemonView::network).toList(), listed);
    }

    /** Returns the id of the container that shares its network with this one; empty without one. Podman lists the addresses of both. */
    private static String sharing(JsonObject container) {
        String mode = container.object("HostConfig").text("NetworkMode");
        return mode.startsWith(CONTAINER) ? mode.substring(CONTAINER.length()) : "";
    }

    private static @Nullable List<JsonObject> objects(ByteBuffer list) {
        try {
            if (StrictJson.read(list) instanceof JsonArray array) {
                List<JsonObject> objects = new ArrayList<>();
                for (JsonValue element : array.elements()) {
                    if (!(element instanceof JsonObject object)) {
                        return null;
                    }
                    objects.add(object);
                }
                return objects;
            }
            return null;
        } catch (InvalidJsonException unreadable) {
            return null;
        }
    }

    private static Network network(JsonObject network) {
        List<IpNetwork> subnets = new ArrayList<>();
        List<IpAddress> gateways = new ArrayList<>();
        for (JsonObject config : network.object("IPAM").elements("Config")) {
            IpNetwork.read(config.text("Subnet")).ifPresent(subnets::add);
            IpAddress.parse(config.text("Gateway")).ifPresent(gateways::add);
        }
        String name = network.text("Name");
        return new Network(network.text("Id"), name.equals(DEFAULT) ? WORDS : Set.of(name), subnets, gateways);
    }

    private static Map<String, Set<IpAddress>> addresses(JsonObject container) {
        Map<String, Set<IpAddress>> addresses = new HashMap<>();
        container.object("NetworkSettings").object("Networks").members().forEach((name, value) -> {
            Set<IpAddress> found = new HashSet<>();
            if (value instanceof JsonObject endpoint) {
                for (String member : List.of("IPAddress", "GlobalIPv6Address")) {
                    IpAddress.parse(endpoint.text(member)).ifPresent(found::add);
                }
            }
            addresses.put(name, found);
        });
        return addresses;
    }

    /** Returns the network of a container by the name that the container has for it. */
    public Optional<Network> network(String name) {
        return networks.stream()
                .filter(network -> network.names().contains(name))
                .findFirst();
    }

    public Optional<ListedContainer> container(String id) {
        return containers.stream()
                .filter(each -> each.container().id().equals(id))
                .findFirst();
    }

    /** Returns the container that the daemon finds by a full id or an exact name. */
    public Optional<ListedContainer> exact(String reference) {
        return container(reference)
                .or(() -> containers.stream()
                        .filter(each -> each.container().names().contains(References.withoutSlash(reference)))
                        .findFirst());
    }

    /**
     * A network as the daemon describes it.
     *
     * @param id full id
     * @param names the name, and for the default network the words that select it
     * @param subnets addresses of its containers
     * @param gateways addresses of the host in it
     */
    public record Network(String id, Set<String> names, List<IpNetwork> subnets, List<IpAddress> gateways) {
        public Network {
            names = Set.copyOf(names);
            subnets = List.copyOf(subnets);
            gateways = List.copyOf(gateways);
        }

        /** Returns true if a daemon may read the reference as this network: its name, its id, or the beginning of its id. */
        boolean isNamed(String reference) {
            return References.isOf(id, names, reference);
        }
    }

    /**
     * A container of the daemon's list.
     *
     * @param addresses its addresses by the name of the network; a stopped container has networks without addresses
     */
    public record ListedContainer(ProxyContainer container, Map<String, Set<IpAddress>> addresses) {
        public ListedContainer {
            addresses = Map.copyOf(addresses);
        }

        public List<IpAddress> allAddresses() {
            return addresses.values().stream().flatMap(Set::stream).toList();
        }
    }
}
