package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Violation.Kind;

/** The volumes that a judged body names, and the judgement on an existing volume. */
final class VolumeNames {
    /** Bodies and containers with more volumes are denied, because the proxy asks the daemon about each. */
    static final int MOST = 64;

    private static final String MOUNTS = "Mounts";

    private final Set<String> names = new LinkedHashSet<>();

    private VolumeNames() {}

    /** Returns the names in a body that the rules allow; empty for an operation whose body names no volumes. */
    static List<String> of(String operation, JsonBody body) {
        return of(operation, read(body));
    }

    /** Reports a body that names too many volumes. */
    static void check(BodyValidation judgement, String operation, JsonObject body) {
        if (of(operation, body).size() > MOST) {
            judgement.report(Kind.FORM, FieldPath.ROOT, "the body names more than " + MOST + " volumes", null);
        }
    }

    private static List<String> of(String operation, JsonValue value) {
        VolumeNames volumes = new VolumeNames();
        switch (operation) {
            case "ContainerCreate" -> {
                JsonValue hostConfig = new JsonObject(BodyValidation.members(value, "HostConfig"));
                volumes.addBinds(member(hostConfig, "Binds"));
                volumes.addMounts(member(hostConfig, MOUNTS));
            }
            case "ContainerCreateLibpod", "PodCreateLibpod" -> {
                JsonValue named = member(value, "volumes");
                if (named instanceof JsonArray array) {
                    array.elements().forEach(volume -> volumes.add(BodyValidation.string(volume, "Name")));
                }
            }
            case "ServiceCreate", "ServiceUpdate" -> {
                JsonValue task = new JsonObject(BodyValidation.members(value, "TaskTemplate"));
                volumes.addMounts(member(new JsonObject(BodyValidation.members(task, "ContainerSpec")), MOUNTS));
            }
            default -> {}
        }
        return List.copyOf(volumes.names);
    }

    private static JsonValue read(JsonBody body) {
        try {
            return body.isEmpty() ? JsonObject.EMPTY : body.read();
        } catch (InvalidJsonException denied) {
            return JsonObject.EMPTY; // the rules have denied this body
        }
    }

    private static @Nullable JsonValue member(JsonValue object, String name) {
        return object instanceof JsonObject o ? o.members().get(name) : null;
    }

    private void addBinds(@Nullable JsonValue binds) {
        List<JsonValue> elements = binds instanceof JsonArray array ? array.elements() : List.of();
        for (JsonValue element : elements) {
            String text = element instanceof JsonString bind ? bind.text() : "";
            int colon = text.indexOf(':');
            if (colon > 0 && !text.startsWith("/")) {
                add(text.substring(0, colon));
            }
        }
    }

    private void addMounts(@Nullable JsonValue mounts) {
        List<JsonValue> elements = mounts instanceof JsonArray array ? array.elements() : List.of();
        for (JsonValue mount : elements) {
            if (BodyValidation.string(mount, "Type").equals("volume")) {
                add(BodyValidation.string(mount, "Source"));
            }
        }
    }

    /** The rules have denied every other name. */
    private void add(String name) {
        if (BindsCheck.VOLUME_NAME.matcher(name).matches()) {
            names.add(name);
        }
    }

    /**
     * Judges an existing volume by the rules of the body that creates one.
     *
     * @param inspect the daemon's response to VolumeInspect
     */
    static VolumeVerdict judge(CreateRules rules, ByteBuffer inspect) {
        BodyValidation judgement = new BodyValidation(rules);
        try {
            JsonValue volume = StrictJson.read(inspect);
            String name = BodyValidation.string(volume, "Name");
            if (BindsCheck.VOLUME_NAME.matcher(name).matches()
                    && member(volume, "Driver") instanceof JsonString
                    && isObjectOrAbsent(member(volume, "Options"))) {
                VolumeDriverCheck.EXISTING.check(judgement, volume, FieldPath.ROOT);
                return new VolumeVerdict(
                        name,
                        judgement.violations().stream()
                                .map(violation -> violation.about("the volume " + name + "'s "))
                                .toList());
            }
        } catch (InvalidJsonException unreadable) {
            // Denied like an unexpected structure.
        }
        judgement.report(Kind.FORM, FieldPath.ROOT, "the daemon's description of the volume cannot be read", null);
        return new VolumeVerdict("", judgement.violations());
    }

    private static boolean isObjectOrAbsent(@Nullable JsonValue options) {
        return options == null || options instanceof JsonObject || options.isZero();
    }
}
