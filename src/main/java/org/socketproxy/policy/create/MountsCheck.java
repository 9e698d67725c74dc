package org.socketproxy.policy.create;

import java.util.List;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Judges the type and the source of each element of {@code Mounts}. The table judges the other fields.
 *
 * <p>Security: Podman writes the texts of a mount into one line of options that commas separate, and parses this line.
 */
final class MountsCheck implements FieldRule {
    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<JsonValue> mounts = ((JsonArray) value).elements();
        for (int i = 0; i < mounts.size(); i++) {
            if (mounts.get(i) instanceof JsonObject mount && !mount.isZero()) {
                checkMount(judgement, mount, path.element(i));
            }
        }
    }

    private static void checkMount(BodyValidation judgement, JsonObject mount, FieldPath path) {
        String source = BodyValidation.string(mount, "Source");
        checkText(judgement, source, path.member("Source"));
        checkText(judgement, BodyValidation.string(mount, "Target"), path.member("Target"));
        for (String options : List.of("VolumeOptions", "ImageOptions")) {
            JsonValue subpath = BodyValidation.members(mount, options).get("Subpath");
            if (subpath instanceof JsonString string) {
                checkText(judgement, string.text(), path.member(options).member("Subpath"));
            }
        }
        switch (BodyValidation.string(mount, "Type")) {
            case "bind" ->
                judgement
                        .rules()
                        .binds()
                        .check(
                                judgement,
                                source,
                                mount.members().get("ReadOnly") == JsonLiteral.TRUE,
                                path.member("Source"));
            case "volume" -> {
                if (!source.isEmpty() && !BindsCheck.VOLUME_NAME.matcher(source).matches()) {
                    judgement.deny(path.member("Source"), "is not the name of a volume");
                }
            }
            case "image" -> judgement.rules().images().check(judgement, source, path.member("Source"));
            case "tmpfs" -> {}
            default -> judgement.deny(path.member("Type"), "is not bind, volume, tmpfs or image");
        }
    }

    private static void checkText(BodyValidation judgement, String text, FieldPath path) {
        if (text.chars().anyMatch(c -> c == ',' || c == '"' || c < ' ')) {
            judgement.deny(path, "has a comma, a quote or a control character, which Podman reads as further options");
        }
    }
}
