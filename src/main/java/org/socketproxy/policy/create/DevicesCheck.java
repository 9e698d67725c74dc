package org.socketproxy.policy.create;

import java.util.List;
import java.util.Set;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;

/** Judges {@code Devices}: each device must be a path of {@code CREATE_ALLOW=devices:PATH}, or below one. */
final class DevicesCheck implements FieldRule {
    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<JsonValue> devices = ((JsonArray) value).elements();
        for (int i = 0; i < devices.size(); i++) {
            String device =
                    devices.get(i) instanceof JsonObject object ? BodyValidation.string(object, "PathOnHost") : "";
            checkDevice(judgement, device, path.element(i).member("PathOnHost"));
        }
    }

    /** Reports a device that {@code CREATE_ALLOW=devices:PATH} does not allow. */
    static void checkDevice(BodyValidation judgement, String device, FieldPath path) {
        if (!HostPaths.isClean(device) || !HostPaths.isAtOrBelow(device, "/dev") || device.equals("/dev")) {
            judgement.deny(path, "is not an absolute and canonical path below /dev");
            return;
        }
        Set<String> allowed = judgement.permissions().arguments(CreatePermission.DEVICES);
        if (allowed == null
                || !allowed.isEmpty() && allowed.stream().noneMatch(folder -> HostPaths.isAtOrBelow(device, folder))) {
            String shown = JsonPointers.printable(device);
            judgement.denyPath(path, "is the device " + shown, CreatePermission.DEVICES, device);
        }
    }
}
