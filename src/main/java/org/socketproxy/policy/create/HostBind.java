package org.socketproxy.policy.create;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * A path of the host that a container of the Docker API gets: an element of {@code Binds}, or of {@code Mounts} with the type
 * {@code bind}.
 *
 * @param element as the client has sent it
 * @param source as the client has written it
 * @param isReadOnly whether the container only reads it
 * @param isWriting whether the container writes it, or the daemon changes its label for SELinux
 * @param obstacle why no volume can replace it, as the end of a sentence; empty if one can
 */
record HostBind(
        JsonValue element, String source, String target, boolean isReadOnly, boolean isWriting, String obstacle) {
    static final Set<String> PROPAGATION = Set.of("shared", "rshared", "slave", "rslave");

    /** Change the SELinux label of the files of the host. */
    static final Set<String> RELABEL = Set.of("z", "Z");

    private static final int MOST_PARTS = 3;
    /** Members of a mount that a volume keeps, or that mean the same with it. */
    private static final Set<String> KEPT =
            Set.of("Type", "Source", "Target", "ReadOnly", "Consistency", "BindOptions");

    private static final Set<String> KEPT_OPTIONS = Set.of("Propagation", "CreateMountpoint");

    /** Returns the bind in an element of {@code Binds} or {@code Mounts}; empty for another element. */
    static Optional<HostBind> of(JsonValue element) {
        return element instanceof JsonString text ? ofText(text) : ofMount(element);
    }

    /** Returns the bind that {@link #written} describes. */
    static Optional<HostBind> read(String written) {
        try {
            return of(StrictJson.read(written));
        } catch (InvalidJsonException unreadable) {
            return Optional.empty();
        }
    }

    /** Returns the element as JSON. */
    String written() {
        return StandardCharsets.UTF_8.decode(JsonText.write(element)).toString();
    }

    private static Optional<HostBind> ofText(JsonString text) {
        String[] parts = text.text().split(":", -1);
        if (parts.length < 2 || parts.length > MOST_PARTS || !parts[0].startsWith("/")) {
            return Optional.empty();
        }
        List<String> modes = modes(parts);
        boolean isReadOnly = modes.contains("ro");
        String propagation =
                modes.stream().filter(PROPAGATION::contains).findFirst().orElse("");
        return Optional.of(new HostBind(
                text,
                parts[0],
                parts[1],
                isReadOnly,
                !isReadOnly || modes.stream().anyMatch(RELABEL::contains),
                obstacle(propagation)));
    }

    /** Returns the modes of an element of {@code Binds}, from its parts. */
    static List<String> modes(String... parts) {
        return parts.length < MOST_PARTS || parts[2].isEmpty() ? List.of() : List.of(parts[2].split(",", -1));
    }

    private static String obstacle(String propagation) {
        return PROPAGATION.contains(propagation) ? "with the propagation " + propagation : "";
    }

    private static Optional<HostBind> ofMount(JsonValue element) {
        if (!(element instanceof JsonObject mount) || !mount.text("Type").equals("bind")) {
            return Optional.empty();
        }
        JsonObject options = mount.object("BindOptions");
        String obstacle = obstacle(options.text("Propagation"));
        boolean isReadOnly = mount.get("ReadOnly") == JsonLiteral.TRUE;
        return Optional.of(new HostBind(
                mount,
                mount.text("Source"),
                mount.text("Target"),
                isReadOnly,
                !isReadOnly,
                !obstacle.isEmpty() ? obstacle : other(mount, KEPT, other(options, KEPT_OPTIONS, ""))));
    }

    private static String other(JsonObject object, Set<String> kept, String before) {
        return object.members().entrySet().stream()
                .filter(member ->
                        !kept.contains(member.getKey()) && !member.getValue().isZero())
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst()
                .map(name -> "with " + name)
                .orElse(before);
    }
}
