package org.socketproxy.policy.self;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/** Finds the networks that a body joins, and the subnets of those that it creates. */
final class BodyNetworks {
    private static final Set<String> CREATES =
            Set.of("ContainerCreate", "ContainerCreateLibpod", "PodCreateLibpod", "ServiceCreate", "ServiceUpdate");

    private static final String DEFAULT = "default";
    private static final String CONTAINER = "container:";
    /** Mode of Podman's own API that is the same as the bridge; in the Docker API it is the name of a network. */
    private static final String PRIVATE = "private";
    /** Modes that join the networks of the body, or the default one. */
    private static final Set<String> BRIDGES = Set.of("", DEFAULT, "bridge");

    private BodyNetworks() {}

    /** Returns names and ids. A container without a network gets the default one. */
    static List<String> joined(Operation operation, JsonValue body) {
        List<String> modes = new ArrayList<>();
        List<String> named = new ArrayList<>();
        BodyNames.visit(body, (name, value) -> {
            switch (name) {
                case "networkmode" -> addText(value, modes);
                case "netns" -> {
                    if (value instanceof JsonObject mode) {
                        modes.add(mode.text("nsmode").replace(PRIVATE, DEFAULT));
                    }
                }
                case "endpointsconfig", "networks", "cni_networks" -> addNetworks(value, named);
                case "configfrom" -> named.addAll(BodyNames.values(value, "network"));
                default -> {}
            }
        });
        if (!CREATES.contains(operation.id())) {
            return named;
        }
        boolean isOfPod = BodyNames.values(body, "pod").stream().anyMatch(pod -> !pod.isEmpty());
        if (modes.isEmpty() && named.isEmpty() && !isOfPod) {
            named.add(DEFAULT);
        }
        for (String mode : modes) {
            if (!BRIDGES.contains(mode)) {
                named.add(mode);
            } else if (named.isEmpty() || mode.equals("bridge") && !operation.isLibpod()) {
                named.add(DEFAULT);
            }
        }
        named.removeIf(network -> network.startsWith(CONTAINER));
        return named;
    }

    private static void addText(JsonValue value, List<String> texts) {
        if (value instanceof JsonString text) {
            texts.add(text.text());
        }
    }

    private static void addNetworks(JsonValue value, List<String> named) {
        if (value instanceof JsonObject byName) {
            named.addAll(byName.members().keySet());
            byName.members().values().forEach(endpoint -> named.addAll(nonEmpty(endpoint, "networkid")));
        } else if (value instanceof JsonArray array) {
            for (JsonValue element : array.elements()) {
                addText(element, named);
                named.addAll(BodyNames.values(element, "target"));
            }
        }
    }

    private static List<String> nonEmpty(JsonValue object, String member) {
        return BodyNames.values(object, member).stream()
                .filter(text -> !text.isEmpty())
                .toList();
    }

    /** Returns the subnets of a new network. A text that cannot be read is no subnet for the daemon either. */
    static List<IpNetwork> subnets(JsonValue body) {
        return BodyNames.deepValues(body, "subnet").stream()
                .flatMap(text -> IpNetwork.read(text).stream())
                .toList();
    }
}
