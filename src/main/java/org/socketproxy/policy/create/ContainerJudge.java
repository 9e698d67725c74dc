package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Judges an existing container by the daemon's inspect response, with the rules of the create body for the fields that give
 * access to the host. A client that enters a container with host access gets this access.
 *
 * <p>Security: an inspect response with an unexpected structure is denied.
 */
final class ContainerJudge {
    /** An id in full, which no other object can have. */
    static final Pattern FULL_ID = Pattern.compile("[0-9a-f]{64}");

    private static final String HOST_CONFIG = "HostConfig";
    private static final String PRIVILEGED = "Privileged";
    private static final String SECURITY_OPT = "SecurityOpt";
    private static final JsonString HOST = new JsonString("host");
    /** The daemon adds it to a container that is privileged or has the processes or the IPC of the host. */
    private static final JsonString NO_LABEL = new JsonString("label=disable");

    private static final List<String> FIELDS =
            List.of("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "Runtime", "GroupAdd");
    /** A privileged container has all of this anyway. */
    private static final List<String> FIELDS_UNLESS_PRIVILEGED = List.of(
            "CapAdd", "Devices", "DeviceCgroupRules", "DeviceRequests", SECURITY_OPT, "MaskedPaths", "ReadonlyPaths");

    private ContainerJudge() {}

    static ContainerVerdict judge(CreateRules rules, Field createBody, ByteBuffer inspect) {
        Judgement judgement = new Judgement(rules);
        try {
            JsonValue container = StrictJson.read(inspect);
            String id = Judgement.string(container, "Id");
            Map<String, JsonValue> hostConfig = Judgement.members(container, HOST_CONFIG);
            if (FULL_ID.matcher(id).matches() && !hostConfig.isEmpty()) {
                Field field = Objects.requireNonNull(createBody.member(HOST_CONFIG));
                FieldPath path = FieldPath.ROOT.member(HOST_CONFIG);
                judgement.judge(field, judged(hostConfig), path);
                judgeMounts(judgement, container);
                return new ContainerVerdict(id, about(judgement.violations()));
            }
        } catch (InvalidJsonException unreadable) {
            // Denied like an unexpected structure.
        }
        judgement.report(Kind.FORM, FieldPath.ROOT, "the daemon's description of the container cannot be read", null);
        return new ContainerVerdict("", judgement.violations());
    }

    private static JsonObject judged(Map<String, JsonValue> hostConfig) {
        boolean isPrivileged = hostConfig.get(PRIVILEGED) == JsonLiteral.TRUE;
        Map<String, JsonValue> members = new LinkedHashMap<>(hostConfig);
        members.keySet()
                .removeIf(name -> !name.equals(PRIVILEGED)
                        && !FIELDS.contains(name)
                        && (isPrivileged || !FIELDS_UNLESS_PRIVILEGED.contains(name)));
        boolean isNoLabelOfTheDaemon = HOST.equals(hostConfig.get("PidMode")) || HOST.equals(hostConfig.get("IpcMode"));
        if (isNoLabelOfTheDaemon && members.get(SECURITY_OPT) instanceof JsonArray options) {
            List<JsonValue> others = new ArrayList<>(options.elements());
            others.removeIf(NO_LABEL::equals);
            members.put(SECURITY_OPT, new JsonArray(others));
        }
        return new JsonObject(members);
    }

    /** The mounts of an inspect include those of Binds, Mounts and VolumesFrom. */
    private static void judgeMounts(Judgement judgement, JsonValue container) {
        List<JsonValue> mounts =
                container instanceof JsonObject object && object.members().get("Mounts") instanceof JsonArray array
                        ? array.elements()
                        : List.of();
        for (int i = 0; i < mounts.size(); i++) {
            if (Judgement.string(mounts.get(i), "Type").equals("bind")) {
                boolean isReadOnly = mounts.get(i) instanceof JsonObject mount
                        && mount.members().get("RW") == JsonLiteral.FALSE;
                FieldPath path = FieldPath.ROOT.member("Mounts").element(i);
                judgement.rules().binds().check(judgement, Judgement.string(mounts.get(i), "Source"), isReadOnly, path);
            }
        }
    }

    private static List<Violation> about(List<Violation> violations) {
        List<Violation> about = new ArrayList<>();
        for (Violation violation : violations) {
            Remedy remedy = violation.remedy();
            about.add(new Violation(
                    violation.kind(), violation.pointer(), "the container's " + violation.subject(), remedy));
        }
        return about;
    }
}
