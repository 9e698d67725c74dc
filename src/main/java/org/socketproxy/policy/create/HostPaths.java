package org.socketproxy.policy.create;

import java.util.Comparator;
import java.util.List;

/** Paths of the host that no container may bind, and those whose bind is dangerous. */
public final class HostPaths {
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

    /** Access that a bind of a path gives, for writing and for reading; a bind of several rows gives the first of their accesses. */
    private record Row(String path, Gain written, Gain read) {}

    private static final List<Row> DANGEROUS = List.of(
            new Row("/etc", Gain.SYSTEM, Gain.SECRETS),
            new Row("/root", Gain.SYSTEM, Gain.SECRETS),
            new Row("/home", Gain.SYSTEM, Gain.SECRETS),
            new Row("/opt", Gain.SYSTEM, Gain.SECRETS),
            new Row("/var/lib", Gain.SYSTEM, Gain.SECRETS),
            new Row("/var/spool", Gain.SYSTEM, Gain.SECRETS),
            new Row("/var/backups", Gain.SECRETS, Gain.SECRETS),
            new Row("/bin", Gain.SYSTEM, Gain.FILES),
            new Row("/sbin", Gain.SYSTEM, Gain.FILES),
            new Row("/lib", Gain.SYSTEM, Gain.FILES),
            new Row("/lib64", Gain.SYSTEM, Gain.FILES),
            new Row("/usr", Gain.SYSTEM, Gain.FILES),
            new Row("/boot", Gain.SYSTEM, Gain.FILES),
            new Row("/run/systemd", Gain.SERVICES, Gain.SERVICES),
            new Row("/run/dbus", Gain.SERVICES, Gain.SERVICES),
            new Row("/run/libvirt", Gain.SERVICES, Gain.SERVICES),
            new Row("/run/lxd", Gain.SERVICES, Gain.SERVICES),
            new Row("/run/incus", Gain.SERVICES, Gain.SERVICES),
            new Row("/run/buildkit", Gain.SERVICES, Gain.SERVICES),
            new Row("/run/cri-dockerd.sock", Gain.SERVICES, Gain.SERVICES),
            new Row("/run/snapd.socket", Gain.SERVICES, Gain.SERVICES),
            new Row("/run/snapd-snap.socket", Gain.SERVICES, Gain.SERVICES),
            new Row("/var/snap", Gain.SERVICES, Gain.SERVICES));

    /** Without secrets, though below a row with {@link Gain#SECRETS}. */
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

    /** Access of a container to the host by a bind, the most dangerous one first. */
    enum Gain {
        /** Writes accounts, programs or start scripts. */
        SYSTEM(", which is root on the host"),
        /** Uses sockets of programs that run as root, which a bind for reading permits too. */
        SERVICES(", and uses sockets of services there, which is root on the host"),
        /** Reads hashes of passwords, private keys, or the data of services. */
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

    /** Returns true if a path can be the folder of the projects of a client: it is not the host, and not root on it. */
    public static boolean isForProjects(String path) {
        return isClean(path)
                && !isForbidden(path, List.of())
                && (isOfUser(path) || !gain(path, false).isRoot());
    }

    /** Returns true for a clean path below the home of a user, which is not root. */
    static boolean isOfUser(String path) {
        return path.startsWith("/home/");
    }

    /** Returns the access that a bind of a clean path, and perhaps of all below it, gives. */
    static Gain gain(String path, boolean isReadOnly) {
        Gain gain = DANGEROUS.stream()
                .filter(row -> isAround(path, List.of(row.path)))
                .map(row -> isReadOnly ? row.read : row.written)
                .min(Comparator.naturalOrder())
                .orElse(Gain.FILES);
        boolean isPublic = PUBLIC.stream().anyMatch(known -> isAtOrBelow(path, known));
        return gain == Gain.SECRETS && isPublic ? Gain.FILES : gain;
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
