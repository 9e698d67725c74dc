package org.socketproxy.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDaemon;

/**
 * The requests with which Watchtower 1.7 replaces a container, in their order and with their bodies. Source:
 * {@code pkg/container/client.go} and {@code container.go} of containrrr/watchtower. The pull of the image is left out.
 */
final class WatchtowerCalls {
    /** Watchtower does not negotiate the version: {@code DOCKER_API_VERSION} sets it. */
    private static final String WATCHTOWER_API = "1.25";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String version;
    private final ProxyUnderTest proxy;
    /** The requests that were not answered with 2xx, except the 404 after the removal. */
    private final List<String> refused = new ArrayList<>();

    WatchtowerCalls(RealDaemon daemon, ProxyUnderTest proxy) {
        this.version = "/v" + daemon.api().atLeast(WATCHTOWER_API);
        this.proxy = proxy;
    }

    /** Replaces a container, and returns the refused requests with their answers. */
    List<String> replace(String name) throws IOException {
        ObjectNode container = (ObjectNode) ask("GET", "/containers/" + name + "/json", null);
        JsonNode image = ask("GET", "/images/" + container.get("Image").asText() + "/json", null);
        String id = container.get("Id").asText();
        ask("POST", "/containers/" + id + "/kill?signal=SIGKILL", null);
        ask("GET", "/containers/" + id + "/json", null);
        ask("DELETE", "/containers/" + id + "?force=1", null);

        ObjectNode networks = (ObjectNode) container.at("/NetworkSettings/Networks");
        networks.forEach(endpoint -> removeAlias((ObjectNode) endpoint, id.substring(0, 12)));
        ObjectNode body = createConfig(container, image.get("Config"));
        body.set("HostConfig", container.get("HostConfig"));
        String first = networks.fieldNames().next();
        body.putObject("NetworkingConfig").putObject("EndpointsConfig").set(first, networks.get(first));
        JsonNode created = ask("POST", "/containers/create?name=" + name, body);
        if (!created.has("Id")) {
            return refused;
        }
        String newId = created.get("Id").asText();
        if (!container.at("/HostConfig/NetworkMode").asText().equals("host")) {
            ObjectNode disconnect =
                    JSON.createObjectNode().put("Container", newId).put("Force", true);
            ask("POST", "/networks/" + first + "/disconnect", disconnect);
            for (Iterator<String> names = networks.fieldNames(); names.hasNext(); ) {
                String network = names.next();
                ObjectNode connect = JSON.createObjectNode().put("Container", newId);
                connect.set("EndpointConfig", networks.get(network));
                ask("POST", "/networks/" + network + "/connect", connect);
            }
        }
        ask("POST", "/containers/" + newId + "/start", null);
        return refused;
    }

    private static void removeAlias(ObjectNode endpoint, String alias) {
        ArrayNode kept = JSON.createArrayNode();
        endpoint.path("Aliases").forEach(element -> {
            if (!element.asText().equals(alias)) {
                kept.add(element);
            }
        });
        endpoint.set("Aliases", kept);
    }

    /** The configuration of the container without that of its image. */
    private static ObjectNode createConfig(JsonNode container, JsonNode image) {
        ObjectNode config = container.get("Config").deepCopy();
        for (String field : List.of("WorkingDir", "User")) {
            if (config.get(field).equals(image.path(field))) {
                config.put(field, "");
            }
        }
        if (config.path("Entrypoint").equals(image.path("Entrypoint"))) {
            config.putNull("Entrypoint");
            if (config.path("Cmd").equals(image.path("Cmd"))) {
                config.putNull("Cmd");
            }
        }
        if (config.hasNonNull("Healthcheck") && image.hasNonNull("Healthcheck")) {
            ObjectNode check = (ObjectNode) config.get("Healthcheck");
            image.get("Healthcheck").properties().forEach(member -> {
                if (member.getValue().equals(check.get(member.getKey()))) {
                    check.remove(member.getKey());
                }
            });
        }
        Set<JsonNode> inherited = new HashSet<>();
        image.path("Env").forEach(inherited::add);
        ArrayNode environment = JSON.createArrayNode();
        config.path("Env").forEach(variable -> {
            if (!inherited.contains(variable)) {
                environment.add(variable);
            }
        });
        config.set("Env", environment);
        config.set("Labels", without(config.path("Labels"), image.path("Labels")));
        config.set("Volumes", without(config.path("Volumes"), image.path("Volumes")));
        ObjectNode ports = without(config.path("ExposedPorts"), image.path("ExposedPorts"));
        container.at("/HostConfig/PortBindings").fieldNames().forEachRemaining(ports::putObject);
        config.set("ExposedPorts", ports);
        return config;
    }

    /** Returns a JSON object without a member. */
    static String without(String json, String member) throws IOException {
        ObjectNode object = (ObjectNode) JSON.readTree(json);
        object.remove(member);
        return object.toString();
    }

    /** Returns the members that the image does not have with the same value. */
    private static ObjectNode without(JsonNode members, JsonNode image) {
        ObjectNode kept = JSON.createObjectNode();
        members.properties().forEach(member -> {
            if (!member.getValue().equals(image.get(member.getKey()))) {
                kept.set(member.getKey(), member.getValue());
            }
        });
        return kept;
    }

    private JsonNode ask(String method, String target, ObjectNode body) throws IOException {
        String bytes = body == null
                ? ""
                : new String(body.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        try (RawClient client = proxy.connect()) {
            client.send(method + " " + version + target + " HTTP/1.1\r\nHost: d\r\n"
                    + (body == null ? "" : "Content-Type: application/json\r\n") + "Content-Length: "
                    + bytes.length() + "\r\n\r\n" + bytes);
            RawResponse response = client.readAnswer(method);
            if (response.status() >= 300) {
                refused.add(method + " " + target + ": " + response);
            }
            return response.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(response.body());
        }
    }

    /** Returns what must be the same before and after: the configurations, the networks, and that it runs. */
    static Map<String, Object> rights(String inspect) throws IOException {
        JsonNode container = JSON.readTree(inspect);
        JsonNode described = container.isArray() ? container.get(0) : container;
        // The variables of the image are last, or those that the proxy has filled.
        ObjectNode config = described.get("Config").deepCopy();
        Set<String> environment = new TreeSet<>();
        config.remove("MacAddress"); // the one of an endpoint, which dockerd 29 shows here until it is connected again
        config.remove("Env").forEach(variable -> environment.add(variable.asText()));
        Set<String> networks = new TreeSet<>();
        described.at("/NetworkSettings/Networks").fieldNames().forEachRemaining(networks::add);
        return Map.of(
                "config", config,
                "environment", environment,
                "host", described.get("HostConfig"),
                "networks", networks,
                "running", described.at("/State/Running").asBoolean());
    }
}
