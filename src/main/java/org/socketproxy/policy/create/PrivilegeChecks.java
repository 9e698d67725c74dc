package org.socketproxy.policy.create;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;

/** Checks of capabilities, security options, the runtime, and the protected paths of the kernel's file systems. */
public final class PrivilegeChecks {
    /** The daemon separates name and value at {@code =} or {@code :}. */
    static final Set<String> NO_NEW_PRIVILEGES =
            Set.of("no-new-privileges", "no-new-privileges=true", "no-new-privileges:true");

    private static final Set<String> DEFAULT_OPTIONS =
            Set.of("seccomp=builtin", "seccomp:builtin", "apparmor=docker-default");

    private static final Set<String> DEFAULT_CAPABILITIES = Set.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "FOWNER",
            "FSETID",
            "KILL",
            "NET_BIND_SERVICE",
            "SETFCAP",
            "SETGID",
            "SETPCAP",
            "SETUID",
            "SYS_CHROOT");

    /** Docker gives them to every container, Podman does not. */
    private static final Set<String> DEFAULT_CAPABILITIES_OF_DOCKER = Set.of("AUDIT_WRITE", "MKNOD", "NET_RAW");

    /** Podman describes its own runtime as {@code oci}. */
    private static final Set<String> POSSIBLE_DEFAULT_RUNTIMES = Set.of("runc", "crun", "oci", "io.containerd.runc.v2");

    /** The paths that every supported daemon masks at least. {@link DaemonDefaults} has the further paths of newer daemons. */
    private static final Set<String> MASKED_PATHS = Set.of(
            "/proc/asound",
            "/proc/acpi",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/sys/firmware");

    private static final Set<String> READONLY_PATHS =
            Set.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private PrivilegeChecks() {}

    /** Checks added capabilities: the daemon's defaults are harmless. */
    static void capabilities(BodyValue capabilities) {
        for (BodyValue capability : capabilities.strings()) {
            String name = normalized(capability.text());
            String problem = "adds the capability " + JsonPointers.printable(name);
            if (DEFAULT_CAPABILITIES_OF_DOCKER.contains(name)
                    && !capability.rules().permissions().has(CreatePermission.CAPABILITIES, name)) {
                capability.claim(
                        DefaultClaim.Kind.CAPABILITY,
                        List.of(name),
                        problem + ", which is not the daemon's default",
                        CreatePermission.CAPABILITIES,
                        name);
            } else if (!DEFAULT_CAPABILITIES.contains(name)) {
                capability.require(CreatePermission.CAPABILITIES, name, problem);
            }
        }
    }

    /** Returns the name in upper case without {@code CAP_}, as the daemon compares it. */
    static String normalized(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper.substring("CAP_".length()) : upper;
    }

    /** Checks the runtime: the daemon's default is harmless. */
    static void runtime(BodyValue value) {
        String runtime = value.text();
        String problem = "is the runtime " + JsonPointers.printable(runtime);
        if (runtime.isEmpty() || value.rules().permissions().has(CreatePermission.RUNTIME, runtime)) {
            return;
        }
        if (POSSIBLE_DEFAULT_RUNTIMES.contains(runtime)) {
            value.claim(
                    DefaultClaim.Kind.RUNTIME,
                    List.of(runtime),
                    problem + ", not the daemon's default",
                    CreatePermission.RUNTIME,
                    runtime);
        } else {
            value.deny(problem, CreatePermission.RUNTIME, runtime);
        }
    }

    /** Checks {@code SecurityOpt}: only options that confine a container more, or are the daemon's default, are harmless. */
    static void securityOptions(BodyValue options) {
        for (BodyValue option : options.strings()) {
            if (NO_NEW_PRIVILEGES.contains(option.text()) || isAllowed(option, option.text())) {
                continue;
            }
            if (DEFAULT_OPTIONS.contains(option.text())) {
                option.claim(
                        DefaultClaim.Kind.SECURITY_OPTION,
                        List.of(option.text()),
                        "is not the daemon's default",
                        CreatePermission.SECURITY_OPT,
                        null);
            } else {
                option.deny("changes the confinement", CreatePermission.SECURITY_OPT, null);
            }
        }
    }

    private static boolean isAllowed(BodyValue value, String option) {
        return value.rules().permissions().has(CreatePermission.SECURITY_OPT, option);
    }

    /**
     * Returns the check of an option in the body of Podman's own API, which has a field for each kind.
     *
     * @param kind begins the option in {@code CREATE_ALLOW}, such as {@code apparmor=}
     */
    static Field.Rule libpodOption(String kind) {
        return value -> {
            List<String> names = value.json() instanceof JsonArray
                    ? value.strings().stream().map(BodyValue::text).toList()
                    : List.of(value.text());
            if (!value.isZero() && !names.stream().allMatch(name -> isAllowed(value, kind + name))) {
                value.require(CreatePermission.SECURITY_OPT, "is set");
            }
        };
    }

    /** Checks {@code MaskedPaths}: an empty list masks no path. A client that creates a container again sends the daemon's list. */
    static void maskedPaths(BodyValue value) {
        protectedPaths(value, DefaultClaim.Kind.MASKED_PATHS, MASKED_PATHS);
    }

    /** Checks {@code ReadonlyPaths} in the same way. */
    static void readonlyPaths(BodyValue value) {
        protectedPaths(value, DefaultClaim.Kind.READONLY_PATHS, READONLY_PATHS);
    }

    private static void protectedPaths(BodyValue value, DefaultClaim.Kind kind, Set<String> least) {
        String problem = "lacks paths of the daemon's default list";
        List<String> paths = value.strings().stream().map(BodyValue::text).toList();
        if (Set.copyOf(paths).containsAll(least) && !value.has(CreatePermission.SECURITY_OPT)) {
            value.claim(kind, paths, problem, CreatePermission.SECURITY_OPT, null);
        } else {
            value.require(CreatePermission.SECURITY_OPT, problem);
        }
    }

    /** Returns true if a list of masked or read-only paths contains only defaults of every daemon. */
    public static boolean isDefault(String field, JsonValue list) {
        Set<String> least = field.equals("MaskedPaths") ? MASKED_PATHS : READONLY_PATHS;
        return list instanceof JsonArray array
                && array.elements().stream()
                        .allMatch(path -> path instanceof JsonString string && least.contains(string.text()));
    }
}
