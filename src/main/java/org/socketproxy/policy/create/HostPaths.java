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

    /** Sockets of programs that run as root, which a container also uses through a bind for reading. */
    private static final List<String> SERVICES = List.of(
            "/run/systemd",
            "/run/dbus",
            "/run/libvirt",
            "/run/lxd",
            "/run/incus",
            "/run/buildkit",
            "/run/cri-dockerd.sock",
            "/run/snapd.socket",
            "/run/snapd-snap.socket",
            "/var/snap");

    /** A reader of these folders finds hashes of passwords, private keys, or the data of services. */
    private static final List<String> SECRET =
            List.of("/etc", "/root", "/home", "/opt", "/var/lib", "/var/spool", "/var/backups");

    /** Below {@link #SECRET}, but read by every program. */
    private static final List<String> PUBLIC = List.of(
            "/etc/group",
            "/etc/hostname",
            "/etc/hosts",
            "/etc/localtime",
            "/etc/machine-id",
            "/etc/nsswitch.conf",
            "/etc/os-release",
            "/etc/passwd",
            "/etc/resolv.conf",
            "/etc/ssl/certs",
            "/etc/timezone");

    /** What a container gains by a bind. */
    enum Gain {
        /** It writes accounts, programs or start scripts. */
        SYSTEM(", which is root on the host"),
        SERVICES(", and uses sockets of services there, which is root on the host"),
        SECRETS(", which may have passwords and private keys"),
        FILES("");

        private final String clause;

        Gain(String clause) {
            this.clause = clause;
        }

        /** Returns the end of a clause about the path of the host; empty if there is nothing to add. */
        String clause() {
            return clause;
        }

        boolean isRoot() {
            return this == SYSTEM || this == SERVICES;
        }
    }

    private HostPaths() {}

    /** Returns what a container gains by the bind of a clean path, and perhaps of all below it. */
    static Gain gain(String path, boolean isReadOnly) {
        if (!isReadOnly && isAround(path, SYSTEM)) {
            return Gain.SYSTEM;
        }
        if (isAround(path, SERVICES)) {
            return Gain.SERVICES;
        }
        boolean isPublic = PUBLIC.stream().anyMatch(known -> isAtOrBelow(path, known));
        return !isPublic && isAround(path, SECRET) ? Gain.SECRETS : Gain.FILES;
    }

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
