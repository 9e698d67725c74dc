package org.socketproxy.usage.file;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.UsageLedgers;

/**
 * Persists the ledger across restarts: writes changes every minute and on close. The proxy does not start if the path is not a
 * ledger; if the file cannot be written, the proxy reports it and continues.
 *
 * <p>Threading: a separate thread writes, and the thread that calls {@link #close}.
 */
public final class LedgerFile implements AutoCloseable {
    private final Path file;
    private final LedgerPath place;
    private final UsageLedgers ledgers;
    private final Consumer<String> notices;
    private final ScheduledExecutorService clock;
    private LedgerJson.@Nullable Content written;
    private @Nullable Instant learningSince;
    private String failure = "";
    private long failures;

    private LedgerFile(
            Path file,
            LedgerPath place,
            UsageLedgers ledgers,
            @Nullable Instant learningSince,
            Consumer<String> notices) {
        this.learningSince = learningSince;
        this.file = file;
        this.place = place;
        this.notices = notices;
        this.ledgers = ledgers;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "ledger-file");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Reads the file, restores its counts, and starts to write it every minute.
     *
     * @param now begin of the counts if there is no ledger
     * @param notices receives one sentence for each problem with the file
     * @throws UnusableLedgerException if the path exists and is not a ledger; the proxy does not change it
     */
    public static LedgerFile open(Path file, Instant now, Consumer<String> notices) throws UnusableLedgerException {
        LedgerPath place = new LedgerPath(file);
        LedgerJson.Content earlier = place.isTaken() ? read(file, place, notices) : null;
        UsageLedgers ledgers = UsageLedgers.continuing(earlier == null ? Map.of() : earlier.profiles(), now);
        Instant learningSince = earlier == null ? null : earlier.learningSince();
        LedgerFile opened = new LedgerFile(file, place, ledgers, learningSince, notices);
        opened.save(); // reports an unwritable folder at the start
        var unused = opened.clock.scheduleWithFixedDelay(opened::save, 1, 1, TimeUnit.MINUTES);
        return opened;
    }

    /**
     * Reads the begin of learn mode; null without one, without a file, or if the file is damaged.
     *
     * @throws UnusableLedgerException if the path exists and is not a ledger
     */
    public static @Nullable Instant learningSince(Path file) throws UnusableLedgerException {
        LedgerPath place = new LedgerPath(file);
        try {
            return place.isTaken() ? place.read().learningSince() : null;
        } catch (UnusableLedgerException foreign) {
            throw foreign;
        } catch (IOException damaged) {
            return null;
        }
    }

    /**
     * Reads the counts of all profiles, by the name of the profile, and changes nothing.
     *
     * @throws IOException if the file does not exist, is not a ledger, or is damaged; the message says which
     */
    public static Map<String, Usage> read(Path file) throws IOException {
        LedgerPath place = new LedgerPath(file);
        if (!place.isTaken()) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file");
        }
        try {
            return place.read().profiles();
        } catch (JacksonException damaged) {
            throw new IOException(file + ": " + reason(damaged), damaged);
        }
    }

    public UsageLedgers ledgers() {
        return ledgers;
    }

    private static LedgerJson.@Nullable Content read(Path file, LedgerPath place, Consumer<String> notices)
            throws UnusableLedgerException {
        try {
            return place.read();
        } catch (IOException damaged) {
            notices.accept("LEDGER=" + file + " cannot be read (" + reason(damaged)
                    + "), so the ledger starts empty; the proxy renamed the file to " + place.setAside());
            return null;
        }
    }

    /** Omits the excerpt of the file in a parser's message. */
    private static String reason(IOException failed) {
        return failed instanceof JacksonException parsing
                ? "invalid JSON: " + parsing.getOriginalMessage()
                : String.valueOf(failed.getMessage());
    }

    public synchronized @Nullable Instant learningSince() {
        return learningSince;
    }

    /**
     * Stores the begin of learn mode, or removes it.
     *
     * @return whether the file was written
     */
    public synchronized boolean keepLearningSince(@Nullable Instant begin) {
        learningSince = begin;
        save();
        return failure.isEmpty();
    }

    private synchronized void save() {
        LedgerJson.Content content = new LedgerJson.Content(withoutDenials(ledgers.snapshots()), learningSince);
        if (content.equals(written)) {
            return;
        }
        String failed = "";
        try {
            place.write(content);
            written = content;
        } catch (IOException | RuntimeException cannot) { // the scheduler does not repeat a task that throws
            failed = cannot.toString();
            failures++;
            if (!failed.equals(failure)) {
                notices.accept("LEDGER=" + file + " cannot be written (" + failed
                        + "); use a file in a folder that the proxy's user can write to, and mount the folder,"
                        + " not the file");
            }
        }
        failure = failed;
    }

    /** Returns the number of failed writes since the start. */
    public synchronized long failures() {
        return failures;
    }

    private static Map<String, Usage> withoutDenials(Map<String, Usage> profiles) {
        return profiles.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, profile -> profile.getValue().withoutDenials()));
    }

    @Override
    public void close() {
        clock.shutdown();
        save();
    }

    /** Thrown if the path of {@code LEDGER} exists and is not a ledger; the message says how to fix it. */
    public static final class UnusableLedgerException extends IOException {
        private static final long serialVersionUID = 1;

        UnusableLedgerException(String advice) {
            super(advice);
        }

        public String advice() {
            return String.valueOf(getMessage());
        }
    }
}
