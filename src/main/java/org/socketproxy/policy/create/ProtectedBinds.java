package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Puts volumes in place of binds below {@code /**} in the body of a new container, and binds in place of the volumes in descriptions of
 * containers.
 *
 * <p>Security: the binds that a rewritten body shows are those of the judged body, and all else is the same; otherwise the rewrite fails.
 *
 * @param body the rewritten body
 * @param volumes the volumes that it names
 */
public record ProtectedBinds(ByteBuffer body, List<BindVolume> volumes) {
    /** The proxy asks the daemon about each volume. */
    public static final int MOST = BodyShape.MOST_VOLUMES;

    private static final String HOST_CONFIG = "HostConfig";
    private static final String BINDS = "Binds";
    private static final String MOUNTS = "Mounts";
    private static final String VOLUME = "volume";

    public ProtectedBinds {
        volumes = List.copyOf(volumes);
    }

    /** Returns an allowed body with volumes in place of binds, or null if it has no bind that a volume replaces. */
    public static @Nullable ProtectedBinds of(CreateRules rules, JsonBody body) {
        JsonObject named = body.object();
        JsonObject mapped = mapped(rules.binds().own(), named);
        ProtectedBinds replaced = of(rules.binds(), mapped);
        return replaced != null || mapped.equals(named)
                ? replaced
                : new ProtectedBinds(JsonText.write(mapped), List.of());
    }

    /** Puts the mounts of the client's container in place of its binds. */
    private static JsonObject mapped(@Nullable OwnMounts own, JsonObject body) {
        JsonObject hostConfig = body.object(HOST_CONFIG);
        List<JsonValue> binds = new ArrayList<>();
        List<JsonValue> mounts = new ArrayList<>();
        boolean isMapped = false;
        for (String list : List.of(MOUNTS, BINDS)) {
            for (JsonValue element : elements(hostConfig.get(list))) {
                HostBind bind = own == null ? null : ownBind(own, element);
                if (own == null || bind == null) {
                    (list.equals(BINDS) ? binds : mounts).add(element);
                } else {
                    mounts.addAll(own.mounts(bind));
                    isMapped = true;
                }
            }
        }
        return isMapped ? with(body, HOST_CONFIG, with(with(hostConfig, BINDS, binds), MOUNTS, mounts)) : body;
    }

    private static @Nullable HostBind ownBind(OwnMounts own, JsonValue element) {
        return HostBind.of(element)
                .filter(bind -> own.has(HostPaths.withoutSlashAtEnd(bind.source())))
                .orElse(null);
    }

    /** Returns the volumes of the client's container that a body gets by its binds. */
    public static List<String> ownVolumes(CreateRules rules, JsonBody body) {
        OwnMounts own = rules.binds().own();
        return own == null
                ? List.of()
                : ownBinds(own, body)
                        .flatMap(bind -> own.volumes(HostPaths.withoutSlashAtEnd(bind.source())).stream())
                        .distinct()
                        .toList();
    }

    private static Stream<HostBind> ownBinds(OwnMounts own, JsonBody body) {
        JsonObject hostConfig = body.object().object(HOST_CONFIG);
        return Stream.of(MOUNTS, BINDS)
                .flatMap(list -> elements(hostConfig.get(list)).stream())
                .flatMap(element -> Stream.ofNullable(ownBind(own, element)));
    }

    /** Returns the denial of a bind of the client's own paths by a daemon that has no paths inside of volumes; or an empty list. */
    public static List<Violation> ofOldDaemon(CreateRules rules, JsonBody body) {
        OwnMounts own = rules.binds().own();
        return own == null
                ? List.of()
                : ownBinds(own, body)
                        .filter(bind -> bind.isWriting() || !own.isExact(HostPaths.withoutSlashAtEnd(bind.source())))
                        .map(bind -> new Violation(
                                Violation.Kind.FIELD,
                                "",
                                "the bind of " + JsonPointers.printable(bind.source())
                                        + " needs paths inside of volumes, which Podman and dockerd with an API version below"
                                        + " 1.45 do not have: there BINDS=own allows only binds for reading, of exactly the paths"
                                        + " that the client's container mounts",
                                null))
                        .limit(1)
                        .toList();
    }

    /** Returns true if the body names a path inside of a volume. */
    public boolean hasSubpath() {
        return JsonBody.of(body).object().object(HOST_CONFIG).elements(MOUNTS).stream()
                .anyMatch(mount -> !mount.object(BindVolume.OPTIONS)
                        .text(BindVolume.SUBPATH)
                        .isEmpty());
    }

    /** Returns the denial of this body, which needs paths inside of volumes. */
    public List<Violation> undoable(String problem) {
        return volumes.isEmpty()
                ? List.of(new Violation(
                        Violation.Kind.FIELD, "", "a mount needs a path inside of a volume, and " + problem, null))
                : undoable(volumes.get(0), problem);
    }

    /** Returns the denial of a body that needs volumes which the daemon does not have. */
    public static List<Violation> undoable(BindVolume volume, String problem) {
        String path = JsonPointers.printable(volume.source());
        return List.of(new Violation(
                Violation.Kind.FIELD,
                "",
                "the bind of " + path + " needs a volume of this proxy, and " + problem,
                Violation.Remedy.of(CreatePermission.BINDS_UNPROTECTED, null),
                path));
    }

    private static @Nullable ProtectedBinds of(BindRules rules, JsonObject body) {
        JsonObject hostConfig = body.object(HOST_CONFIG);
        List<BindVolume> volumes = new ArrayList<>();
        List<JsonValue> binds = new ArrayList<>();
        List<JsonValue> mounts = new ArrayList<>();
        for (String list : List.of(MOUNTS, BINDS)) {
            for (JsonValue element : elements(hostConfig.get(list))) {
                HostBind bind = HostBind.of(element).orElse(null);
                BindVolume volume = bind == null ? null : rules.volume(bind).orElse(null);
                if (bind == null || volume == null || !bind.obstacle().isEmpty()) {
                    (list.equals(BINDS) ? binds : mounts).add(element);
                } else {
                    mounts.add(volume.mount(bind));
                    volumes.add(volume);
                }
            }
        }
        if (volumes.isEmpty()) {
            return null;
        }
        JsonObject rewritten = with(body, HOST_CONFIG, with(with(hostConfig, BINDS, binds), MOUNTS, mounts));
        JsonObject before = with(body, HOST_CONFIG, ordered(hostConfig));
        JsonObject shown = shown(rewritten);
        if (!with(shown, HOST_CONFIG, ordered(shown.object(HOST_CONFIG))).equals(before)) {
            throw new IllegalStateException("The rewritten body shows other binds");
        }
        return new ProtectedBinds(
                JsonText.write(rewritten), volumes.stream().distinct().toList());
    }

    /** Both lists in one order, because a rewrite moves elements. */
    private static JsonObject ordered(JsonObject hostConfig) {
        JsonObject ordered = hostConfig;
        for (String list : List.of(BINDS, MOUNTS)) {
            List<JsonValue> sorted = new ArrayList<>(elements(hostConfig.get(list)));
            sorted.sort((one, other) -> JsonText.write(one).compareTo(JsonText.write(other)));
            ordered = with(ordered, list, sorted);
        }
        return ordered;
    }

    /** The daemon reads a string in place of a list as a list of this string. */
    private static List<JsonValue> elements(JsonValue list) {
        return list instanceof JsonArray array
                ? array.elements()
                : list instanceof JsonString ? List.of(list) : List.of();
    }

    private static JsonObject with(JsonObject object, String name, List<JsonValue> elements) {
        return with(object, name, new JsonArray(elements));
    }

    private static JsonObject with(JsonObject object, String name, JsonValue value) {
        Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
        members.put(name, value);
        return new JsonObject(members);
    }

    /** Returns the body or description of a container with the binds of the client in place of the volumes. */
    public static JsonObject shown(JsonObject container) {
        Map<String, BindVolume> volumes = volumes(container.object(HOST_CONFIG));
        JsonObject shown = volumes.isEmpty()
                ? container
                : with(container, HOST_CONFIG, shownConfig(container.object(HOST_CONFIG)));
        return container.get(MOUNTS) instanceof JsonArray points
                ? with(
                        shown,
                        MOUNTS,
                        points.elements().stream()
                                .map(point -> point(point, volumes))
                                .toList())
                : shown;
    }

    private static JsonObject shownConfig(JsonObject hostConfig) {
        List<JsonValue> binds = new ArrayList<>(elements(hostConfig.get(BINDS)));
        List<JsonValue> mounts = new ArrayList<>();
        for (JsonValue mount : elements(hostConfig.get(MOUNTS))) {
            JsonValue bind = bind(mount);
            (bind instanceof JsonString ? binds : mounts).add(bind == null ? mount : bind);
        }
        return with(with(hostConfig, BINDS, binds), MOUNTS, mounts);
    }

    /** Returns the bind of the client for an element of {@code HostConfig.Mounts}; null for a mount without a volume of the proxy. */
    static @Nullable JsonValue bind(JsonValue element) {
        if (!(element instanceof JsonObject mount)) {
            return null;
        }
        BindVolume volume = BindVolume.of(mount).orElse(null);
        if (volume == null) {
            return null;
        }
        return volume.asked(mount).map(HostBind::element).orElseGet(() -> {
            Map<String, JsonValue> bind = new LinkedHashMap<>();
            bind.put("Type", new JsonString("bind"));
            bind.put("Source", new JsonString(volume.source()));
            bind.put("Target", mount.get("Target"));
            if (mount.get("ReadOnly") == JsonLiteral.TRUE) {
                bind.put("ReadOnly", JsonLiteral.TRUE);
            }
            return new JsonObject(bind);
        });
    }

    /** Returns the volumes of the proxy in {@code HostConfig.Mounts}, by the path in the container. */
    static Map<String, BindVolume> volumes(JsonObject hostConfig) {
        Map<String, BindVolume> volumes = new HashMap<>();
        for (JsonObject mount : hostConfig.elements(MOUNTS)) {
            BindVolume.of(mount)
                    .ifPresent(volume -> volumes.put(HostPaths.withoutSlashAtEnd(mount.text("Target")), volume));
        }
        return volumes;
    }

    /**
     * Returns the volume of the proxy in an element of the list {@code Mounts} of a description; null for another mount.
     *
     * @param known from {@code HostConfig}; without it the path is in the name
     */
    static @Nullable BindVolume volume(JsonObject point, Map<String, BindVolume> known) {
        String name = point.text("Name");
        if (!point.text("Type").equals(VOLUME) || !BindVolume.isReserved(name)) {
            return null;
        }
        BindVolume volume = known.get(point.text("Destination"));
        return volume != null && volume.name().equals(name)
                ? volume
                : BindVolume.named(name).orElse(null);
    }

    /** Returns an element of the list {@code Mounts} of a description with the bind. */
    static JsonValue point(JsonValue element, Map<String, BindVolume> known) {
        BindVolume volume = element instanceof JsonObject point ? volume(point, known) : null;
        if (volume == null) {
            return element;
        }
        Map<String, JsonValue> bind = new LinkedHashMap<>(((JsonObject) element).members());
        bind.keySet().removeAll(List.of("Name", "Driver"));
        bind.put("Type", new JsonString("bind"));
        bind.put("Source", new JsonString(volume.source()));
        bind.put("Mode", new JsonString(bind.get("RW") == JsonLiteral.FALSE ? "ro" : ""));
        bind.put("Propagation", new JsonString("rprivate"));
        return new JsonObject(bind);
    }
}
