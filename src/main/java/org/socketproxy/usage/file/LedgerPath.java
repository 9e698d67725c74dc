package org.socketproxy.usage.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.socketproxy.usage.file.LedgerFile.UnusableLedgerException;

/**
 * Reads, replaces and renames the file at the path of {@code LEDGER}.
 *
 * <p>Security: {@code LEDGER} may contain a wrong path. The proxy replaces or renames only a regular file that begins with the
 * format marker, and writes to a new temporary file with a random name, never to a file or link of another user.
 */
final class LedgerPath {
    private static final String ADVICE = "use the path of a new file in a writable folder, such as /data/ledger.json";

    private final Path file;
    private final Path aside;

    LedgerPath(Path file) {
        this.file = file;
        this.aside = file.resolveSibling(file.getFileName() + ".broken");
    }

    /**
     * Returns false if the path does not exist.
     *
     * @throws UnusableLedgerException if the path exists and is not a ledger
     */
    boolean isTaken() throws UnusableLedgerException {
        return isTaken(file);
    }

    private static boolean isTaken(Path path) throws UnusableLedgerException {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isRegularFile()) {
                throw new UnusableLedgerException("this is "
                        + (found.isDirectory()
                                ? "a folder"
                                : found.isSymbolicLink() ? "a symbolic link" : "not a regular file")
                        + "; " + ADVICE);
            }
            if (!LedgerJson.isMarked(new String(head(path), StandardCharsets.ISO_8859_1))) {
                throw new UnusableLedgerException(
                        "this file is not a ledger, so the proxy does not change it; " + ADVICE);
            }
            return true;
        } catch (NoSuchFileException free) {
            return false;
        } catch (AccessDeniedException denied) {
            throw new UnusableLedgerException(
                    "the proxy's user has no read permission; let it read and write the file, or " + ADVICE);
        } catch (UnusableLedgerException known) {
            throw known;
        } catch (IOException unreadable) {
            throw new UnusableLedgerException("the file cannot be read (" + unreadable.getMessage() + "); " + ADVICE);
        }
    }

    private static byte[] head(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            return in.readNBytes(LedgerJson.MARKER_BYTES);
        }
    }

    LedgerJson.Content read() throws IOException {
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return LedgerJson.read(in);
        }
    }

    /**
     * Renames a damaged ledger to {@code NAME.broken}, replaces an earlier damaged ledger there, and returns the new path.
     *
     * @throws UnusableLedgerException if it cannot be renamed, or the new path exists and is not a ledger
     */
    Path setAside() throws UnusableLedgerException {
        try {
            isTaken(aside); // throws if the path is not a ledger
            return Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
        } catch (UnusableLedgerException foreign) {
            throw new UnusableLedgerException("the ledger is damaged, and cannot be renamed to " + aside
                    + ", because another file is there; move one of the two");
        } catch (IOException failed) {
            throw new UnusableLedgerException(
                    "the ledger is damaged, and cannot be renamed to " + aside + " (" + failed + "); move it");
        }
    }

    /** Replaces the file atomically: after a power failure the file is the old or the new ledger. */
    void write(LedgerJson.Content content) throws IOException {
        isTaken(); // throws if the path is not a ledger
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        try {
            write(content, folder);
        } catch (FileSystemException failed) { // omits the random name, so that the same failure has the same message
            String reason = failed.getReason() == null ? failed.getClass().getSimpleName() : failed.getReason();
            throw new FileSystemException(folder.toString(), null, reason);
        }
    }

    private void write(LedgerJson.Content content, Path folder) throws IOException {
        Path temporary = Files.createTempFile(
                folder,
                "." + file.getFileName() + ".",
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                OutputStream out = Channels.newOutputStream(channel);
                LedgerJson.write(content, out);
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        try (FileChannel opened = FileChannel.open(folder)) {
            opened.force(true);
        }
    }
}
