package org.socketproxy.policy.create;

import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;

/**
 * Judges the names of {@code Volumes}, each of which is a path of the container. Podman reads a name with a colon like an
 * element of {@code Binds}, which can name a path of the host.
 */
final class VolumeTargetsCheck implements FieldRule {
    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        if (((JsonObject) value).members().keySet().stream().anyMatch(name -> name.indexOf(':') >= 0)) {
            judgement.deny(path, "has a path with a colon, which Podman reads as a path of the host");
        }
    }
}
