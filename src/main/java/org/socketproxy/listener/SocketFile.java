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
 * The file of a Unix socket that we listen on. It is made in a folder that nobody else may enter, gets its group and mode
 * there, and is renamed to its place then: there is no moment at which more people can connect than are meant to.
 *
 * <p>Security: whoever may write the folder can put a socket of their own in place of ours. It is the folder's owner who
 * decides that.
 */
final class SocketFile {
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET = 0140000;
    /** With the name in it, as long as the settings reckon with. */
    private static final int FOLDER_LETTERS = 4;

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

    private final UnixAddress address;
    private final Path place;
    private @Nullable Path folder;
    private @Nullable Object key;

    SocketFile(UnixAddress address) {
        this.address = address;
        this.place = address.path();
    }

    /**
     * A path to bind, in a private folder beside the socket's own place, on the same file system.
     *
     * @throws StartException if the place cannot be taken
     */
    Path makePrivate() throws StartException {
        checkFolder();
        checkPlace();
        try {
            Path made = newFolder();
            folder = made;
            return made.resolve("s");
        } catch (IOException failed) {
            throw cannot(
                    "this user may not make files in " + place.getParent() + " (" + failed
                            + "). Let it, such as by chown, or use another folder",
                    failed);
        }
    }

    private Path newFolder() throws IOException {
        SecureRandom random = new SecureRandom();
        while (true) {
            StringBuilder name = new StringBuilder(".");
            random.ints(FOLDER_LETTERS, 0, LETTERS.length()).forEach(i -> name.append(LETTERS.charAt(i)));
            try {
                return Files.createDirectory(
                        place.resolveSibling(name.toString()),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException taken) {
                // Another name, then.
            }
        }
    }

    private void checkFolder() throws StartException {
        Path parent = place.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw cannot("there is no folder " + parent + ". Make it, or mount one there", null);
        }
    }

    /** What was left behind by a process that is no more may be replaced; nothing else. */
    private void checkPlace() throws StartException {
        try {
            int mode = (int) Files.getAttribute(place, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            if ((mode & FILE_TYPE) != SOCKET) {
                throw cannot("there is something else than a socket. Move it away, or use another path", null);
            }
            if (isAlive()) {
                throw cannot("another program listens there. Stop it, or use another path", null);
            }
        } catch (NoSuchFileException free) {
            // Nothing was left behind.
        } catch (IOException unreadable) {
            throw cannot("nobody can tell what is there (" + unreadable + "). Use another path", unreadable);
        }
    }

    /** Whatever is no refusal is taken for life: one may not be allowed to connect, or have to wait. */
    private boolean isAlive() throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(place));
            return true;
        } catch (ConnectException refused) {
            return false;
        }
    }

    /**
     * Gives the socket its group and mode, and puts it in its place.
     *
     * @param bound the path that was given, on which a socket is bound by now
     */
    void publish(Path bound) throws StartException {
        setGroup(bound);
        try {
            Files.setAttribute(bound, "unix:mode", address.mode());
            key = keyOf(bound);
            checkPlace(); // again: what came there meanwhile is not replaced
            Files.move(bound, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            throw cannot("it cannot be put there (" + failed + "). Use a folder in which this user may", failed);
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
            throw cannot("there is no group " + group + ". Use one that there is, or its number", unknown);
        } catch (IOException forbidden) {
            throw cannot(
                    "this user may not give it to group " + group
                            + ". Make the user a member of it, such as by group_add in a compose file",
                    forbidden);
        }
    }

    /** Removes the private folder, which is of no use once the socket is in its place. */
    void removeFolder() {
        Path made = folder;
        if (made != null) {
            delete(made.resolve("s"));
            delete(made);
            folder = null;
        }
    }

    /** Removes the socket from its place, unless it is no longer ours. */
    void remove() {
        if (key != null && Objects.equals(key, keyOf(place))) {
            delete(place);
        }
        key = null;
    }

    private static @Nullable Object keyOf(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException gone) {
            return null;
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException left) {
            // Somebody has put something else there, or the folder may no longer be written.
        }
    }

    private StartException cannot(String sentence, @Nullable Throwable cause) {
        return StartException.cannotListen(Setting.LISTEN, address, sentence, cause);
    }
}
