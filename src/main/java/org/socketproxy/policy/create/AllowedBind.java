package org.socketproxy.policy.create;

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
     * Returns true if a container with this bind can become root on the host: it writes a folder of the system, or makes a
     * symbolic link below the path and binds the link, which the daemon follows.
     */
    boolean isRoot() {
        return !isReadOnly && (isBelowToo || HostPaths.isOfSystem(path));
    }

    /** Returns the element of {@code BINDS}. */
    @Override
    public String toString() {
        return path + (isBelowToo ? "/**" : "") + (isReadOnly ? ":ro" : "");
    }
}
