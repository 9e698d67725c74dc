package org.socketproxy.policy.scope;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.scope.ScopedBody.NameResolver;

/**
 * Resolves the objects that a body of ContainerCreate, ServiceCreate or ServiceUpdate names.
 *
 * <p>Security: each network has the {@code NetworkID} of the judged one, because the daemon looks for a name again when the
 * container starts.
 */
final class ContainerBody {
    private static final Set<String> BUILT_IN = Set.of("default", "bridge", "none");
    private static final List<String> NAMESPACES =
            List.of("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode", "Cgroup");

    private static final String CONTAINER = "container:";
    private static final String NETWORK_ID = "NetworkID";
    private static final String VOLUME_OPTIONS = "VolumeOptions";
    private static final String LABELS = "Labels";
    private static final String SOURCE = "Source";
    private static final String TASK = "TaskTemplate";
    private static final String SPEC = "ContainerSpec";

    private final NameResolver names;
    private final ForcedLabels volumeLabels;

    ContainerBody(Scope scope, NameResolver names) {
        this.names = names;
        this.volumeLabels = new ForcedLabels(scope, ObjectKind.VOLUME);
    }

    /** Returns the body of ContainerCreate with ids in place of the names of containers and networks. */
    JsonObject edit(JsonObject body) {
        JsonEdit edit = new JsonEdit(body).text("Image", image -> names.resolve(Subject.IMAGE, image));
        for (String namespace : NAMESPACES) {
            edit.text("HostConfig." + namespace, this::namespace);
        }
        edit.text("HostConfig.NetworkMode", mode -> isNetwork(mode) ? network(mode) : mode)
                .text("HostConfig.VolumesFrom[]", text -> firstPart(Subject.CONTAINER, text))
                .text("HostConfig.Links[]", this::link)
                .text("HostConfig.Binds[]", this::bind)
                .object("HostConfig.Mounts[]", this::mount);
        String mode = body.object("HostConfig").text("NetworkMode");
        JsonObject endpoints = body.object("NetworkingConfig").object("EndpointsConfig");
        if (isNetwork(mode) || !endpoints.members().isEmpty()) {
            edit.put("NetworkingConfig.EndpointsConfig", endpoints(endpoints, mode));
        }
        return edit.result();
    }

    /** Returns the body of a service with the ids of secrets and configs, and with labels of the containers of its tasks. */
    JsonObject editService(JsonObject body, ForcedLabels containerLabels) {
        String spec = TASK + "." + SPEC + ".";
        return new JsonEdit(body)
                .text("Networks[].Target", this::network)
                .text(TASK + ".Networks[].Target", this::network)
                .text(spec + "Image", image -> names.resolve(Subject.IMAGE, image))
                .object(spec + "Mounts[]", this::mount)
                .text(spec + "Secrets[].SecretID", id -> names.resolve(Subject.SECRET, id))
                .text(spec + "Configs[].ConfigID", id -> names.resolve(Subject.CONFIG, id))
                .put(spec + LABELS, containerLabels.of(containerLabels(body)))
                .result();
    }

    private String namespace(String mode) {
        return mode.startsWith(CONTAINER)
                ? CONTAINER + names.resolve(Subject.CONTAINER, mode.substring(CONTAINER.length()))
                : mode;
    }

    static boolean isNetwork(String mode) {
        return !mode.isEmpty() && !BUILT_IN.contains(mode) && !mode.startsWith(CONTAINER);
    }

    /** Clients look for the name of a network in the container, so that only an id is replaced. */
    private String network(String name) {
        String id = names.resolve(Subject.NETWORK, name);
        return id.startsWith(name) ? id : name;
    }

    private JsonObject endpoints(JsonObject endpoints, String mode) {
        Map<String, JsonValue> edited = new LinkedHashMap<>();
        endpoints.members().forEach((name, value) -> {
            JsonObject endpoint = value instanceof JsonObject object ? object : JsonObject.EMPTY;
            if (isNetwork(name)) {
                edited.put(network(name), endpoint(name, endpoint));
            } else {
                edited.put(name, withId(endpoint, ""));
            }
        });
        if (isNetwork(mode)) {
            edited.computeIfAbsent(network(mode), any -> endpoint(mode, JsonObject.EMPTY));
        }
        return new JsonObject(edited);
    }

    private JsonObject endpoint(String name, JsonObject endpoint) {
        return withId(endpoint, names.resolve(Subject.NETWORK, name));
    }

    private static JsonObject withId(JsonObject endpoint, String id) {
        return new JsonEdit(endpoint).put(NETWORK_ID, new JsonString(id)).result();
    }

    /** Resolves the name before the first colon, such as {@code container:ro}. */
    private String firstPart(Subject subject, String text) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        return names.resolve(subject, name) + text.substring(name.length());
    }

    /** {@code container} or {@code container:alias}; the default alias is the name. */
    private String link(String text) {
        int colon = text.indexOf(':');
        String container = colon < 0 ? text : text.substring(0, colon);
        String plain = container.startsWith("/") ? container.substring(1) : container;
        return names.resolve(Subject.CONTAINER, plain) + (colon < 0 ? ":" + plain : text.substring(colon));
    }

    /** {@code volume:/path} or {@code /path:/path}. */
    private String bind(String text) {
        return text.indexOf(':') <= 0 || text.startsWith("/") ? text : firstPart(Subject.VOLUME, text);
    }

    /** Returns a mount with the labels of the profile for a new volume. */
    private JsonObject mount(JsonObject mount) {
        JsonEdit edit = new JsonEdit(mount);
        switch (mount.text("Type")) {
            case "volume" ->
                edit.text(SOURCE, volume -> names.resolve(Subject.VOLUME, volume))
                        .put(
                                VOLUME_OPTIONS + "." + LABELS,
                                volumeLabels.of(mount.object(VOLUME_OPTIONS).object(LABELS)));
            case "image" -> edit.text(SOURCE, image -> names.resolve(Subject.IMAGE, image));
            default -> {}
        }
        return edit.result();
    }

    /** Returns the labels that the client gives to volumes of a container. */
    static List<JsonObject> volumeLabels(JsonObject body) {
        return labelsOfMounts(body.object("HostConfig"));
    }

    /** Returns the labels that the client gives to volumes of a service. */
    static List<JsonObject> volumeLabelsOfService(JsonObject body) {
        return labelsOfMounts(spec(body));
    }

    private static List<JsonObject> labelsOfMounts(JsonObject mounting) {
        return mounting.elements("Mounts").stream()
                .map(mount -> mount.object(VOLUME_OPTIONS).object(LABELS))
                .toList();
    }

    /** Returns the labels that the client gives to the containers of the tasks of a service. */
    static JsonObject containerLabels(JsonObject body) {
        return spec(body).object(LABELS);
    }

    /** Returns true if a task of a service can use an existing volume of its node. */
    static boolean hasNamedVolume(JsonObject body) {
        return spec(body).elements("Mounts").stream()
                .anyMatch(mount -> mount.text("Type").equals("volume")
                        && !mount.text(SOURCE).isEmpty());
    }

    private static JsonObject spec(JsonObject body) {
        return body.object(TASK).object(SPEC);
    }
}
