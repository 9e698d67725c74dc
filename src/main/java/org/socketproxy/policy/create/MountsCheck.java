package org.socketproxy.policy.create;

import java.util.List;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;

/** Judges the type and the source of each element of {@code Mounts}. The table judges the other fields. */
final class MountsCheck implements FieldRule {
    @Override
    public void check(Judgement judgement, JsonValue value, FieldPath path) {
        List<JsonValue> mounts = ((JsonArray) value).elements();
        for (int i = 0; i < mounts.size(); i++) {
            if (mounts.get(i) instanceof JsonObject mount && !mount.isZero()) {
                checkMount(judgement, mount, path.element(i));
            }
        }
    }

    private static void checkMount(Judgement judgement, JsonObject mount, FieldPath path) {
        String source = Judgement.string(mount, "Source");
        switch (Judgement.string(mount, "Type")) {
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
}
