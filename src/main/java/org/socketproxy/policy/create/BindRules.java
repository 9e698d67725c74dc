package org.socketproxy.policy.create;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Decides which paths of the host a container may bind.
 *
 * @param allowed the elements of {@code BINDS}
 * @param forbidden further paths that no container may bind, such as the socket of the daemon
 * @param ofProxy paths that the proxy's own container mounts; no container may bind them
 * @param sockets sockets of the proxy at which clients of other profiles connect, each with the settings that a bind needs
 * @param own with {@code BINDS=own}, the mounts of the client's container, by whose paths the client names them; null without it
 */
public record BindRules(
        List<AllowedBind> allowed,
        List<String> forbidden,
        List<String> ofProxy,
        Map<String, List<String>> sockets,
        @Nullable OwnMounts own) {
    /** No path of the host. */
    public static final BindRules NONE = new BindRules(List.of(), List.of(), null);
    /** The element of {@code BINDS} for what the client's container mounts. */
    public static final String OWN = "own";

    public static final String OWN_DANGER = "containers get, as root, what the container of their client mounts";

    /** A volume replaces the bind. */
    static final String REPLACED = "";

    private static final String DANGER = "the container reads and writes this path of the host";
    /** The daemon expands templates in the mounts of a service. */
    private static final String TEMPLATE = "{{";

    private static final String READ_ONLY_DANGER = "the container reads this path of the host";

    /**
     * A folder or file of the host that containers may bind: one element of {@code BINDS}.
     *
     * @param path clean absolute path
     * @param isBelowToo whether everything below the path is allowed too ({@code /**})
     * @param isReadOnly whether a container may only read it ({@code :ro})
     */
    public record AllowedBind(String path, boolean isBelowToo, boolean isReadOnly) {

        /** Returns true if a container may bind a clean path. */
        boolean allows(String source, boolean isReadOnlyBind) {
            boolean isCovered = isBelowToo ? HostPaths.isAtOrBelow(source, path) : source.equals(path);
            return isCovered && (isReadOnlyBind || !isReadOnly);
        }

        /**
         * Returns true if a container with this bind can become root on the host: it writes a folder of the system, uses a
         * socket of a service, or makes a symbolic link below the path and binds the link, which the daemon follows.
         *
         * @param isProtected whether volumes replace the binds below the path
         */
        boolean isRoot(boolean isProtected) {
            return !isReadOnly && isBelowToo && !isProtected || gain().isRoot();
        }

        /** Returns what a container gains by the path itself. */
        HostPaths.Gain gain() {
            return HostPaths.gain(path, isReadOnly);
        }

        /** Returns true if a client could put a link in place of a clean path below this one, which allows the same access. */
        boolean isRootOf(String source, boolean isWriting) {
            boolean isBelow = HostPaths.isAtOrBelow(source, path) && !source.equals(path);
            return isBelow && !(isWriting && isReadOnly) && (isBelowToo || !isReadOnly);
        }

        /** Returns the element of {@code BINDS}. */
        @Override
        public String toString() {
            return path + (isBelowToo ? "/**" : "") + (isReadOnly ? ":ro" : "");
        }
    }

    public BindRules {
        allowed = List.copyOf(allowed);
        forbidden = List.copyOf(forbidden);
        ofProxy = List.copyOf(ofProxy);
        sockets = Map.copyOf(sockets);
    }

    public BindRules(List<AllowedBind> allowed, List<String> forbidden) {
        this(allowed, forbidden, null);
    }

    /** Creates rules of settings, before the mounts of the proxy are known. */
    public BindRules(List<AllowedBind> allowed, List<String> forbidden, @Nullable OwnMounts own) {
        this(allowed, forbidden, List.of(), Map.of(), own);
    }

    /**
     * Returns these rules with further paths that cannot be bound.
     *
     * @param paths clean paths that the proxy's own container mounts
     * @param ofClients clean paths of sockets of the proxy, each with the settings that a bind needs
     */
    public BindRules protecting(List<String> paths, Map<String, List<String>> ofClients) {
        return new BindRules(allowed, forbidden, paths, ofClients, own);
    }

    /** Returns these rules for a client whose container has these mounts. */
    public BindRules of(OwnMounts mounts) {
        return new BindRules(allowed, forbidden, ofProxy, sockets, mounts);
    }

    /** Returns these rules with another element of {@code BINDS}. */
    public BindRules with(AllowedBind another) {
        List<AllowedBind> more =
                Stream.concat(allowed.stream(), Stream.of(another)).distinct().toList();
        return new BindRules(more, forbidden, ofProxy, sockets, own);
    }

    /** Returns the elements of {@code BINDS}. */
    public List<String> words() {
        Stream<String> paths = allowed.stream().map(AllowedBind::toString);
        return (own == null ? paths : Stream.concat(Stream.of(OWN), paths)).toList();
    }

    /**
     * Reports a path that may not be bound.
     *
     * @param value the value that names the path
     * @param source the path, as the client or the daemon writes it
     * @param obstacle why no volume can replace the bind, as the end of a sentence; {@link #REPLACED} if one does
     */
    void check(BodyValue value, String source, boolean isReadOnly, String obstacle) {
        if (own != null && own.has(HostPaths.withoutSlashAtEnd(source))) {
            checkOwn(value, own, HostPaths.withoutSlashAtEnd(source), isReadOnly, obstacle);
        } else {
            checkHost(value, source, isReadOnly, obstacle);
        }
    }

    private void checkOwn(BodyValue value, OwnMounts mounts, String path, boolean isReadOnly, String obstacle) {
        String problem = mounts.problem(path, !isReadOnly, obstacle);
        if (problem.isEmpty()) {
            problem = mounts.gained(path, !isReadOnly).entrySet().stream()
                    .map(each -> gainProblem(each.getKey(), each.getValue()))
                    .filter(each -> !each.isEmpty())
                    .findFirst()
                    .orElse("");
        }
        if (!problem.isEmpty()) {
            value.deny("binds " + JsonPointers.printable(path) + problem + "; " + mounts.mountable());
        }
    }

    /** Returns why no client gets a path of the host by the mounts of its container, as the end of a sentence; or an empty text. */
    private String gainProblem(String path, boolean isWritten) {
        List<String> reached =
                Stream.concat(Stream.of(path), root(path, isWritten).stream()).toList();
        boolean isOfHost = reached.stream()
                .anyMatch(each -> HostPaths.isForbidden(each, forbidden)
                        || HostPaths.gain(each, !isWritten).isRoot() && !HostPaths.isOfUser(each));
        boolean isOfProxy =
                reached.stream().anyMatch(each -> !neededFor(each).isEmpty() || HostPaths.isAround(each, ofProxy));
        return isOfHost
                ? ", which has a path that is the host, or root on it"
                : isOfProxy ? ", which is near files or sockets of this proxy (PROTECT_SELF)" : "";
    }

    private void checkHost(BodyValue value, String source, boolean isReadOnly, String obstacle) {
        String path = HostPaths.withoutSlashAtEnd(source);
        String shown = JsonPointers.printable(path);
        List<String> needed = neededFor(path);
        if (!HostPaths.isClean(path)) {
            value.deny("binds a path that is not absolute and canonical");
        } else if (path.contains(TEMPLATE)) {
            value.deny("binds a path with a template, which the daemon replaces by another text");
        } else if (HostPaths.isForbidden(path, forbidden)) {
            value.denyPath("binds " + shown + ", which is never allowed", null, shown);
        } else if (!needed.isEmpty()) {
            String reason = ", which is or contains a socket for clients of other profiles (it needs "
                    + String.join(" and ", needed) + ")";
            value.denyPath("binds " + shown + reason, null, shown);
        } else if (HostPaths.isAround(path, ofProxy)) {
            String reason = ", which contains, or is in, a path that the container of this proxy mounts (PROTECT_SELF)";
            value.denyPath("binds " + shown + reason, null, shown);
        } else if (allowed.stream().noneMatch(bind -> bind.allows(path, isReadOnly))) {
            String element = shown + (isReadOnly ? ":ro" : "");
            Remedy remedy = shown.equals(path) && Remedy.isPlain(path)
                    ? new Remedy(
                            "BINDS",
                            element,
                            (isReadOnly ? READ_ONLY_DANGER : DANGER)
                                    + HostPaths.gain(path, isReadOnly).clause())
                    : null;
            String access = isReadOnly ? "" : " for writing";
            String reason = own == null ? access : ", which is no path of its own; " + own.mountable();
            value.denyPath("binds " + shown + reason, remedy, shown);
        } else if (!value.has(CreatePermission.BINDS_UNPROTECTED)) {
            root(path, !isReadOnly).ifPresent(root -> checkRoot(value, root, shown, obstacle));
        }
    }

    private void checkRoot(BodyValue value, String root, String shown, String obstacle) {
        String problem = obstacle;
        if (!BindVolume.isNameable(root)) {
            problem = "with a path that is too long for a volume";
        } else if (HostPaths.isAround(root, ofProxy)
                || sockets.keySet().stream().anyMatch(socket -> HostPaths.isAround(root, List.of(socket)))) {
            problem = "below a path that has files of this proxy (PROTECT_SELF)";
        }
        if (!problem.isEmpty()) {
            String sentence = "binds " + shown + " " + problem
                    + ": no volume of this proxy keeps clients from putting a link in its place";
            value.denyPath(sentence, Remedy.of(CreatePermission.BINDS_UNPROTECTED, null), shown);
        }
    }

    /**
     * Reports a bind of an existing container that the rules do not allow.
     *
     * @param target path in the container
     * @param targets paths of all mounts of the container
     */
    void checkExisting(BodyValue value, String source, boolean isReadOnly, String target, Set<String> targets) {
        String path = HostPaths.withoutSlashAtEnd(source);
        boolean isSafe =
                path.equals(OwnMounts.NULL_DEVICE) || root(path, !isReadOnly).isEmpty();
        if (!isSafe || !isHad(path, isReadOnly, target, targets)) {
            checkHost(value, source, isReadOnly, "directly");
        }
    }

    private boolean isHad(String path, boolean isReadOnly, String target, Set<String> targets) {
        return own != null
                && own.isHad(path, isReadOnly, target, targets)
                && (own.isHarmless(path) || gainProblem(path, !isReadOnly).isEmpty());
    }

    /** Reports a bind of an existing container that the rules do not allow, or that has the volume of another root. */
    void checkVolume(BodyValue value, BindVolume volume, boolean isReadOnly, String target, Set<String> targets) {
        Optional<String> ofOwn = root(volume.source(), !isReadOnly);
        if (ofOwn.filter(volume.root()::equals).isPresent() && isHad(volume.source(), isReadOnly, target, targets)) {
            return;
        }
        int before = value.validation().violations().size();
        checkHost(value, volume.source(), isReadOnly, REPLACED);
        boolean isAllowed = value.validation().violations().size() == before;
        if (isAllowed && !value.has(CreatePermission.BINDS_UNPROTECTED)) {
            String root = root(volume.source(), !isReadOnly).orElse("");
            if (!root.equals(volume.root())) {
                checkRoot(
                        value,
                        volume.root(),
                        JsonPointers.printable(volume.source()),
                        "below another element of BINDS");
            }
        }
    }

    /** Returns the outermost folder below which clients could put a link in place of an allowed path; empty if there is none. */
    private Optional<String> root(String path, boolean isWriting) {
        Stream<String> ofSettings =
                allowed.stream().filter(bind -> bind.isRootOf(path, isWriting)).map(AllowedBind::path);
        return (own == null ? ofSettings : Stream.concat(ofSettings, own.roots(path)))
                .min(Comparator.comparing(String::length));
    }

    /** Returns the volume that replaces an allowed bind; empty if the bind needs none. */
    Optional<BindVolume> volume(HostBind bind) {
        String path = HostPaths.withoutSlashAtEnd(bind.source());
        return root(path, bind.isWriting()).map(root -> new BindVolume(root, path.substring(root.length() + 1)));
    }

    /** Returns the first element by which a client reads secrets of the host. */
    public Optional<AllowedBind> secret() {
        return allowed.stream()
                .filter(bind -> bind.gain() == HostPaths.Gain.SECRETS)
                .findFirst();
    }

    /** Returns the elements below which a volume replaces a bind. */
    public List<AllowedBind> roots() {
        return allowed.stream()
                .filter(bind -> bind.isBelowToo()
                        || allowed.stream()
                                .anyMatch(other ->
                                        !other.equals(bind) && bind.isRootOf(other.path(), !other.isReadOnly())))
                .toList();
    }

    private List<String> neededFor(String path) {
        return sockets.entrySet().stream()
                .filter(socket -> HostPaths.isAround(path, List.of(socket.getKey())))
                .flatMap(socket -> socket.getValue().stream())
                .distinct()
                .toList();
    }
}
