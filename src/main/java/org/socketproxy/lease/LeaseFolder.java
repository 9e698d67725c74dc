package org.socketproxy.lease;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.config.StartException;

/**
 * The folder of {@code LEASES}: the control socket, the records, and a folder with a socket for each lease.
 *
 * <p>Security: only the proxy's user writes in it; other users reach the sockets below it.
 *
 * @param path absolute
 */
public record LeaseFolder(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseFolder.class);
    private static final String MODE = "rwx--x--x";

    /** Returns the control socket. */
    public Path control() {
        return path.resolve("control.sock");
    }

    /** Creates the folder, and checks that only this user can write in it. */
    public void prepare() throws StartException {
        try {
            if (!Files.isDirectory(path)) {
                create(path);
            }
            int mode = (int) Files.getAttribute(path, "unix:mode");
            if ((mode & 0022) != 0 || uidOf(path) != ownUid()) {
                throw new StartException("LEASES: other users can write in " + path
                        + ", so that they could replace the sockets: make this user its owner, and use mode 0711");
            }
        } catch (IOException failed) {
            throw new StartException(
                    "LEASES: " + path + " cannot be used (" + failed + "). Name a folder that this user can create",
                    failed);
        }
    }

    /** Creates a folder with this mode also if the umask has fewer permissions. */
    private static void create(Path folder) throws IOException {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(MODE)));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(MODE));
    }

    private static int uidOf(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:uid");
    }

    private static int ownUid() throws IOException {
        return uidOf(Path.of("/proc/self"));
    }

    /** Returns true for root, and for the user of the proxy. */
    static boolean isAdministrator(int uid) {
        try {
            return uid == 0 || uid == ownUid();
        } catch (IOException unknown) {
            return false;
        }
    }

    private Path of(Lease lease) {
        return path.resolve(lease.id());
    }

    Path socket(Lease lease) {
        return socket(lease.id());
    }

    /** Returns the socket of a lease with this id. */
    Path socket(String id) {
        return path.resolve(id).resolve("docker.sock");
    }

    /** Makes the folder of a lease, which belongs to the proxy, so that a restart can put a new socket there; returns the socket. */
    Path make(Lease lease) throws IOException {
        create(of(lease));
        return socket(lease);
    }

    /** Gives the socket to the opener: of other users only root can connect. */
    void giveToOpener(Lease lease) throws IOException {
        if (lease.uid() == ownUid()) {
            return;
        }
        try {
            Files.setAttribute(socket(lease), "unix:uid", lease.uid(), LinkOption.NOFOLLOW_LINKS);
        } catch (IOException forbidden) {
            throw new IOException(
                    "the proxy's user cannot give the socket to uid " + lease.uid()
                            + ": run it as root with the capability CHOWN, or as this user",
                    forbidden);
        }
    }

    void remove(Lease lease) {
        try {
            Files.deleteIfExists(socket(lease));
            Files.deleteIfExists(of(lease));
        } catch (IOException failed) {
            LOG.warn("Lease {}: its folder cannot be removed", lease.id(), failed);
        }
    }
}
