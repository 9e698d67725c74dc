package org.socketproxy.policy.self;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.IpAddress;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementParser;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;

/**
 * A container of the daemon's list.
 *
 * @param addresses its addresses by the name of the network; a stopped container has networks without addresses
 * @param labels of a list only those that are read
 * @param sharing id of the container that shares its network with this one; empty without one. Podman lists the addresses of both
 */
public record ListedContainer(
        ProxyContainer container, Map<String, Set<IpAddress>> addresses, String sharing, Map<String, String> labels) {
    /** The members of an element of a list that are read. */
    public static final Set<String> MEMBERS = Set.of(
            "Id",
            "Names",
            "Image",
            "ImageID",
            "Labels",
            ProxyContainer.COMPOSE_SERVICE,
            ProxyContainer.SERVICE_ID,
            ProxyContainer.SERVICE_NAME,
            ProxyContainer.NODE_ID,
            "HostConfig",
            "NetworkMode",
            "NetworkSettings",
            "Networks",
            "Networks.*",
            "NetworkID",
            "IPAddress",
            "GlobalIPv6Address",
            "Mounts",
            "Mounts.*",
            "Type",
            "Name",
            "Source");

    private static final String CONTAINER = "container:";

    public ListedContainer {
        addresses = Map.copyOf(addresses);
        labels = Map.copyOf(labels);
    }

    /**
     * Reads an element of the daemon's response to ContainerList.
     *
     * @throws ElementException if it does not describe a container
     */
    public static ListedContainer listed(ByteBuffer element) throws ElementException {
        JsonObject json = object(element);
        ProxyContainer container = ProxyContainer.listed(json);
        if (container == null) {
            throw ElementParser.unexpected();
        }
        return of(container, json, json.object("Labels"));
    }

    /** Reads the daemon's response to ContainerInspect; null if it does not describe a container. */
    public static @Nullable ListedContainer inspected(ByteBuffer inspect) {
        ProxyContainer container = ProxyContainer.read(inspect.duplicate());
        if (container == null) {
            return null;
        }
        JsonObject json = StrictJson.object(inspect);
        return of(container, json, json.object("Config").object("Labels"));
    }

    private static ListedContainer of(ProxyContainer container, JsonObject json, JsonObject ofContainer) {
        String mode = json.object("HostConfig").text("NetworkMode");
        String sharing = mode.startsWith(CONTAINER) ? mode.substring(CONTAINER.length()) : "";
        Map<String, String> labels = new HashMap<>();
        ofContainer.members().keySet().forEach(key -> labels.put(key, ofContainer.text(key)));
        return new ListedContainer(container, addresses(json), sharing, labels);
    }

    static JsonObject object(ByteBuffer element) throws ElementException {
        try {
            if (StrictJson.read(element) instanceof JsonObject object) {
                return object;
            }
        } catch (InvalidJsonException unreadable) {
            // the element is malformed too
        }
        throw ElementParser.unexpected();
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

    /** Returns this container with the references of its image, from the daemon's response to ImageInspect. */
    public ListedContainer withImage(ByteBuffer inspect) {
        return new ListedContainer(container.withImage(inspect), addresses, sharing, labels);
    }

    public List<IpAddress> allAddresses() {
        return addresses.values().stream().flatMap(Set::stream).toList();
    }
}
