package org.socketproxy.usage;

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

/**
 * The path that {@code LEDGER} names: reads, replaces and sets aside the file there.
 *
 * <p>Security: {@code LEDGER} may name any path by mistake. Only a regular file that begins with the ledger's format
 * marker is ever replaced or renamed; a folder, a symbolic link, a socket, a FIFO, a device and every other file stay as
 * they are. New bytes go to a new file with a random name, so that a file or link of another user is not written to.
 */
final class LedgerPath {
    private static final String ADVICE =
            "use a path where no file is yet, in a folder that may be written, such as /data/ledger.json";

    private final Path file;
    private final Path aside;

    LedgerPath(Path file) {
        this.file = file;
        this.aside = file.resolveSibling(file.getFileName() + ".broken");
    }

    /**
     * Whether a ledger is there; false if nothing is there.
     *
     * @throws UnusableLedgerException if anything else is there
     */
    boolean isTaken() throws UnusableLedgerException {
        return isTaken(file);
    }

    private static boolean isTaken(Path path) throws UnusableLedgerException {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isRegularFile()) {
                throw new UnusableLedgerException(
                        "there is " + (found.isDirectory() ? "a folder" : found.isSymbolicLink() ? "a link" : "no file")
                                + " where a file is needed; " + ADVICE);
            }
            if (!LedgerJson.isMarked(new String(head(path), StandardCharsets.ISO_8859_1))) {
                throw new UnusableLedgerException("this file is not a ledger, so it is left alone; " + ADVICE);
            }
            return true;
        } catch (NoSuchFileException free) {
            return false;
        } catch (AccessDeniedException denied) {
            throw new UnusableLedgerException(
                    "this user may not read it; let the proxy's user read and write it, or " + ADVICE);
        } catch (UnusableLedgerException known) {
            throw known;
        } catch (IOException unreadable) {
            throw new UnusableLedgerException("it cannot be read (" + unreadable.getMessage() + "); " + ADVICE);
        }
    }

    private static byte[] head(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            return in.readNBytes(LedgerJson.MARKER_BYTES);
        }
    }

    /** @throws IOException if the ledger is damaged, or of another version */
    LedgerContent read() throws IOException {
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return LedgerJson.read(in);
        }
    }

    /**
     * Renames a damaged ledger; a ledger that was set aside earlier is replaced.
     *
     * @return its new path
     * @throws UnusableLedgerException if it cannot be renamed, or the other path is taken by something else
     */
    Path setAside() throws UnusableLedgerException {
        try {
            isTaken(aside); // refuses what is not a ledger
            return Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
        } catch (UnusableLedgerException foreign) {
            throw new UnusableLedgerException("it is damaged, and cannot be renamed to " + aside
                    + ", where something else is; move one of the two away");
        } catch (IOException failed) {
            throw new UnusableLedgerException(
                    "it is damaged, and cannot be renamed to " + aside + " (" + failed + "); move it away");
        }
    }

    /** Replaces the file atomically: after a power cut the old ledger or the new one is there. */
    void write(LedgerContent content) throws IOException {
        isTaken(); // refuses what is not a ledger
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        try {
            write(content, folder);
        } catch (FileSystemException failed) { // without the random name: the same failure has the same words
            String reason = failed.getReason() == null ? failed.getClass().getSimpleName() : failed.getReason();
            throw new FileSystemException(folder.toString(), null, reason);
        }
    }

    private void write(LedgerContent content, Path folder) throws IOException {
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
