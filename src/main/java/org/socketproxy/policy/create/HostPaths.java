package org.socketproxy.policy.create;

import java.util.List;

/** Paths of the host that no container may bind. */
public final class HostPaths {
    /** Accounts, programs and start scripts: a writer of these folders is root. */
    private static final List<String> SYSTEM = List.of(
            "/etc",
            "/root",
            "/home",
            "/bin",
            "/sbin",
            "/lib",
            "/lib64",
            "/usr",
            "/opt",
            "/boot",
            "/var/lib",
            "/var/spool");

    /** Everything below these paths, and every folder that contains them. */
    private static final List<String> TREES = List.of(
            "/proc",
            "/sys",
            "/dev",
            "/run/docker.sock",
            "/run/docker",
            "/run/containerd",
            "/run/podman",
            "/run/user",
            "/run/crio",
            "/run/k3s",
            "/var/lib/docker",
            "/var/lib/containerd",
            "/var/lib/containers",
            "/var/lib/kubelet",
            "/var/lib/rancher",
            "/run/runc",
            "/run/crun");

    private HostPaths() {}

    /**
     * Returns true for an absolute path that every program reads in the same way: no empty part, no dot parts, no
     * backslash (the daemon may replace it by a slash), no colon, no control character.
     */
    public static boolean isClean(String path) {
        if (path.isEmpty() || path.charAt(0) != '/' || path.length() > 1 && path.endsWith("/")) {
            return false;
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c < ' ' || c == 0x7f || c == '\\' || c == ':') {
                return false;
            }
        }
        if (path.length() > 1) {
            for (String part : path.substring(1).split("/", -1)) {
                if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Returns true if a clean path may never be bound: it is, contains or is below {@code /proc}, {@code /sys}, {@code /dev}, a
     * socket or the data of a container engine, or one of further paths.
     */
    public static boolean isForbidden(String path, List<String> further) {
        return isAround(path, TREES) || isAround(path, further);
    }

    /** Returns true if programs or accounts of the host are at, below or above a clean path. */
    static boolean isOfSystem(String path) {
        return isAround(path, SYSTEM);
    }

    /** Returns true if a clean path is one of these paths, is below one, or contains one. */
    static boolean isAround(String path, List<String> others) {
        String real = real(path);
        return others.stream()
                .map(HostPaths::real)
                .anyMatch(other -> isAtOrBelow(real, other) || isAtOrBelow(other, real));
    }

    /** Follows the link {@code /var/run}, which every Linux distribution has. */
    public static String real(String path) {
        return isAtOrBelow(path, "/var/run") ? path.substring("/var".length()) : path;
    }

    /** Returns a path without the slash at its end, which the daemons ignore. */
    static String withoutSlashAtEnd(String path) {
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** Returns true if a clean path equals a folder or is below it. */
    public static boolean isAtOrBelow(String path, String folder) {
        return path.equals(folder) || folder.equals("/") || path.startsWith(folder + "/");
    }
}
