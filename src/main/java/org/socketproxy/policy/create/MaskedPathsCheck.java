package org.socketproxy.policy.create;

import java.util.List;
import java.util.Set;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Judges {@code MaskedPaths} and {@code ReadonlyPaths}: an empty list means that no path is masked. A client that creates a
 * container again sends the daemon's default list. {@link DefaultPath} has the further paths of newer daemons.
 */
final class MaskedPathsCheck implements FieldRule {
    /** The list that every supported daemon has at least. */
    static final MaskedPathsCheck MASKED = new MaskedPathsCheck(
            DefaultClaim.Kind.MASKED_PATHS,
            Set.of(
                    "/proc/asound",
                    "/proc/acpi",
                    "/proc/kcore",
                    "/proc/keys",
                    "/proc/latency_stats",
                    "/proc/timer_list",
                    "/proc/timer_stats",
                    "/proc/sched_debug",
                    "/proc/scsi",
                    "/sys/firmware"));

    static final MaskedPathsCheck READ_ONLY = new MaskedPathsCheck(
            DefaultClaim.Kind.READONLY_PATHS,
            Set.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"));

    private static final String PROBLEM = "lacks paths of the daemon's default list";

    private final DefaultClaim.Kind kind;
    private final Set<String> least;

    private MaskedPathsCheck(DefaultClaim.Kind kind, Set<String> least) {
        this.kind = kind;
        this.least = least;
    }

    /** Returns true if the list has only paths that every daemon protects by itself. */
    boolean isDefault(JsonValue list) {
        return list instanceof JsonArray array
                && array.elements().stream()
                        .allMatch(path -> path instanceof JsonString string && least.contains(string.text()));
    }

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<String> paths = judgement.strings(value, path);
        if (judgement.permissions().has(CreatePermission.SECURITY_OPT)) {
            return;
        }
        if (Set.copyOf(paths).containsAll(least)) {
            judgement.claim(kind, paths, path, PROBLEM, CreatePermission.SECURITY_OPT, null);
        } else {
            judgement.deny(path, PROBLEM, CreatePermission.SECURITY_OPT, null);
        }
    }
}
