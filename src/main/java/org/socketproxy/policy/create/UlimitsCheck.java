package org.socketproxy.policy.create;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;

/**
 * Judges the names of {@code Ulimits}: with a limit for the priority, processes of a container get real-time scheduling or a
 * higher priority than the services of the host, without a capability.
 */
final class UlimitsCheck implements FieldRule {
    private static final Set<String> PRIORITY = Set.of("RTPRIO", "RTTIME", "NICE");
    /** Podman reads the names with and without it. */
    private static final String PREFIX = "RLIMIT_";

    private final String nameMember;

    /** @param nameMember name of the member that names the limit */
    UlimitsCheck(String nameMember) {
        this.nameMember = nameMember;
    }

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<JsonValue> limits = ((JsonArray) value).elements();
        for (int i = 0; i < limits.size(); i++) {
            String name = BodyValidation.string(limits.get(i), nameMember).toUpperCase(Locale.ROOT);
            boolean isPriority = PRIORITY.contains(name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name);
            if (isPriority && !judgement.permissions().has(CreatePermission.HOST_RESOURCES)) {
                judgement.deny(path.element(i), "raises the priority", CreatePermission.HOST_RESOURCES, null);
            }
        }
    }
}
