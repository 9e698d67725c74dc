package org.socketproxy.policy.create;

import java.util.Set;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.policy.value.ValueRule;

/** Checks of logging. */
final class LogChecks {
    private static final String NO_LOG = "none";

    /** Write to files in the folder of the container, or nowhere; the empty name is the daemon's default. */
    private static final Set<String> LOCAL = Set.of("", "json-file", "k8s-file", "local", NO_LOG);

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

    private static final ValueRule PLACEHOLDERS = ValueRule.of("template:log-tag");

    private LogChecks() {}

    /** Returns true for a driver that writes files of the host, of which options limit the size. */
    static boolean isInFiles(String driver) {
        return LOCAL.contains(driver) && !driver.equals(NO_LOG);
    }

    /**
     * Checks a log driver with its options: {@code LogConfig} of a container, {@code LogDriver} of a task, or
     * {@code log_configuration} of Podman's own API.
     */
    static void driver(BodyValue value) {
        driver(value.member("Type"), value.member("Config"));
        driver(value.member("Name"), value.member("Options"));
        driver(value.member("driver"), value.member("options"));
    }

    private static void driver(BodyValue name, BodyValue options) {
        String driver = name.text();
        if (!LOCAL.contains(driver)) {
            name.require(CreatePermission.LOG_DRIVER, driver, "is the log driver " + JsonPointers.printable(driver));
            return;
        }
        for (String option : options.object().members().keySet()) {
            if (!OPTIONS.contains(option)) {
                options.deny("has the option " + JsonPointers.printable(option));
                return;
            }
        }
    }

    /**
     * Checks the log tag of an existing container: only placeholders that a create body may have. The daemon expands the tag at each
     * start, and it may come from a create that no rule has judged.
     */
    static void existingTag(BodyValue tag) {
        String problem = tag.text().contains("{{") ? PLACEHOLDERS.problem(tag.text()) : null;
        if (problem != null) {
            tag.require(CreatePermission.LOG_TEMPLATE, problem);
        }
    }
}
