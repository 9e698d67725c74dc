package org.socketproxy.audit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of {@code AUDIT_FILE}: a full file gets the suffix {@code .1}, that with {@code .1} gets {@code .2}, and the oldest one is
 * replaced. If another program renames or removes the file, the next line begins a new one.
 *
 * <p>Threading: confined to one thread. Security: appends only to a regular file, and follows no symbolic link at its name.
 */
final class RotatedFile implements LogFile.Source {
    private static final Set<OpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);

    private final Path file;
    private final long maxBytes;
    private final int kept;
    private @Nullable FileChannel open;
    private @Nullable Object key;

    /**
     * Opens the file.
     *
     * @param kept number of full files beside this one, at least 1
     * @throws IOException if the file cannot be written
     */
    RotatedFile(Path file, long maxBytes, int kept) throws IOException {
        this.file = file;
        this.maxBytes = maxBytes;
        this.kept = kept;
        var unused = next(0);
    }

    @Override
    public FileChannel next(int bytes) throws IOException {
        FileChannel current = current();
        long size = current.size();
        if (size > 0 && size + bytes > maxBytes) {
            for (int i = kept - 1; i >= 1; i--) {
                moveIfExists(full(i), full(i + 1));
            }
            moveIfExists(file, full(1));
            current = current();
        }
        return current;
    }

    private Path full(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    private static void moveIfExists(Path from, Path to) throws IOException {
        try {
            var unused = Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException absent) {
            // There are fewer files.
        }
    }

    private FileChannel current() throws IOException {
        Object found = keyOfFile();
        FileChannel current = open;
        if (current != null && found != null && found.equals(key)) {
            return current;
        }
        if (current != null) {
            current.close();
            open = null;
        }
        FileChannel opened = FileChannel.open(
                file, APPEND, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
        open = opened;
        key = keyOfFile();
        return opened;
    }

    /** Returns the identity of the file at the path, or null without one. */
    private @Nullable Object keyOfFile() throws IOException {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isRegularFile()) {
                throw new FileSystemException(file.toString(), null, "not a regular file");
            }
            return found.fileKey();
        } catch (NoSuchFileException absent) {
            return null;
        }
    }
}
