package org.socketproxy.policy;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Name of a profile and the place that configures it.
 *
 * @param name unique among the profiles in force
 * @param file name of the policy file without its folder; empty for the environment
 * @param lines line of the profile's keys in the policy file, from 1; the key "" stands for the profile itself
 */
public record ProfileOrigin(String name, String file, Map<String, Integer> lines) {
    /** The profile that the environment configures. */
    public static final ProfileOrigin ENVIRONMENT = new ProfileOrigin("default", "", Map.of());

    /** Name of the profile of clients that no profile of the policy file matches. */
    public static final String NONE = "otherwise";

    public ProfileOrigin {
        lines = Map.copyOf(lines);
    }

    /** Returns true for a profile of the policy file. */
    public boolean isOfFile() {
        return !file.isEmpty();
    }

    /** Returns true for the profile of clients that no profile of the policy file matches. */
    public boolean isNone() {
        return isOfFile() && name.equals(NONE);
    }

    /**
     * Returns where to change a denial, such as {@code  (profile ci: policy.yaml line 7)}; empty for the environment and
     * for a denial that no profile can change.
     */
    public String hint(Reason reason) {
        String key = key(reason);
        return key == null ? "" : hint(key);
    }

    /** Returns the place of a key of the profile in the same form, or that of the profile if it does not have the key. */
    String hint(String key) {
        if (!isOfFile()) {
            return "";
        }
        Integer line = lines.getOrDefault(key, lines.get(""));
        return " (profile " + name + ": " + file + (line == null ? "" : " line " + line) + ")";
    }

    /** Returns the place of the profile in the policy file, such as {@code policy.yaml line 7}. */
    public String place() {
        Integer line = lines.get("");
        return file + (line == null ? "" : " line " + line);
    }

    private static @Nullable String key(Reason reason) {
        return switch (reason) {
            case VARIABLE_MISSING, PARAMETER_VARIABLE -> "variables";
            case UNCONFINED, TARGET_PARAMETER -> "targets";
            case OPERATION_DENIED -> "deny";
            case CREATE_WHOLE, CREATE_FIELD, CREATE_UNKNOWN, CREATE_REQUIRED -> "create";
            case MASKED_VALUE -> "mask";
            default -> null;
        };
    }
}
