package org.socketproxy.policy.create;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.BodyShape.Kind;

/**
 * The requirement {@code loopback}: published ports are open only on the host itself. Writes the address into bodies of Docker's API, and
 * judges them.
 */
final class LoopbackPorts {
    private static final String PORTS = "HostConfig.PortBindings";
    private static final String ADDRESS = "HostIp";
    private static final String LOOPBACK = "127.0.0.1";
    private static final Set<String> ALLOWED = Set.of(LOOPBACK, "::1");
    /** Every address of the host. */
    private static final Set<String> ANY = Set.of("", "0.0.0.0", "::");

    private LoopbackPorts() {}

    static boolean concerns(@Nullable BodyShape shape) {
        return shape != null && shape.kind() == Kind.CONTAINER;
    }

    /** Writes the address where the client means every address. dockerd opens a port for an empty array, too. */
    static void write(JsonEdit body) {
        body.object(PORTS, ports -> {
            Map<String, JsonValue> written = new LinkedHashMap<>();
            ports.members().forEach((port, bindings) -> written.put(port, bindings(bindings)));
            return new JsonObject(written);
        });
    }

    private static JsonValue bindings(JsonValue bindings) {
        List<JsonValue> all = bindings instanceof JsonArray array ? array.elements() : List.of();
        return all.isEmpty()
                ? new JsonArray(List.of(new JsonObject(Map.of(ADDRESS, new JsonString(LOOPBACK)))))
                : new JsonArray(all.stream().map(LoopbackPorts::binding).toList());
    }

    private static JsonValue binding(JsonValue binding) {
        if (!(binding instanceof JsonObject object) || !ANY.contains(object.text(ADDRESS))) {
            return binding;
        }
        Map<String, JsonValue> written = new LinkedHashMap<>(object.members());
        written.put(ADDRESS, new JsonString(LOOPBACK));
        return new JsonObject(written);
    }

    /** Judges a body that {@link #write} has written, and those of other operations. */
    static void check(BodyValue body, BodyShape shape) {
        switch (shape.kind()) {
            case CONTAINER -> {
                off(body.at("HostConfig.PublishAllPorts"));
                for (BodyValue bindings : body.at(PORTS).members()) {
                    List<BodyValue> all = bindings.elements();
                    all.forEach(binding -> address(binding.member(ADDRESS)));
                    if (all.isEmpty()) {
                        report(bindings, "has no address");
                    }
                }
            }
            case LIBPOD_CONTAINER, POD -> {
                off(body.member("publish_image_ports"));
                body.member("portmappings").elements().forEach(mapping -> address(mapping.member("host_ip")));
            }
            case SERVICE ->
                body.at("EndpointSpec.Ports")
                        .elements()
                        .forEach(port -> report(port, "is open at every address of a node"));
            default -> {
                // Opens no ports.
            }
        }
    }

    private static void off(BodyValue all) {
        if (!all.isZero()) {
            report(all, "must be false: name each port");
        }
    }

    private static void address(BodyValue address) {
        if (!ALLOWED.contains(address.text())) {
            report(address, "must be " + LOOPBACK + " or ::1");
        }
    }

    private static void report(BodyValue value, String problem) {
        value.report(Violation.Kind.REQUIRED, value.dotted() + " " + problem + ", because CREATE_REQUIRE has loopback");
    }
}
