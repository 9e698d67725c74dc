package org.socketproxy.policy.create;

import java.util.List;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Judges the devices in the body of Podman's own API: of a container the {@code path} of each object, of a pod each string. It is
 * {@code source:target:permissions} or the name of a device of the Container Device Interface, such as {@code vendor/gpu=all}.
 */
final class LibpodDevicesCheck implements FieldRule {
    private static final int MOST_PARTS = 3;

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<JsonValue> devices = ((JsonArray) value).elements();
        for (int i = 0; i < devices.size(); i++) {
            JsonValue device = devices.get(i);
            if (device instanceof JsonString ofPod && !ofPod.isZero()) {
                checkOne(judgement, ofPod.text(), path.element(i));
            } else if (!device.isZero()) {
                checkOne(
                        judgement,
                        BodyValidation.string(device, "path"),
                        path.element(i).member("path"));
            }
        }
    }

    private static void checkOne(BodyValidation judgement, String device, FieldPath path) {
        String[] parts = device.split(":", -1);
        if (!device.startsWith("/") && device.contains("=")) {
            if (!judgement.permissions().has(CreatePermission.GPU)) {
                judgement.deny(path, "names a device by its interface", CreatePermission.GPU, null);
            }
        } else if (parts.length > MOST_PARTS) {
            judgement.deny(path, "has more than three parts");
        } else {
            DevicesCheck.checkDevice(judgement, parts[0], path);
        }
    }
}
