package org.socketproxy.policy.scope;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.scope.Confinement.Subject;

/**
 * The body of ContainerCreate: resolves the objects that it names.
 *
 * <p>Security: each network has the {@code NetworkID} of the judged one, because the daemon looks for a name again when the
 * container starts.
 */
final class ContainerBody {
    private static final Set<String> BUILT_IN = Set.of("default", "bridge", "none");
    private static final List<String> NAMESPACES =
            List.of("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode", "Cgroup");
    private static final String CONTAINER = "container:";
    private static final String NETWORK_MODE = "NetworkMode";
    private static final String NETWORK_ID = "NetworkID";
    private static final String VOLUME_OPTIONS = "VolumeOptions";
    private static final String LABELS = "Labels";
    private static final String SOURCE = "Source";

    private final ObjectNames names;
    private final ForcedLabels volumeLabels;

    ContainerBody(ObjectNames names, ForcedLabels volumeLabels) {
        this.names = names;
        this.volumeLabels = volumeLabels;
    }

    /** Returns the body with ids in place of the names of containers and networks. */
    JsonObject edit(JsonObject body) {
        JsonEdit edit = new JsonEdit(body)
                .text("Image", image -> names.resolve(Subject.IMAGE, image))
                .object("HostConfig", this::hostConfig);
        String mode = body.object("HostConfig").text(NETWORK_MODE);
        JsonObject endpoints = body.object("NetworkingConfig").object("EndpointsConfig");
        if (isNetwork(mode) || !endpoints.members().isEmpty()) {
            edit.required(
                    "NetworkingConfig",
                    networking -> new JsonEdit(networking)
                            .put("EndpointsConfig", endpoints(endpoints, mode))
                            .result());
        }
        return edit.result();
    }

    private JsonObject hostConfig(JsonObject host) {
        JsonEdit edit = new JsonEdit(host);
        for (String namespace : NAMESPACES) {
            edit.text(namespace, this::namespace);
        }
        return edit.text(NETWORK_MODE, mode -> isNetwork(mode) ? network(mode) : mode)
                .texts("VolumesFrom", this::volumesFrom)
                .texts("Links", this::link)
                .texts("Binds", this::bind)
                .objects("Mounts", this::mount)
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
    String network(String name) {
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
                edited.put(
                        name,
                        new JsonEdit(endpoint)
                                .put(NETWORK_ID, new JsonString(""))
                                .result());
            }
        });
        if (isNetwork(mode)) {
            edited.computeIfAbsent(network(mode), any -> endpoint(mode, JsonObject.EMPTY));
        }
        return new JsonObject(edited);
    }

    private JsonObject endpoint(String name, JsonObject endpoint) {
        String id = names.resolve(Subject.NETWORK, name);
        return new JsonEdit(endpoint).put(NETWORK_ID, new JsonString(id)).result();
    }

    /** {@code container} or {@code container:ro}. */
    private String volumesFrom(String text) {
        int colon = text.indexOf(':');
        String container = colon < 0 ? text : text.substring(0, colon);
        return names.resolve(Subject.CONTAINER, container) + text.substring(container.length());
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
        int colon = text.indexOf(':');
        return colon <= 0 || text.startsWith("/")
                ? text
                : names.resolve(Subject.VOLUME, text.substring(0, colon)) + text.substring(colon);
    }

    /** Returns a mount with the labels of the profile for a new volume. */
    JsonObject mount(JsonObject mount) {
        JsonEdit edit = new JsonEdit(mount);
        switch (mount.text("Type")) {
            case "volume" ->
                edit.text(SOURCE, volume -> names.resolve(Subject.VOLUME, volume))
                        .required(
                                VOLUME_OPTIONS,
                                options -> new JsonEdit(options)
                                        .put(LABELS, volumeLabels.of(options.object(LABELS)))
                                        .result());
            case "image" -> edit.text(SOURCE, image -> names.resolve(Subject.IMAGE, image));
            default -> {}
        }
        return edit.result();
    }

    /**
     * Returns the labels that the client gives to volumes.
     *
     * @param mounting the object with the mounts
     */
    static List<JsonObject> volumeLabels(JsonObject mounting) {
        return mounting.elements("Mounts").stream()
                .map(mount -> mount.object(VOLUME_OPTIONS).object(LABELS))
                .toList();
    }
}
