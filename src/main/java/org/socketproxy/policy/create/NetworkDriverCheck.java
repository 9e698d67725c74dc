package org.socketproxy.policy.create;

import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/** Judges the driver of a network: {@code bridge}, which is the default, is harmless. */
final class NetworkDriverCheck implements FieldRule {
    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        String driver = ((JsonString) value).text();
        if (!driver.isEmpty()
                && !driver.equals("bridge")
                && !judgement.permissions().has(CreatePermission.NETWORK_DRIVER, driver)) {
            String problem = "is the network driver " + JsonPointers.printable(driver);
            judgement.deny(path, problem, CreatePermission.NETWORK_DRIVER, driver);
        }
    }
}
