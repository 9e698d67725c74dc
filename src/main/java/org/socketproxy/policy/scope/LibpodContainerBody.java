package org.socketproxy.policy.scope;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.scope.ScopedBody.NameResolver;

/**
 * Resolves the objects that a body of ContainerCreateLibpod or PodCreateLibpod names. The latter describes the infra container.
 *
 * <p>Security: Podman keeps the name of each network of the container, and finds it by its id when it creates the container. The
 * network is removed by its name, because Podman refuses only then to remove one that a container has.
 */
final class LibpodContainerBody {
    private static final List<String> NAMESPACES = List.of("pidns", "ipcns", "utsns", "cgroupns", "netns", "userns");
    private static final List<String> IMAGES = List.of("image", "raw_image_name", "infra_image");
    private static final List<String> CONTAINERS = List.of("dependencyContainers[]", "devices_from[]");
    private static final String IMAGE_VOLUMES = "image_volumes";
    private static final String VOLUMES = "volumes";
    private static final String NEEDS_NAME =
            "which needs a name with its registry that an element images:reference: of TARGETS selects: Podman looks for the"
                    + " name again";

    private static final String SOURCE = "Source";
    /** Podman reads this name as that of its default network, also if another network has it. */
    private static final String DEFAULT_NETWORK = "default";

    private final NameResolver names;

    LibpodContainerBody(NameResolver names) {
        this.names = names;
    }

    /** Returns the body with ids in place of the names of containers, pods, networks and secrets. */
    JsonObject edit(JsonObject body) {
        JsonEdit edit = new JsonEdit(body);
        IMAGES.forEach(member -> resolve(edit, member, Subject.IMAGE));
        NAMESPACES.forEach(member -> edit.object(member, this::namespace));
        CONTAINERS.forEach(member -> resolve(edit, member, Subject.CONTAINER));
        edit.text("volumes_from[]", this::volumesFrom);
        resolve(edit, "pod", Subject.POD);
        edit.object("Networks", this::networks).text("networkOrder[]", this::network);
        resolve(edit, VOLUMES + "[].Name", Subject.VOLUME);
        resolve(edit, IMAGE_VOLUMES + "[]." + SOURCE, Subject.IMAGE);
        resolve(edit, "secrets[]." + SOURCE, Subject.SECRET);
        return edit.result();
    }

    private void resolve(JsonEdit edit, String path, Subject subject) {
        edit.text(path, name -> names.resolve(subject, name));
    }

    private JsonObject namespace(JsonObject namespace) {
        return namespace.text("nsmode").equals("container")
                ? new JsonEdit(namespace)
                        .text("value", name -> names.resolve(Subject.CONTAINER, name))
                        .result()
                : namespace;
    }

    /** {@code container} or {@code container:ro}. */
    private String volumesFrom(String text) {
        int colon = text.indexOf(':');
        String container = colon < 0 ? text : text.substring(0, colon);
        return names.resolve(Subject.CONTAINER, container) + text.substring(container.length());
    }

    private JsonObject networks(JsonObject networks) {
        Map<String, JsonValue> edited = new LinkedHashMap<>();
        networks.members().forEach((name, options) -> edited.put(network(name), options));
        return new JsonObject(edited);
    }

    private String network(String name) {
        return isNetwork(name) ? names.resolve(Subject.NETWORK, name) : name;
    }

    static boolean isNetwork(String name) {
        return !name.equals(DEFAULT_NETWORK);
    }

    /** Returns true if the body mounts a volume by its name. */
    static boolean hasNamedVolume(JsonObject body) {
        return body.elements(VOLUMES).stream()
                .anyMatch(volume -> !volume.text("Name").isEmpty());
    }

    /** Returns why the client may not create this, or null: Podman looks for these names again later. */
    static @Nullable String fault(Scope scope, JsonObject body) {
        JsonValue environment = body.members().get("secret_env");
        if (environment != null && !environment.isZero()) {
            return "has a secret in its environment: Podman looks for the name again at each start";
        }
        if (body.members().get("removeImage") == JsonLiteral.TRUE && !isAlwaysSelected(scope, body.text("image"))) {
            return "removes its image, " + NEEDS_NAME + " when it removes the container";
        }
        if (hasNamelessSecret(body)) {
            return "has a secret without a name: Podman takes the only one that exists";
        }
        boolean isEachImageSelected = body.elements(IMAGE_VOLUMES).stream()
                .map(volume -> volume.text(SOURCE))
                .allMatch(image -> image.isEmpty() || isAlwaysSelected(scope, image));
        return isEachImageSelected ? null : "mounts an image, " + NEEDS_NAME + " at each start";
    }

    /** {@code null} in the array is such a secret too. */
    private static boolean hasNamelessSecret(JsonObject body) {
        return body.members().get("secrets") instanceof JsonArray secrets
                && secrets.elements().stream()
                        .anyMatch(secret -> !(secret instanceof JsonObject object)
                                || object.text(SOURCE).isEmpty());
    }

    private static boolean isAlwaysSelected(Scope scope, String image) {
        return ImageMatch.isFull(image) && ImageMatch.isOwnByName(scope, image);
    }
}
