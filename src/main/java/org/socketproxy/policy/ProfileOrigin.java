package org.socketproxy.policy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Name of a profile and the place of its configuration.
 *
 * @param name unique among the profiles in force
 * @param file name of the policy file without its folder; empty for the environment
 * @param lines line of the profile's keys in the policy file, from 1; that of the profile for the key ""
 * @param settings those of the environment that a text in its place must keep: all beside the variables; empty for a policy file
 */
public record ProfileOrigin(String name, String file, Map<String, Integer> lines, List<Remedy> settings) {
    public static final ProfileOrigin ENVIRONMENT = ofEnvironment(List.of());

    /** Name of the profile of clients without a profile. */
    public static final String NONE = "otherwise";

    public ProfileOrigin {
        lines = Map.copyOf(lines);
        settings = List.copyOf(settings);
    }

    public ProfileOrigin(String name, String file, Map<String, Integer> lines) {
        this(name, file, lines, List.of());
    }

    public static ProfileOrigin ofEnvironment(List<Remedy> settings) {
        return new ProfileOrigin("default", "", Map.of(), settings);
    }

    public boolean isOfFile() {
        return !file.isEmpty();
    }

    /** Returns the form of assignments in a sentence. */
    public AssignmentForm form() {
        return isOfFile() ? AssignmentForm.POLICY_FILE : AssignmentForm.ENVIRONMENT;
    }

    public boolean isNone() {
        return isOfFile() && name.equals(NONE);
    }

    /** Returns the place to change a denial, such as {@code  (profile ci: policy.yaml line 7)}; empty if no profile can change it. */
    public String hint(Reason reason) {
        String key = key(reason);
        return key == null ? "" : hint(key);
    }

    /** Returns the place of a key, or of the profile if it does not have the key. */
    String hint(String key) {
        if (!isOfFile()) {
            return "";
        }
        Integer line = lines.getOrDefault(key, lines.get(""));
        return " (profile " + name + ": " + file + (line == null ? "" : " line " + line) + ")";
    }

    /** Returns the place of the profile, such as {@code policy.yaml line 7}. */
    public String place() {
        Integer line = lines.get("");
        return file + (line == null ? "" : " line " + line);
    }

    private static @Nullable String key(Reason reason) {
        return switch (reason) {
            case VARIABLE_MISSING, PARAMETER_VARIABLE -> "variables";
            case OPERATION_UNCONFINED, TARGET_PARAMETER_UNCONFINED -> "targets";
            case OPERATION_DENIED -> "deny";
            case CREATE_WHOLE, CREATE_FIELD, CREATE_UNKNOWN, CREATE_REQUIRED -> "create";
            case EXEC_COMMAND -> "exec";
            case MASKED_VALUE, MASKED_FILTER -> "mask";
            default -> null;
        };
    }
}
