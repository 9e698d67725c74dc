package org.socketproxy.policy.create;

import java.util.Map;
import java.util.Set;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;

/**
 * Judges a log driver with its options: {@code LogConfig} of a container ({@code Type}, {@code Config}) or
 * {@code LogDriver} of a task ({@code Name}, {@code Options}) or {@code log_configuration} of Podman's own API.
 */
final class LogDriverCheck implements FieldRule {
    /** Write to files in the folder of the container, or nowhere; the empty name is the daemon's default. */
    private static final Set<String> LOCAL = Set.of("", "json-file", "k8s-file", "local", "none");

    private static final Set<String> OPTIONS = Set.of(
            "max-size",
            "max-file",
            "compress",
            "labels",
            "env",
            "tag",
            "mode",
            "max-buffer-size",
            "cache-disabled",
            "cache-max-file",
            "cache-max-size",
            "cache-compress");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        checkDriver(judgement, value, path, "Type", "Config");
        checkDriver(judgement, value, path, "Name", "Options");
        checkDriver(judgement, value, path, "driver", "options");
    }

    private static void checkDriver(
            BodyValidation judgement, JsonValue value, FieldPath path, String nameMember, String optionsMember) {
        String driver = BodyValidation.string(value, nameMember);
        if (!LOCAL.contains(driver)) {
            if (!judgement.permissions().has(CreatePermission.LOG_DRIVER, driver)) {
                String problem = "is the log driver " + JsonPointers.printable(driver);
                judgement.deny(path.member(nameMember), problem, CreatePermission.LOG_DRIVER, driver);
            }
            return;
        }
        Map<String, JsonValue> options = BodyValidation.members(value, optionsMember);
        for (String option : options.keySet()) {
            if (!OPTIONS.contains(option)) {
                String problem = "has the option " + JsonPointers.printable(option);
                judgement.deny(path.member(optionsMember), problem);
                return;
            }
        }
    }
}
