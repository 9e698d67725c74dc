package org.socketproxy.listener;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.security.SecureRandom;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.Setting;
import org.socketproxy.config.StartException;
import org.socketproxy.config.UnixAddress;

/**
 * File of a Unix socket that the proxy listens on. The socket is created in a directory with mode 0700, gets its group
 * and mode there, and is then renamed to its path, so that no other user can connect before the permissions are set.
 *
 * <p>Security: a user with write permission on the parent directory can replace the socket. The owner of the directory
 * controls this.
 */
final class SocketFile {
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET = 0140000;
    /** {@link UnixAddress#LONGEST_PATH_BYTES} leaves room for a directory name of this length. */
    private static final int DIRECTORY_LETTERS = 4;

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

    private final UnixAddress address;
    private final Path path;
    private @Nullable Path directory;
    private @Nullable Object key;

    SocketFile(UnixAddress address) {
        this.address = address;
        this.path = address.path();
    }

    /**
     * Creates a private directory beside the socket's path, on the same file system.
     *
     * @return the path to bind in it
     * @throws StartException if the path of the socket cannot be used
     */
    Path makePrivate() throws StartException {
        checkParent();
        checkPath();
        try {
            Path created = newDirectory();
            directory = created;
            return created.resolve("s");
        } catch (IOException failed) {
            throw cannot(
                    "this user cannot create files in " + path.getParent() + " (" + failed
                            + "). Change the owner, for example with chown, or use another directory",
                    failed);
        }
    }

    private Path newDirectory() throws IOException {
        SecureRandom random = new SecureRandom();
        while (true) {
            StringBuilder name = new StringBuilder(".");
            random.ints(DIRECTORY_LETTERS, 0, LETTERS.length()).forEach(i -> name.append(LETTERS.charAt(i)));
            try {
                return Files.createDirectory(
                        path.resolveSibling(name.toString()),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException taken) {
                // Try another random name.
            }
        }
    }

    private void checkParent() throws StartException {
        Path parent = path.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw cannot("there is no directory " + parent + ". Create it, or mount one there", null);
        }
    }

    /** Accepts only a missing file, or the socket of a process that no longer runs. */
    private void checkPath() throws StartException {
        try {
            int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            if ((mode & FILE_TYPE) != SOCKET) {
                throw cannot("the file there is not a socket. Move it away, or use another path", null);
            }
            if (isInUse()) {
                throw cannot("another program uses it. Stop it, or use another path", null);
            }
        } catch (NoSuchFileException missing) {
            // The path is free.
        } catch (IOException unreadable) {
            throw cannot("the file there cannot be checked (" + unreadable + "). Use another path", unreadable);
        }
    }

    /** Only ECONNREFUSED means that no process listens; EACCES and EAGAIN come from sockets in use. */
    private boolean isInUse() throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException refused) {
            return false;
        }
    }

    /**
     * Sets the group and the mode of the socket, and renames it to its path.
     *
     * @param bound the result of {@link #makePrivate}, with a bound socket
     */
    void publish(Path bound) throws StartException {
        setGroup(bound);
        try {
            Files.setAttribute(bound, "unix:mode", address.mode());
            key = keyOf(bound);
            checkPath(); // again, because another program may have created a file there
            Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            throw cannot(
                    "the socket cannot be renamed to this path (" + failed + "). Use a writable directory", failed);
        }
    }

    private void setGroup(Path bound) throws StartException {
        String group = address.group();
        if (group == null) {
            return;
        }
        try {
            PosixFileAttributeView view = Files.getFileAttributeView(bound, PosixFileAttributeView.class);
            if (group.chars().allMatch(c -> c >= '0' && c <= '9')) {
                Files.setAttribute(bound, "unix:gid", Integer.parseUnsignedInt(group));
            } else {
                view.setGroup(
                        bound.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
            }
        } catch (UserPrincipalNotFoundException | NumberFormatException unknown) {
            throw cannot("there is no group " + group + ". Use an existing group, or a numeric id", unknown);
        } catch (IOException forbidden) {
            throw cannot(
                    "this user cannot give the socket to group " + group
                            + ". Make the user a member of it, for example with group_add in a compose file",
                    forbidden);
        }
    }

    /** Removes the private directory. */
    void removeDirectory() {
        Path created = directory;
        if (created != null) {
            delete(created.resolve("s"));
            delete(created);
            directory = null;
        }
    }

    /** Removes the socket, unless another program has replaced it. */
    void remove() {
        if (key != null && Objects.equals(key, keyOf(path))) {
            delete(path);
        }
        key = null;
    }

    private static @Nullable Object keyOf(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException missing) {
            return null;
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException ignored) {
            // Another program has created a directory there, or the parent is no longer writable.
        }
    }

    private StartException cannot(String reason, @Nullable Throwable cause) {
        return StartException.cannotListen(Setting.LISTEN, address, reason, cause);
    }
}
