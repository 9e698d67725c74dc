package org.socketproxy.policy.create;

import java.util.Map;
import java.util.Set;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;

/**
 * Judges {@code userns} together with {@code idmappings} in the body of Podman's own API. Podman takes the mappings of the body
 * for every mode but the default one, so a mode that sounds private can turn the remapping of the host's users off.
 */
final class LibpodUserNamespaceCheck implements FieldRule {
    private static final Set<String> DEFAULT = Set.of("", "default");
    private static final String AUTO = "auto";

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        JsonValue namespace = new JsonObject(BodyValidation.members(value, "userns"));
        String mode = BodyValidation.string(namespace, LibpodNamespaceCheck.MODE);
        Map<String, JsonValue> mappings = BodyValidation.members(value, "idmappings");
        boolean isMapped = mappings.get("AutoUserNs") == JsonLiteral.TRUE
                && mappings.get("HostUIDMapping") != JsonLiteral.TRUE
                && mappings.get("HostGIDMapping") != JsonLiteral.TRUE;
        boolean isHarmless = DEFAULT.contains(mode) || mode.equals(AUTO) && isMapped;
        if (!isHarmless && !judgement.permissions().has(CreatePermission.HOST_USERNS)) {
            FieldPath place = path.member("userns").member(LibpodNamespaceCheck.MODE);
            judgement.deny(place, "can turn the remapping of users off", CreatePermission.HOST_USERNS, null);
        }
    }
}
