package org.socketproxy.policy.create;

import java.util.List;
import java.util.Locale;
import org.socketproxy.json.JsonValue;

/** Judges the host names of a container: only the word {@code host-gateway}, the address of the host, is denied. */
final class ExtraHostsCheck implements FieldRule {
    private static final String HOST_GATEWAY = "host-gateway";

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<String> hosts = judgement.strings(value, path);
        for (int i = 0; i < hosts.size(); i++) {
            if (hosts.get(i).toLowerCase(Locale.ROOT).contains(HOST_GATEWAY)
                    && !judgement.permissions().has(CreatePermission.HOST_GATEWAY)) {
                judgement.deny(path.element(i), "uses host-gateway", CreatePermission.HOST_GATEWAY, null);
            }
        }
    }
}
