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
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Judges an existing container by the daemon's inspect response, with the rules of the create body. A client that enters or starts
 * a container gets what the container has.
 *
 * <p>Not judged: what the daemon fills in by its own configuration, except templates in a log tag, and the requirements and
 * images of new containers.
 *
 * <p>Security: an inspect response with an unexpected structure, and a field that the table lacks, are denied.
 */
final class ContainerJudge {
    /** An id in full, which no other object can have. */
    static final Pattern FULL_ID = Pattern.compile("[0-9a-f]{64}");

    private static final String HOST_CONFIG = "HostConfig";
    private static final String LOG_CONFIG = "LogConfig";
    private static final String PRIVILEGED = "Privileged";
    private static final String SECURITY_OPT = "SecurityOpt";
    private static final String ANNOTATIONS = "Annotations";
    private static final String TYPE = "Type";
    private static final String IMAGE = "Image";
    /** Podman's image of a container that has none. */
    private static final String NO_IMAGE = "sha256:";

    private static final JsonString HOST = new JsonString("host");
    /** The daemon adds it to a container that is privileged or has the processes or the IPC of the host. */
    private static final JsonString NO_LABEL = new JsonString("label=disable");

    private static final Set<String> PRIVATE = Set.of("", "private", "rprivate");
    /** The list of mounts has them all, also those of other containers, with the sources that the daemon has found. */
    private static final Set<String> JUDGED_AS_MOUNTS = Set.of("Binds", "Mounts", "VolumesFrom");
    /** The daemon sets its own default: the log driver, and the control groups of the host on cgroup version 1. */
    private static final Set<String> SET_BY_THE_DAEMON = Set.of(LOG_CONFIG, "CgroupnsMode");
    /** A privileged container has all of this anyway. */
    private static final Set<String> IMPLIED_BY_PRIVILEGED = Set.of(
            "CapAdd", "Devices", "DeviceCgroupRules", "DeviceRequests", SECURITY_OPT, "MaskedPaths", "ReadonlyPaths");

    private ContainerJudge() {}

    static ContainerVerdict judge(CreateRules rules, Field createBody, ByteBuffer inspect) {
        BodyValidation judgement = new BodyValidation(rules);
        try {
            JsonValue container = StrictJson.read(inspect);
            String id = BodyValidation.string(container, "Id");
            Map<String, JsonValue> hostConfig = BodyValidation.members(container, HOST_CONFIG);
            if (FULL_ID.matcher(id).matches() && !hostConfig.isEmpty()) {
                Field field = Objects.requireNonNull(createBody.member(HOST_CONFIG));
                List<String> volumes = judge(judgement, field, hostConfig, container);
                PodClaims claims = judgement.violations().isEmpty() ? null : PodClaims.of(hostConfig);
                BodyValidation besideClaims = new BodyValidation(rules);
                if (claims != null) {
                    judge(besideClaims, field, PodClaims.without(hostConfig), container);
                }
                return new ContainerVerdict(
                        id,
                        ContainerVerdict.about(judgement.violations()),
                        volumes,
                        claims,
                        ContainerVerdict.about(besideClaims.violations()));
            }
        } catch (InvalidJsonException unreadable) {
            // Denied like an unexpected structure.
        }
        judgement.report(Kind.FORM, FieldPath.ROOT, "the daemon's description of the container cannot be read", null);
        return new ContainerVerdict("", judgement.violations(), List.of());
    }

    /** Returns the names of the volumes. */
    private static List<String> judge(
            BodyValidation judgement, Field field, Map<String, JsonValue> hostConfig, JsonValue container) {
        FieldPath path = FieldPath.ROOT.member(HOST_CONFIG);
        judgement.judge(field, judged(hostConfig), path);
        JsonObject options = new JsonObject(hostConfig).object(LOG_CONFIG).object("Config");
        LogTagCheck.check(
                judgement,
                options.text("tag"),
                path.member(LOG_CONFIG).member("Config").member("tag"));
        if (NO_IMAGE.equals(BodyValidation.string(container, IMAGE))) {
            judgement.deny(FieldPath.ROOT.member(IMAGE), "is empty, because its root is a folder of the host");
        }
        return judgeMounts(judgement, container);
    }

    private static JsonObject judged(Map<String, JsonValue> hostConfig) {
        boolean isPrivileged = hostConfig.get(PRIVILEGED) == JsonLiteral.TRUE;
        Map<String, JsonValue> members = new LinkedHashMap<>(hostConfig);
        members.keySet().removeAll(JUDGED_AS_MOUNTS);
        members.keySet().removeAll(SET_BY_THE_DAEMON);
        members.computeIfPresent(ANNOTATIONS, (name, value) -> PodmanAnnotations.without(value));
        if (isPrivileged) {
            members.keySet().removeAll(IMPLIED_BY_PRIVILEGED);
        }
        boolean isNoLabelOfTheDaemon = HOST.equals(hostConfig.get("PidMode")) || HOST.equals(hostConfig.get("IpcMode"));
        if (isNoLabelOfTheDaemon && members.get(SECURITY_OPT) instanceof JsonArray options) {
            List<JsonValue> others = new ArrayList<>(options.elements());
            others.removeIf(NO_LABEL::equals);
            members.put(SECURITY_OPT, new JsonArray(others));
        }
        return new JsonObject(members);
    }

    /** Judges the mounts, and returns the names of the volumes among them. */
    private static List<String> judgeMounts(BodyValidation judgement, JsonValue container) {
        JsonValue mounts =
                container instanceof JsonObject object ? object.members().get("Mounts") : null;
        if (mounts == null || mounts == JsonLiteral.NULL) {
            return List.of();
        }
        FieldPath path = FieldPath.ROOT.member("Mounts");
        if (!(mounts instanceof JsonArray array)) {
            judgement.report(Kind.UNKNOWN, path, path.dotted() + " is " + mounts.kind() + " instead of array", null);
            return List.of();
        }
        Set<String> volumes = new LinkedHashSet<>();
        for (int i = 0; i < array.elements().size(); i++) {
            judgeMount(judgement, array.elements().get(i), path.element(i), volumes);
        }
        if (volumes.size() > VolumeNames.MOST) {
            judgement.report(Kind.FORM, path, path.dotted() + " has more than " + VolumeNames.MOST + " volumes", null);
        }
        return List.copyOf(volumes);
    }

    private static void judgeMount(BodyValidation judgement, JsonValue mount, FieldPath path, Set<String> volumes) {
        switch (BodyValidation.string(mount, TYPE)) {
            case "bind" -> {
                String source = BodyValidation.string(mount, "Source");
                judgement.rules().binds().check(judgement, source, isReadOnly(mount), path);
            }
            case "volume" -> {
                String name = BodyValidation.string(mount, "Name");
                if (BindsCheck.VOLUME_NAME.matcher(name).matches()) {
                    volumes.add(name);
                } else {
                    judgement.deny(path.member("Name"), "is not the name of a volume");
                }
            }
            case "tmpfs", "image" -> {}
            default -> judgement.deny(path.member(TYPE), "is not bind, volume, tmpfs or image");
        }
        String propagation = BodyValidation.string(mount, "Propagation");
        if (!PRIVATE.contains(propagation) && !judgement.permissions().has(CreatePermission.PROPAGATION)) {
            judgement.deny(path, "has a propagation that is not private", CreatePermission.PROPAGATION, null);
        }
    }

    /** A bind that is labelled for SELinux changes the files of the host, as in {@link BindsCheck}. */
    private static boolean isReadOnly(JsonValue mount) {
        List<String> modes = List.of(BodyValidation.string(mount, "Mode").split(","));
        return mount instanceof JsonObject object
                && object.members().get("RW") == JsonLiteral.FALSE
                && !modes.contains("z")
                && !modes.contains("Z");
    }
}
