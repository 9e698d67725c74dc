package org.socketproxy.usage;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the ledger in a file, so that a restart does not forget it: written every minute and at the end, if anything
 * happened. A path that holds something else than a ledger stops the start; a file that cannot be written is reported, and
 * the proxy runs without it.
 *
 * <p>Threading: one thread of its own writes, and whoever closes it.
 */
public final class LedgerFile implements AutoCloseable {
    private final Path file;
    private final LedgerPath place;
    private final UsageLedger ledger;
    private final Consumer<String> notices;
    private final ScheduledExecutorService clock;
    private @Nullable LedgerContent written;
    private @Nullable Instant learningSince;
    private String failure = "";

    private LedgerFile(
            Path file,
            LedgerPath place,
            UsageLedger ledger,
            @Nullable Instant learningSince,
            Consumer<String> notices) {
        this.learningSince = learningSince;
        this.file = file;
        this.place = place;
        this.notices = notices;
        this.ledger = ledger;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "ledger-file");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Reads the file, continues from its counts, and keeps the file up to date from now on.
     *
     * @param notices told, in sentences, what is wrong with the file
     * @throws UnusableLedgerException if the path holds something that is not a ledger; nothing is touched
     */
    public static LedgerFile open(Path file, Instant now, Consumer<String> notices) throws UnusableLedgerException {
        LedgerPath place = new LedgerPath(file);
        LedgerContent earlier = place.isTaken() ? read(file, place, notices) : null;
        UsageLedger ledger = earlier == null ? UsageLedger.beginning(now) : UsageLedger.continuing(earlier.usage());
        Instant learningSince = earlier == null ? null : earlier.learningSince();
        LedgerFile opened = new LedgerFile(file, place, ledger, learningSince, notices);
        opened.save(); // at once, so that a folder that may not be written is reported at the start
        var unused = opened.clock.scheduleWithFixedDelay(opened::save, 1, 1, TimeUnit.MINUTES);
        return opened;
    }

    /**
     * Checks what is at the path, and touches nothing.
     *
     * @throws UnusableLedgerException if it is something that is not a ledger
     */
    public static void check(Path file) throws UnusableLedgerException {
        new LedgerPath(file).isTaken();
    }

    public UsageLedger ledger() {
        return ledger;
    }

    private static @Nullable LedgerContent read(Path file, LedgerPath place, Consumer<String> notices)
            throws UnusableLedgerException {
        try {
            return place.read();
        } catch (IOException damaged) {
            notices.accept("LEDGER=" + file + " cannot be read (" + reason(damaged)
                    + "), so the record begins anew; the file is kept as " + place.setAside());
            return null;
        }
    }

    /** Without the excerpt of the file that a parser's message holds. */
    private static String reason(IOException failed) {
        return failed instanceof JacksonException parsing
                ? "it is no JSON: " + parsing.getOriginalMessage()
                : String.valueOf(failed.getMessage());
    }

    /** When the learning began that the file keeps, or null for none. */
    public synchronized @Nullable Instant learningSince() {
        return learningSince;
    }

    /**
     * Keeps when learning began, from now on and over restarts.
     *
     * @param begin or null to forget it
     * @return whether the file holds it
     */
    public synchronized boolean keepLearningSince(@Nullable Instant begin) {
        learningSince = begin;
        save();
        return failure.isEmpty();
    }

    private synchronized void save() {
        LedgerContent content = new LedgerContent(ledger.snapshot().withoutDenials(), learningSince);
        if (content.equals(written)) {
            return;
        }
        String failed = "";
        try {
            place.write(content);
            written = content;
        } catch (IOException | RuntimeException cannot) { // whatever it is: a task that throws is not run again
            failed = cannot.toString();
            if (!failed.equals(failure)) {
                notices.accept("LEDGER=" + file + " cannot be written (" + failed
                        + "); use a file in a folder that this user may write in, and mount the folder, not the file");
            }
        }
        failure = failed;
    }

    /** Writes what is left. */
    @Override
    public void close() {
        clock.shutdown();
        save();
    }
}
