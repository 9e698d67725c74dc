package org.socketproxy.policy.scope;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Finds the networks on which a body gives a container an alias or a host name. The resolver of a network answers these names,
 * and containers of other profiles can have the same names.
 */
final class NetworkNames {
    private final JsonObject body;
    /** Name of the new container, which the daemon gives to one container only; empty if it is not known. */
    private final String own;

    NetworkNames(JsonObject body, @Nullable String own) {
        this.body = body;
        this.own = own == null ? "" : own;
    }

    /** Returns the networks of a body of ContainerCreate. */
    Set<String> ofContainer() {
        Set<String> named = named(body.object("NetworkingConfig").object("EndpointsConfig"), "Hostname", "Aliases");
        if (isOther(body.members().get("Hostname"))) {
            named.add(body.object("HostConfig").text("NetworkMode"));
        }
        return named;
    }

    /** Returns the networks of a body of ContainerCreateLibpod or PodCreateLibpod. */
    Set<String> ofLibpod() {
        return named(body.object("Networks"), "hostname", "aliases");
    }

    private Set<String> named(JsonObject endpoints, String hostName, String aliases) {
        boolean isAll = isOther(body.members().get(hostName));
        Set<String> named = new LinkedHashSet<>();
        endpoints.members().forEach((network, endpoint) -> {
            if (isAll || endpoint instanceof JsonObject object && hasOther(object, aliases)) {
                named.add(network);
            }
        });
        return named;
    }

    /** Returns the networks of a service. */
    Set<String> ofService() {
        JsonObject task = body.object("TaskTemplate");
        boolean isAll = isOther(task.object("ContainerSpec").members().get("Hostname"));
        Set<String> named = new LinkedHashSet<>();
        Stream.of(body, task)
                .flatMap(each -> each.elements("Networks").stream())
                .filter(attachment -> isAll || hasOther(attachment, "Aliases"))
                .forEach(attachment -> named.add(attachment.text("Target")));
        return named;
    }

    /** Returns true if a body of NetworkConnect or NetworkConnectLibpod has an alias. */
    boolean isOfConnection() {
        return hasOther(body.object("EndpointConfig"), "Aliases") || hasOther(body, "aliases");
    }

    private boolean hasOther(JsonObject endpoint, String member) {
        JsonValue value = endpoint.members().get(member);
        List<JsonValue> names = value instanceof JsonArray array ? array.elements() : List.of();
        return names.stream().anyMatch(this::isOther);
    }

    private boolean isOther(@Nullable JsonValue name) {
        return name instanceof JsonString text
                && !text.text().isEmpty()
                && !text.text().equals(own);
    }
}
