package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;

/**
 * Mounts of the container of a client, for {@code BINDS=own}: the client may bind paths of its container.
 *
 * <p>Security: a bind has the mounts below it too, so that what the client only reads, or does not see, stays so. A mount that the
 * client could move, with a folder above it, makes all binds around it denied.
 *
 * @param problem why the mounts are not known; empty if they are
 */
public record OwnMounts(String problem, List<Mount> mounts) {
    /** The place of {@code BINDS=own} in rules before the client is known. */
    public static final OwnMounts NONE = unknown("the proxy does not know the container of this client");

    /** A file of the client's container that is hidden by this device. */
    static final String NULL_DEVICE = "/dev/null";

    private static final int MOST_NAMED = 8;

    enum Kind {
        BIND,
        VOLUME,
        /** The socket of the client's lease: it gives nothing that the client has not. */
        SOCKET,
        /** Hides a path; also for a mount that no other container can get. */
        HIDDEN
    }

    /**
     * One mount of the client's container.
     *
     * @param path clean path in the container
     * @param source clean path of the host, or the name of a volume
     * @param below path inside of the volume; empty for all of it
     * @param root folder of the host below which other containers could put a link in place of the source; empty for none
     */
    record Mount(String path, Kind kind, String source, String below, String root, boolean isReadOnly) {
        private boolean isWritableWith(Mount other) {
            boolean isSame = kind == Kind.BIND
                    ? HostPaths.isAtOrBelow(source, other.source) || HostPaths.isAtOrBelow(other.source, source)
                    : source.equals(other.source);
            return kind == other.kind && !other.isReadOnly && isSame;
        }

        /** Returns the path of the host, or inside of the volume, of a path of the container. */
        private String at(String ofContainer) {
            String rest = ofContainer.equals(path) ? "" : ofContainer.substring(path.length());
            return kind == Kind.BIND || kind == Kind.SOCKET
                    ? source.equals("/") && !rest.isEmpty() ? rest : source + rest
                    : (below + rest).replaceFirst("^/", "");
        }
    }

    public OwnMounts {
        mounts = List.copyOf(mounts);
    }

    static OwnMounts unknown(String problem) {
        return new OwnMounts(problem, List.of());
    }

    /**
     * Returns what a client of a lease can bind: its project, and its socket in place of that of the daemon.
     *
     * @param project clean path of the host; empty for none
     * @param root folder of the host below which clients could put a link in place of the project
     */
    public static OwnMounts ofLease(String socket, String project, String root) {
        List<Mount> found = new ArrayList<>();
        for (String path : List.of("/run/docker.sock", "/var/run/docker.sock", socket)) {
            found.add(new Mount(path, Kind.SOCKET, socket, "", "", false));
        }
        if (!project.isEmpty()) {
            found.add(new Mount(project, Kind.BIND, project, "", project.equals(root) ? "" : root, false));
        }
        return new OwnMounts("", found);
    }

    /** Reads the daemon's response to ContainerInspect. */
    public static OwnMounts read(ByteBuffer inspect) {
        JsonObject container = StrictJson.object(inspect);
        JsonObject hostConfig = container.object("HostConfig");
        Map<String, BindVolume> ofProxy = ProtectedBinds.volumes(hostConfig);
        List<Mount> found = new ArrayList<>();
        for (JsonObject mount : container.elements("Mounts")) {
            String path = clean(mount.text("Destination"));
            String source = mount.text("Source");
            String name = mount.text("Name");
            boolean isReadOnly = mount.get("RW") != JsonLiteral.TRUE;
            BindVolume replaced = ofProxy.get(path);
            if (replaced != null && replaced.name().equals(name)) {
                found.add(new Mount(path, Kind.BIND, replaced.source(), "", replaced.root(), isReadOnly));
            } else if (mount.text("Type").equals("bind") && HostPaths.isClean(source)) {
                found.add(new Mount(path, Kind.BIND, source, "", "", isReadOnly));
            } else if (mount.text("Type").equals("volume")
                    && MountChecks.VOLUME_NAME.matcher(name).matches()
                    && !BindVolume.isReserved(name)) {
                found.add(new Mount(path, Kind.VOLUME, name, below(hostConfig, path), "", isReadOnly));
            } else {
                found.add(new Mount(path, Kind.HIDDEN, "", "", "", true));
            }
        }
        hostConfig
                .object("Tmpfs")
                .members()
                .keySet()
                .forEach(path -> found.add(new Mount(clean(path), Kind.HIDDEN, "", "", "", true)));
        return found.stream().allMatch(mount -> HostPaths.isClean(mount.path))
                ? new OwnMounts("", found)
                : unknown("a mount of the client's container cannot be read");
    }

    private static String clean(String path) {
        try {
            return Path.of(path).normalize().toString();
        } catch (InvalidPathException unreadable) {
            return "";
        }
    }

    private static String below(JsonObject hostConfig, String path) {
        return hostConfig.elements("Mounts").stream()
                .filter(mount -> clean(mount.text("Target")).equals(path))
                .map(mount -> clean(mount.object(BindVolume.OPTIONS).text(BindVolume.SUBPATH)))
                .findFirst()
                .orElse("");
    }

    /** Returns true if a path of the client is clean, and in one of the mounts. */
    boolean has(String path) {
        return HostPaths.isClean(path) && mount(path) != null;
    }

    private @Nullable Mount mount(String path) {
        return mounts.stream()
                .filter(mount -> HostPaths.isAtOrBelow(path, mount.path))
                .max(Comparator.<Mount>comparingInt(mount -> mount.path.length())
                        .thenComparing(mount -> mount.kind))
                .orElse(null);
    }

    private List<Mount> nested(String path) {
        return mounts.stream()
                .filter(mount -> HostPaths.isAtOrBelow(mount.path, path) && !mount.path.equals(path))
                .sorted(Comparator.comparingInt(mount -> mount.path.length()))
                .toList();
    }

    /** Returns what the client can bind, as the end of a sentence. */
    String mountable() {
        List<String> paths = mounts.stream()
                .filter(mount -> mount.kind != Kind.HIDDEN)
                .map(mount -> JsonPointers.printable(mount.path) + (mount.isReadOnly ? ":ro" : ""))
                .sorted()
                .toList();
        if (!problem.isEmpty()) {
            return "BINDS=own does not apply, because " + problem;
        }
        return paths.isEmpty()
                ? "the client has no path of its own that it could bind"
                : "this client can bind its own paths: "
                        + paths.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
                        + (paths.size() > MOST_NAMED ? " and others" : "");
    }

    /**
     * Returns why a path that is in a mount cannot be bound, as the end of a sentence; empty if it can.
     *
     * @param obstacle why the proxy cannot rewrite the bind; empty if it can
     */
    String problem(String path, boolean isWriting, String obstacle) {
        Mount mount = mount(path);
        if (mount == null || mount.kind == Kind.HIDDEN) {
            return ", which is in a mount that no other container can get";
        }
        if (isWriting && mount.isReadOnly) {
            return " for writing, which the client's container only reads";
        }
        Mount moved = movable(path);
        if (moved != null) {
            return ", where a client could move its mount " + JsonPointers.printable(moved.path)
                    + " with the folder around it, and get what it hides";
        }
        return obstacle.isEmpty() ? "" : " " + obstacle + ", which BINDS=own does not allow";
    }

    /** Returns a mount that can be moved: the kernel keeps a mount point in its place, but not a folder above it. */
    private @Nullable Mount movable(String path) {
        Mount around = mount(path);
        return around == null
                ? null
                : Stream.concat(Stream.of(around), nested(path).stream())
                        .filter(parent -> mounts.stream().anyMatch(parent::isWritableWith))
                        .flatMap(parent -> mounts.stream()
                                .filter(child -> child.path.startsWith(parent.path + "/")
                                        && child.path.indexOf('/', parent.path.length() + 1) > 0
                                        && parent.equals(mount(parentOf(child.path)))))
                        .findFirst()
                        .orElse(null);
    }

    private static String parentOf(String path) {
        return path.substring(0, Math.max(1, path.lastIndexOf('/')));
    }

    /** Returns the paths of the host that a bind of a path gives, each with whether it can be written. */
    Map<String, Boolean> gained(String path, boolean isWriting) {
        Mount mount = mount(path);
        Stream<Mount> all = mount == null ? Stream.of() : Stream.concat(Stream.of(mount), nested(path).stream());
        return all.filter(each -> each.kind == Kind.BIND && !each.source.equals(NULL_DEVICE))
                .collect(Collectors.toMap(
                        each -> each.equals(mount) ? each.at(path) : each.source,
                        each -> isWriting && !each.isReadOnly,
                        Boolean::logicalOr));
    }

    /** Returns true for a path of the host that gives nothing of it. */
    boolean isHarmless(String source) {
        return source.equals(NULL_DEVICE)
                || mounts.stream().anyMatch(mount -> mount.kind == Kind.SOCKET && mount.source.equals(source));
    }

    /** Returns the names of the volumes that a bind of a path gives. */
    List<String> volumes(String path) {
        Mount mount = mount(path);
        Stream<Mount> all = mount == null ? Stream.of() : Stream.concat(Stream.of(mount), nested(path).stream());
        return all.filter(each -> each.kind == Kind.VOLUME)
                .map(Mount::source)
                .distinct()
                .toList();
    }

    /** Returns the folders of the host below which a client could put a link in place of a path. */
    Stream<String> roots(String source) {
        return mounts.stream()
                .filter(mount -> mount.kind == Kind.BIND)
                .flatMap(mount -> Stream.of(mount.source, mount.root))
                .filter(root -> !root.isEmpty() && !root.equals(source) && HostPaths.isAtOrBelow(source, root));
    }

    /** Returns true if a path is a mount, and all below it are too. */
    boolean isExact(String path) {
        return Stream.concat(Stream.ofNullable(mount(path)), nested(path).stream())
                .allMatch(mount -> mount.below.isEmpty()
                        && mount.root.isEmpty()
                        && HostPaths.isAtOrBelow(mount.path, path)
                        && (mount.kind != Kind.BIND
                                || roots(mount.source).findAny().isEmpty()));
    }

    /** Returns the mounts of a new container for a bind of the client: that of the path, and those below it. */
    List<JsonValue> mounts(HostBind bind) {
        String path = HostPaths.withoutSlashAtEnd(bind.source());
        Mount mount = mount(path);
        if (mount == null) {
            throw new IllegalStateException("The bind is in no mount");
        }
        List<JsonValue> added = new ArrayList<>();
        added.add(element(mount, mount.at(path), bind.target(), bind.isReadOnly()));
        String target = HostPaths.withoutSlashAtEnd(bind.target());
        for (Mount each : nested(path)) {
            String to = target + each.path.substring(path.length());
            added.add(element(each, each.at(each.path), to, bind.isReadOnly() || each.isReadOnly));
        }
        return added;
    }

    private static JsonObject element(Mount mount, String at, String target, boolean isReadOnly) {
        return switch (mount.kind) {
            case BIND, SOCKET -> BindVolume.bind(at, target, isReadOnly || at.equals(NULL_DEVICE));
            case VOLUME -> BindVolume.ofVolume(mount.source, at, target, isReadOnly);
            case HIDDEN -> BindVolume.texts("Type", "tmpfs", "Target", target);
        };
    }

    /**
     * Returns true if a container that exists has a path of the host as the client could have got it.
     *
     * @param targets paths at which the container has mounts
     */
    boolean isHad(String source, boolean isReadOnly, String target, Set<String> targets) {
        if (source.equals(NULL_DEVICE)) {
            return problem.isEmpty() && isReadOnly;
        }
        return mounts.stream()
                .filter(mount -> (mount.kind == Kind.BIND || mount.kind == Kind.SOCKET)
                        && HostPaths.isAtOrBelow(source, mount.source)
                        && (isReadOnly || !mount.isReadOnly))
                .map(mount -> mount.path + source.substring(mount.source.length()))
                .anyMatch(path -> problem(path, !isReadOnly, "").isEmpty()
                        && nested(path).stream()
                                .allMatch(each -> targets.contains(target + each.path.substring(path.length()))));
    }
}
