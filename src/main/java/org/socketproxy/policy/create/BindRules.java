package org.socketproxy.policy.create;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Decides which paths of the host a container may bind.
 *
 * @param allowed the elements of {@code BINDS}
 * @param forbidden further paths that no container may bind, such as the socket of the daemon
 * @param ofProxy paths that the proxy's own container mounts; no container may bind them
 * @param sockets sockets of the proxy at which clients of other profiles connect, each with the settings that a bind needs
 */
public record BindRules(
        List<AllowedBind> allowed, List<String> forbidden, List<String> ofProxy, Map<String, List<String>> sockets) {
    /** No path of the host. */
    public static final BindRules NONE = new BindRules(List.of(), List.of());

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

    /** Creates rules of settings, before the mounts of the proxy are known. */
    public BindRules(List<AllowedBind> allowed, List<String> forbidden) {
        this(allowed, forbidden, List.of(), Map.of());
    }

    /**
     * Reports a path that may not be bound.
     *
     * @param value the value that names the path
     * @param source the path, as the client or the daemon writes it
     * @param obstacle why no volume can replace the bind, as the end of a sentence; {@link #REPLACED} if one does
     */
    void check(BodyValue value, String source, boolean isReadOnly, String obstacle) {
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
            value.denyPath("binds " + shown + (isReadOnly ? "" : " for writing"), remedy, shown);
        } else if (!value.has(CreatePermission.BINDS_UNPROTECTED)) {
            root(path, !isReadOnly).ifPresent(root -> checkRoot(value, root.path(), shown, obstacle));
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

    /** Reports a bind of an existing container that the rules do not allow, or that has the volume of another root. */
    void checkVolume(BodyValue value, BindVolume volume, boolean isReadOnly) {
        int before = value.validation().violations().size();
        check(value, volume.source(), isReadOnly, REPLACED);
        boolean isAllowed = value.validation().violations().size() == before;
        if (isAllowed && !value.has(CreatePermission.BINDS_UNPROTECTED)) {
            AllowedBind root = root(volume.source(), !isReadOnly).orElse(null);
            if (root == null || !root.path().equals(volume.root())) {
                checkRoot(
                        value,
                        volume.root(),
                        JsonPointers.printable(volume.source()),
                        "below another element of BINDS");
            }
        }
    }

    /** Returns the outermost allowed bind below which clients could put a link in place of an allowed path; empty if there is none. */
    private Optional<AllowedBind> root(String path, boolean isWriting) {
        return allowed.stream()
                .filter(bind -> bind.isRootOf(path, isWriting))
                .min(Comparator.comparing(bind -> bind.path().length()));
    }

    /** Returns the volume that replaces an allowed bind; empty if the bind needs none. */
    Optional<BindVolume> volume(HostBind bind) {
        String path = HostPaths.withoutSlashAtEnd(bind.source());
        return root(path, bind.isWriting())
                .map(root ->
                        new BindVolume(root.path(), path.substring(root.path().length() + 1)));
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
