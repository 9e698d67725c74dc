package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.value.ValueRule;
import org.socketproxy.table.Table;

/**
 * Defaults that the daemon gives a container, from its response to SystemInfo.
 *
 * <p>Security: an empty default runtime and no memory, from a response that cannot be read, allow no value.
 *
 * @param securityOptions such as {@code name=seccomp,profile=builtin}
 * @param version such as {@code 26.1.5}
 * @param memory memory of the daemon's machine, in bytes; 0 if the daemon does not tell it
 */
public record DaemonDefaults(
        boolean isPodman, String runtime, Set<String> securityOptions, String version, long memory) {
    private static final Pattern MEMORY = Pattern.compile("[0-9]{1,15}");
    private static final String OF_PODMAN = "oci";
    private static final Set<String> RUNC = Set.of("runc", "io.containerd.runc.v2");
    /** Unconfined is less than the builtin profile. Docker 20.10 calls the builtin one default. */
    private static final Set<String> BUILTIN_OR_LESS =
            Set.of("name=seccomp,profile=builtin", "name=seccomp,profile=default", "name=seccomp,profile=unconfined");

    /** Loaded at the first use. */
    private static final class Paths {
        static final List<DefaultPath> ALL = new Table<>(
                        "default-paths.tsv", "field path since", cells -> new DefaultPath(cells[0], cells[1], cells[2]))
                .load(DaemonDefaults.class);
    }

    public DaemonDefaults {
        securityOptions = Set.copyOf(securityOptions);
    }

    /** Reads the daemon's response to SystemInfo. */
    public static DaemonDefaults read(ByteBuffer info) {
        JsonObject object = StrictJson.object(info);
        String version = object.text("ServerVersion");
        boolean isDocker = !object.members().containsKey("BuildahVersion") && !version.isEmpty();
        Set<String> options = Set.copyOf(object.texts("SecurityOptions"));
        return new DaemonDefaults(!isDocker, object.text("DefaultRuntime"), options, version, memory(object));
    }

    private static long memory(JsonObject info) {
        return info.get("MemTotal") instanceof JsonNumber number
                        && MEMORY.matcher(number.text()).matches()
                ? Long.parseLong(number.text())
                : 0;
    }

    /** Returns the denials of values that are not the daemon's defaults. */
    public List<Violation> violations(List<DefaultClaim> claims) {
        return claims.stream()
                .filter(claim -> !has(claim))
                .map(DefaultClaim::violation)
                .toList();
    }

    /** Returns true for the daemon's default and for a stricter value. */
    private boolean has(DefaultClaim claim) {
        return switch (claim.kind()) {
            case RUNTIME -> claim.values().stream().allMatch(this::isDefaultRuntime);
            case SECURITY_OPTION -> !isPodman && claim.values().stream().allMatch(this::isDefaultOption);
            // Podman's default list does not have them.
            case CAPABILITY -> !isPodman;
            case MASKED_PATHS, READONLY_PATHS -> hasPaths(claim);
            case DOCKERD -> !isPodman;
            case MEMORY -> isUpTo(claim, memory);
            case MEMORY_AND_SWAP -> isUpTo(claim, 2 * memory);
            case CONTAINER_USER -> false; // the container has it, not the daemon
        };
    }

    private static boolean isUpTo(DefaultClaim claim, long most) {
        return most > 0
                && claim.values().stream()
                        .allMatch(value -> ValueRule.of("int:1.." + most).problem(value) == null);
    }

    private boolean isDefaultRuntime(String value) {
        return !runtime.isEmpty()
                && (value.equals(runtime)
                        || isPodman && value.equals(OF_PODMAN)
                        || !isPodman && RUNC.contains(value) && RUNC.contains(runtime));
    }

    private boolean isDefaultOption(String option) {
        return !option.startsWith("seccomp") || securityOptions.stream().anyMatch(BUILTIN_OR_LESS::contains);
    }

    /** Podman does not read these fields of a Docker body. */
    private boolean hasPaths(DefaultClaim claim) {
        String field = claim.kind() == DefaultClaim.Kind.MASKED_PATHS ? "MaskedPaths" : "ReadonlyPaths";
        return isPodman && !runtime.isEmpty()
                || Paths.ALL.stream()
                        .filter(path -> path.field().equals(field) && path.isOf(version))
                        .allMatch(path -> claim.values().contains(path.path()));
    }

    /**
     * A path that dockerd masks or mounts read-only by default. Its responses do not contain these paths.
     *
     * @param field {@code MaskedPaths} or {@code ReadonlyPaths}
     * @param since lowest version of any release branch that has it, or {@code 0}
     */
    private record DefaultPath(String field, String path, String since) {
        /** Returns true if a daemon of this version has the path; true for a version that cannot be read. */
        boolean isOf(String version) {
            try {
                return Arrays.compare(numbers(since), numbers(version.split("[-+~]", 2)[0])) <= 0;
            } catch (NumberFormatException unreadable) {
                return true;
            }
        }

        private static int[] numbers(String version) {
            return Arrays.stream(version.split("\\."))
                    .mapToInt(Integer::parseInt)
                    .toArray();
        }
    }

    /**
     * A value of a body that is harmless if it is the daemon's default, or is stricter.
     *
     * @param values the value, or the elements of a list
     * @param violation the denial if it is not the daemon's default
     */
    public record DefaultClaim(Kind kind, List<String> values, Violation violation) {
        /** Field of the value. */
        public enum Kind {
            RUNTIME,
            SECURITY_OPTION,
            CAPABILITY,
            MASKED_PATHS,
            READONLY_PATHS,
            /** The daemon is dockerd; has no value. */
            DOCKERD,
            /** At most the memory of the daemon's machine. */
            MEMORY,
            /** At most twice as much. */
            MEMORY_AND_SWAP,
            /** The user of the container that an exec enters; has no value. */
            CONTAINER_USER
        }

        public DefaultClaim {
            values = List.copyOf(values);
        }
    }
}
