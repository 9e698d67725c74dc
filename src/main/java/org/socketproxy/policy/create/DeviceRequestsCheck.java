package org.socketproxy.policy.create;

import java.util.List;
import java.util.Set;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;

/**
 * Judges {@code DeviceRequests} ({@code --gpus}). The driver {@code cdi} is never allowed: a CDI specification can add
 * mounts and hooks.
 */
final class DeviceRequestsCheck implements FieldRule {
    private static final Set<String> GPU_DRIVERS = Set.of("", "nvidia", "amd");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<JsonValue> requests = ((JsonArray) value).elements();
        for (int i = 0; i < requests.size(); i++) {
            if (requests.get(i).isZero()) {
                continue;
            }
            if (!GPU_DRIVERS.contains(BodyValidation.string(requests.get(i), "Driver"))) {
                judgement.deny(path.element(i).member("Driver"), "is not nvidia or amd");
            } else if (!judgement.permissions().has(CreatePermission.GPU)) {
                judgement.deny(path.element(i), "asks for a GPU", CreatePermission.GPU, null);
            }
        }
    }
}
