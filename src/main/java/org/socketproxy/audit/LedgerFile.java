package org.socketproxy.audit;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the ledger in a file, so that a restart does not forget it: written every minute and at the end, if anything
 * happened. What is wrong with the file is told, and stops nothing.
 *
 * <p>Threading: one thread of its own writes, and whoever closes it.
 */
public final class LedgerFile implements AutoCloseable {
    private final Path file;
    private final UsageLedger ledger;
    private final Consumer<String> notices;
    private final ScheduledExecutorService clock;
    private @Nullable Usage written;
    private String failure = "";

    private LedgerFile(Path file, UsageLedger ledger, Consumer<String> notices) {
        this.file = file;
        this.notices = notices;
        this.ledger = ledger;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "ledger-file");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Goes on from what the file holds, and keeps the file up to date from now on.
     *
     * @param notices told, in sentences, what is wrong with the file
     */
    public static LedgerFile open(Path file, Instant now, Consumer<String> notices) {
        Usage earlier = read(file, notices);
        UsageLedger ledger = earlier == null ? UsageLedger.beginning(now) : UsageLedger.continuing(earlier);
        LedgerFile opened = new LedgerFile(file, ledger, notices);
        opened.save(); // at once: whoever may not write there should not have to wait to be told
        var unused = opened.clock.scheduleWithFixedDelay(opened::save, 1, 1, TimeUnit.MINUTES);
        return opened;
    }

    public UsageLedger ledger() {
        return ledger;
    }

    private static @Nullable Usage read(Path file, Consumer<String> notices) {
        try (InputStream in = Files.newInputStream(file)) {
            return LedgerJson.read(in);
        } catch (NoSuchFileException first) {
            return null;
        } catch (IOException broken) {
            notices.accept("LEDGER=" + file + " cannot be read (" + reason(broken) + "), so the record begins anew; "
                    + setAside(file));
            return null;
        }
    }

    private static String setAside(Path file) {
        Path aside = file.resolveSibling(file.getFileName() + ".broken");
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            return "the file is kept as " + aside;
        } catch (IOException kept) {
            return "the file cannot be kept under another name: " + kept;
        }
    }

    /** Without the excerpt of the file that a parser's message holds. */
    private static String reason(IOException failed) {
        return failed instanceof JacksonException parsing
                ? "it is no JSON: " + parsing.getOriginalMessage()
                : String.valueOf(failed.getMessage());
    }

    private synchronized void save() {
        Usage usage = ledger.snapshot().withoutDenials();
        if (usage.equals(written)) {
            return;
        }
        String failed = "";
        try {
            write(usage);
            written = usage;
        } catch (IOException | RuntimeException cannot) { // whatever it is: a task that throws is not run again
            failed = cannot.toString();
            if (!failed.equals(failure)) {
                notices.accept("LEDGER=" + file + " cannot be written (" + failed
                        + "); use a file in a folder that this user may write in, and mount the folder, not the file");
            }
        }
        failure = failed;
    }

    /** All or nothing: whoever reads the file, also after a power cut, finds the old ledger or the new one. */
    private void write(Usage usage) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(
                temporary,
                Set.of(
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            OutputStream out = Channels.newOutputStream(channel);
            LedgerJson.write(usage, out);
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent())) {
            folder.force(true);
        }
    }

    /** Writes what is left. */
    @Override
    public void close() {
        clock.shutdown();
        save();
    }
}
