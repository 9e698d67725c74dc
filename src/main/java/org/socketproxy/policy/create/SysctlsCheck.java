package org.socketproxy.policy.create;

import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;

/** Judges the names of kernel parameters. */
final class SysctlsCheck implements FieldRule {
    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        for (String name : ((JsonObject) value).members().keySet()) {
            if (!judgement.permissions().has(CreatePermission.SYSCTLS, name)) {
                String problem = "sets the kernel parameter " + JsonPointers.printable(name);
                judgement.deny(path, problem, CreatePermission.SYSCTLS, name);
            }
        }
    }
}
