package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.BodyShape.Kind;
import org.socketproxy.policy.create.BodyShape.Part;

/**
 * The requirement {@code isolated}: writes what keeps containers from other networks and from the host into bodies, and judges them.
 *
 * <p>Security: {@code Internal} alone lets containers reach services of the host by its address on the bridge: {@code inhibit_ipv4} gives
 * it none. Its IPv6 address stays, which only a process with a raw socket reaches: containers do not get the capability NET_RAW.
 */
final class IsolatedNetworks {
    private static final String MODE = "HostConfig.NetworkMode";
    private static final String ENDPOINTS = "NetworkingConfig.EndpointsConfig";
    private static final String NO_ADDRESS = "com.docker.network.bridge.inhibit_ipv4";
    private static final List<String> IPV6 = List.of("EnableIPv6", "enableIPv6");
    private static final String NET_RAW = "NET_RAW";
    private static final String ALL = "ALL";
    private static final Set<String> CAPABILITIES = Set.of(NET_RAW, "NET_ADMIN", ALL);
    /** Networks of the daemon, of which the first three can mean the default one. */
    private static final List<String> DEFAULT = List.of("", "default", "bridge");

    private static final Set<String> OF_DAEMON = Set.of("", "default", "bridge", "host", "nat");

    private IsolatedNetworks() {}

    static boolean concerns(Operation operation) {
        return isNetwork(operation) || isContainer(BodyShape.of(operation.id()));
    }

    private static boolean isNetwork(Operation operation) {
        return operation.verb() == Verb.CREATE_NETWORK && !operation.isLibpod();
    }

    private static boolean isContainer(@Nullable BodyShape shape) {
        return shape != null && shape.kind() == Kind.CONTAINER;
    }

    /** @param network gets containers for which the client names none, or the default one; empty to deny these */
    static void write(Operation operation, JsonEdit body, String network) {
        BodyShape shape = BodyShape.of(operation.id());
        if (isNetwork(operation)) {
            body.put("Internal", JsonLiteral.TRUE);
            IPV6.stream()
                    .filter(body.result().members()::containsKey)
                    .forEach(name -> body.put(name, JsonLiteral.FALSE));
            JsonValue options = body.result().get("Options");
            Map<String, JsonValue> all = new LinkedHashMap<>(
                    options instanceof JsonObject object ? object.members() : Map.<String, JsonValue>of());
            all.put(NO_ADDRESS, new JsonString("true"));
            body.put("Options", new JsonObject(all));
        } else if (shape != null && isContainer(shape)) {
            dropRaw(body, shape);
            if (!network.isEmpty()) {
                replaceDefault(body, network);
            }
        }
    }

    private static void dropRaw(JsonEdit body, BodyShape shape) {
        String path = shape.path(Part.CAP_DROP);
        JsonValue dropped = BodyShape.at(body.result(), path);
        List<JsonValue> all = new ArrayList<>(dropped instanceof JsonArray array ? array.elements() : List.of());
        boolean isDropped = all.stream()
                .anyMatch(each ->
                        each instanceof JsonString name && Set.of(NET_RAW, ALL).contains(capability(name.text())));
        if (!isDropped) {
            all.add(new JsonString(NET_RAW));
            body.put(path, new JsonArray(all));
        }
    }

    private static String capability(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper.substring("CAP_".length()) : upper;
    }

    private static void replaceDefault(JsonEdit body, String network) {
        if (DEFAULT.contains(BodyShape.text(body.result(), MODE))) {
            body.put(MODE, new JsonString(network));
        }
        JsonObject endpoints = BodyShape.object(body.result(), ENDPOINTS);
        if (endpoints.members().keySet().stream().anyMatch(DEFAULT::contains)) {
            Map<String, JsonValue> renamed = new LinkedHashMap<>();
            endpoints
                    .members()
                    .forEach(
                            (name, endpoint) -> renamed.putIfAbsent(DEFAULT.contains(name) ? network : name, endpoint));
            body.put(ENDPOINTS, new JsonObject(renamed));
        }
    }

    /** Judges a body that {@link #write} has written. */
    static void check(BodyValue body, Operation operation, @Nullable BodyShape shape) {
        if (operation.verb() == Verb.CREATE_NETWORK) {
            network(body, operation);
        } else if (operation.verb() == Verb.CONNECT) {
            connected(body.at("EndpointConfig"));
        } else if (shape != null && shape.kind() == Kind.CONTAINER) {
            container(body, shape);
        } else if (shape != null && shape.kind() != Kind.UPDATE && shape.kind() != Kind.EXEC) {
            report(body, operation.id() + " cannot be isolated");
        }
    }

    private static void network(BodyValue body, Operation operation) {
        if (!isNetwork(operation)) {
            report(body, operation.id() + " cannot make an isolated network: use the API of dockerd");
            return;
        }
        boolean isIsolated = body.member("Internal").isTrue()
                && body.member("Options").text(NO_ADDRESS).equals("true")
                && IPV6.stream().noneMatch(name -> body.member(name).isTrue())
                && !body.member("ConfigOnly").isTrue()
                && body.at("ConfigFrom.Network").text().isEmpty()
                && Set.of("", "bridge").contains(body.text("Driver"));
        if (!isIsolated) {
            report(body, "the network must be an internal bridge without IPv6 and without another configuration");
        }
    }

    private static void container(BodyValue body, BodyShape shape) {
        BodyValue mode = body.at(MODE);
        if (OF_DAEMON.contains(mode.text())) {
            report(mode, mode.dotted() + " must be none or a network of this profile");
        }
        for (BodyValue endpoint : body.at(ENDPOINTS).members()) {
            if (OF_DAEMON.contains(String.valueOf(endpoint.name()))) {
                report(endpoint, endpoint.dotted() + " is a network of the daemon");
            }
            connected(endpoint);
        }
        BodyValue servers = body.at("HostConfig.Dns");
        if (!servers.strings().isEmpty()) {
            report(servers, servers.dotted() + " must be empty");
        }
        body.at("HostConfig.ExtraHosts").strings().stream()
                .filter(NetworkChecks::isGateway)
                .forEach(host -> report(host, host.dotted() + " uses host-gateway"));
        body.at("HostConfig.Sysctls").members().stream()
                .filter(sysctl -> String.valueOf(sysctl.name()).startsWith("net"))
                .forEach(sysctl -> report(sysctl, sysctl.dotted() + " changes the network"));
        Stream.of(body.at(shape.path(Part.CAP_ADD)))
                .flatMap(added -> added.strings().stream())
                .filter(added -> CAPABILITIES.contains(capability(added.text())))
                .forEach(added -> report(added, added.dotted() + " reaches the host by raw sockets"));
        BodyValue privileged = body.at(shape.path(Part.PRIVILEGED));
        if (privileged.isTrue()) {
            report(privileged, privileged.dotted() + " must be false");
        }
    }

    private static void connected(BodyValue endpoint) {
        BodyValue id = endpoint.member("NetworkID");
        if (!id.isZero() && OF_DAEMON.contains(id.text())) {
            report(id, id.dotted() + " is a network of the daemon");
        }
        BodyValue options = endpoint.member("DriverOpts");
        if (!options.members().isEmpty()) {
            report(options, options.dotted() + " must be empty");
        }
    }

    /** Returns true if the network in a path is not one of the daemon. */
    static boolean isOther(String network) {
        return !OF_DAEMON.contains(network);
    }

    private static void report(BodyValue value, String sentence) {
        value.report(Violation.Kind.REQUIRED, sentence + ", because CREATE_REQUIRE has isolated");
    }
}
