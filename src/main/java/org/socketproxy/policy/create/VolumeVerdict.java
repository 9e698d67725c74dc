package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.List;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Judgement on an existing volume.
 *
 * @param name its name; empty if the daemon's description cannot be read
 * @param violations of its driver and options
 */
public record VolumeVerdict(String name, List<Violation> violations) {
    public VolumeVerdict {
        violations = List.copyOf(violations);
    }

    /** Judges the daemon's response to VolumeInspect by the rules of the body that creates a volume. */
    static VolumeVerdict judge(CreateRules rules, ByteBuffer inspect) {
        BodyValidation validation = new BodyValidation(rules);
        JsonObject volume = StrictJson.object(inspect);
        if (!isReadable(volume)) {
            validation.denyForm("the daemon's description of the volume cannot be read");
            return new VolumeVerdict("", validation.violations());
        }
        MountChecks.EXISTING_VOLUME.check(BodyValue.root(validation, volume));
        String name = volume.text("Name");
        return new VolumeVerdict(name, Violation.about("the volume " + name + "'s ", validation.violations()));
    }

    private static boolean isReadable(JsonObject volume) {
        JsonValue options = volume.get("Options");
        return MountChecks.VOLUME_NAME.matcher(volume.text("Name")).matches()
                && volume.get("Driver") instanceof JsonString
                && (options instanceof JsonObject || options.isZero());
    }

    /** Returns the violations of the volume for which the daemon was asked. A description of another volume is one. */
    public List<Violation> of(String asked) {
        return !violations.isEmpty() || name.equals(asked)
                ? violations
                : List.of(new Violation(Kind.FORM, "", "the daemon describes another volume than " + asked, null));
    }
}
