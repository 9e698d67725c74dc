package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Judges an existing container by the daemon's inspect response, with the rules of the create body: a client that enters or starts a
 * container gets the rights of the container. Not judged: defaults of the daemon, requirements, and images.
 *
 * <p>Security: an inspect response with an unexpected structure, and a field that the table lacks, are denied.
 */
final class ContainerJudge {
    private static final String HOST_CONFIG = "HostConfig";
    private static final String SECURITY_OPT = "SecurityOpt";

    /** Podman's image of a container that has none. */
    private static final String NO_IMAGE = "sha256:";

    private static final JsonString HOST = new JsonString("host");

    /** The daemon adds it to a container that is privileged or has the processes or the IPC of the host. */
    private static final JsonString NO_LABEL = new JsonString("label=disable");

    private static final Set<String> PRIVATE = Set.of("", "private", "rprivate");

    /**
     * Not judged by the table: the list of mounts has all mounts with the sources that the daemon has found, and the daemon sets its own
     * log driver, and on cgroup version 1 the control groups of the host.
     */
    private static final Set<String> NOT_OF_THE_TABLE =
            Set.of("Binds", "Mounts", "VolumesFrom", "LogConfig", "CgroupnsMode");

    /** A privileged container has all of this anyway. */
    private static final Set<String> IMPLIED_BY_PRIVILEGED = Set.of(
            "CapAdd", "Devices", "DeviceCgroupRules", "DeviceRequests", SECURITY_OPT, "MaskedPaths", "ReadonlyPaths");

    private static final Pattern NUMBER = Pattern.compile("(?:uint64 )?[0-9]{1,20}");
    private static final Pattern FLAG = Pattern.compile("TRUE|FALSE");
    private static final Pattern TEXT = Pattern.compile(".*", Pattern.DOTALL);

    /**
     * The annotations that Podman itself gives a container, with the form of the value. They give no rights: they
     * repeat other fields that are judged, such as {@code Privileged} and {@code SecurityOpt}.
     */
    private static final Map<String, Pattern> PODMAN_ANNOTATIONS = Map.ofEntries(
            Map.entry("io.container.manager", Pattern.compile("libpod")),
            Map.entry("org.opencontainers.image.stopSignal", NUMBER),
            Map.entry("org.systemd.property.KillSignal", NUMBER),
            Map.entry("org.systemd.property.TimeoutStopUSec", NUMBER),
            Map.entry("io.podman.annotations.autoremove", FLAG),
            Map.entry("io.podman.annotations.init", FLAG),
            Map.entry("io.podman.annotations.privileged", FLAG),
            Map.entry("io.podman.annotations.publish-all", FLAG),
            Map.entry("io.podman.annotations.seccomp", TEXT),
            Map.entry("io.podman.annotations.apparmor", TEXT),
            Map.entry("io.podman.annotations.label", TEXT));

    private ContainerJudge() {}

    static ContainerVerdict judge(CreateRules rules, Field createBody, ByteBuffer inspect) {
        BodyValidation validation = new BodyValidation(rules);
        JsonObject container = StrictJson.object(inspect);
        String id = container.text("Id");
        JsonObject hostConfig = container.object(HOST_CONFIG);
        if (!ObjectIds.isFull(id) || hostConfig.isZero()) {
            validation.denyForm("the daemon's description of the container cannot be read");
            return new ContainerVerdict("", validation.violations(), false);
        }
        Field field = Objects.requireNonNull(createBody.member(HOST_CONFIG));
        List<String> volumes = judge(validation, field, hostConfig, container);
        ContainerVerdict.PodClaims claims =
                validation.violations().isEmpty() ? null : ContainerVerdict.PodClaims.of(hostConfig);
        BodyValidation besideClaims = new BodyValidation(rules);
        if (claims != null) {
            judge(besideClaims, field, ContainerVerdict.PodClaims.without(hostConfig), container);
        }
        return new ContainerVerdict(
                id,
                ContainerVerdict.about(validation.violations()),
                volumes,
                claims,
                ContainerVerdict.about(besideClaims.violations()),
                RequirementChecks.isNonRoot(container.object("Config").text("User")));
    }

    /** Judges the daemon's response to ExecInspect; the verdict has the id of the container and the user of the exec. */
    static ContainerVerdict judgeExec(CreateRules rules, ByteBuffer inspect) {
        BodyValidation validation = new BodyValidation(rules);
        JsonObject exec = validation.read(JsonBody.of(inspect));
        String id = exec == null ? "" : exec.text("ContainerID");
        boolean isNonRoot = false;
        if (exec == null || !exec.members().containsKey("ProcessConfig") || !ObjectIds.isFull(id)) {
            validation.denyForm("the daemon's description of the exec cannot be read");
        } else {
            BodyValue user = BodyValue.root(validation, exec).at("ProcessConfig.user");
            isNonRoot = RequirementChecks.isNonRoot(user.text());
            if (rules.isNonRootRequired() && !isNonRoot && !user.text().isEmpty()) {
                validation.violations().add(RequirementChecks.execAsRoot(user));
            }
            BodyValue privileged = BodyValue.root(validation, exec).at("ProcessConfig.privileged");
            if (privileged.isTrue()) {
                privileged.require(CreatePermission.PRIVILEGED, "is true");
            }
        }
        return new ContainerVerdict(id, validation.violations(), isNonRoot);
    }

    /** Returns the names of the volumes. */
    private static List<String> judge(
            BodyValidation validation, Field field, JsonObject hostConfig, JsonObject container) {
        BodyValue root = BodyValue.root(validation, container);
        validation.judge(field, root.member(HOST_CONFIG, judged(hostConfig)));
        LogChecks.existingTag(root.at("HostConfig.LogConfig.Config.tag"));
        if (NO_IMAGE.equals(root.text("Image"))) {
            root.member("Image").deny("is empty, because its root is a folder of the host");
        }
        return judgeMounts(root.member("Mounts"), ProtectedBinds.volumes(hostConfig));
    }

    private static JsonObject judged(JsonObject hostConfig) {
        Map<String, JsonValue> members = new LinkedHashMap<>(hostConfig.members());
        members.keySet().removeAll(NOT_OF_THE_TABLE);
        members.computeIfPresent("Annotations", (name, value) -> withoutPodman(value));
        if (hostConfig.get("Privileged") == JsonLiteral.TRUE) {
            members.keySet().removeAll(IMPLIED_BY_PRIVILEGED);
        }
        boolean isNoLabelOfTheDaemon = HOST.equals(hostConfig.get("PidMode")) || HOST.equals(hostConfig.get("IpcMode"));
        if (isNoLabelOfTheDaemon && members.get(SECURITY_OPT) instanceof JsonArray options) {
            List<JsonValue> remaining = new ArrayList<>(options.elements());
            remaining.removeIf(NO_LABEL::equals);
            members.put(SECURITY_OPT, new JsonArray(remaining));
        }
        return new JsonObject(members);
    }

    /** Removes the annotations of Podman; a value that is not an object stays. */
    private static JsonValue withoutPodman(JsonValue annotations) {
        if (!(ResourceChecks.withoutLimits(annotations) instanceof JsonObject object)) {
            return annotations;
        }
        Map<String, JsonValue> remaining = new LinkedHashMap<>(object.members());
        remaining.entrySet().removeIf(annotation -> ResourceChecks.isKnown(PODMAN_ANNOTATIONS, annotation));
        return new JsonObject(remaining);
    }

    /** Judges the mounts, and returns the names of the volumes among them. */
    private static List<String> judgeMounts(BodyValue mounts, Map<String, BindVolume> ofBinds) {
        if (mounts.json() == JsonLiteral.NULL) {
            return List.of();
        }
        if (!(mounts.json() instanceof JsonArray)) {
            mounts.report(Kind.UNKNOWN, mounts.dotted() + " is " + mounts.json().kind() + " instead of array");
            return List.of();
        }
        Set<String> volumes = new LinkedHashSet<>();
        Set<String> targets = mounts.objects().stream()
                .map(mount -> mount.text("Destination"))
                .collect(Collectors.toSet());
        mounts.elements().forEach(mount -> judgeMount(mount, volumes, ofBinds, targets));
        if (volumes.size() > BodyShape.MOST_VOLUMES) {
            mounts.report(Kind.FORM, mounts.dotted() + " has more than " + BodyShape.MOST_VOLUMES + " volumes");
        }
        return List.copyOf(volumes);
    }

    private static void judgeMount(
            BodyValue mount, Set<String> volumes, Map<String, BindVolume> ofBinds, Set<String> targets) {
        String target = mount.text("Destination");
        switch (mount.text("Type")) {
            case "bind" ->
                mount.rules().binds().checkExisting(mount, mount.text("Source"), isReadOnly(mount), target, targets);
            case "volume" -> {
                BodyValue name = mount.member("Name");
                BindVolume ofBind = ProtectedBinds.volume(mount.object(), ofBinds);
                if (ofBind != null) {
                    boolean isRead = mount.member("RW").json() == JsonLiteral.FALSE;
                    mount.rules().binds().checkVolume(mount, ofBind, isRead, target, targets);
                }
                if (MountChecks.VOLUME_NAME.matcher(name.text()).matches()) {
                    volumes.add(name.text());
                } else {
                    name.deny("is not the name of a volume");
                }
            }
            case "tmpfs", "image" -> {}
            default -> mount.member("Type").deny("is not bind, volume, tmpfs or image");
        }
        if (!PRIVATE.contains(mount.text("Propagation"))) {
            mount.require(CreatePermission.PROPAGATION, "has a propagation that is not private");
        }
    }

    /** A bind that is labelled for SELinux changes the files of the host. */
    private static boolean isReadOnly(BodyValue mount) {
        List<String> modes = List.of(mount.text("Mode").split(","));
        return mount.member("RW").json() == JsonLiteral.FALSE && !modes.contains("z") && !modes.contains("Z");
    }
}
