package org.socketproxy.audit;

import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.policy.Reason;

/**
 * Writes audit records asynchronously, one line each, so that a slow reader of the output does not delay an exchange.
 *
 * <p>Threading: thread-safe; a {@link LogQueue} of each output has the records. Each line has the next number; a gap is the number of dropped
 * records.
 */
public final class AuditLog implements AutoCloseable {
    private static final int CAPACITY = 8192;

    private final Predicate<AuditEntry> isWanted;
    private final Supplier<Lines> lines;
    /** One for each output, so that no output waits for another one. */
    private final List<LogQueue<AuditEntry>> queues = new CopyOnWriteArrayList<>();

    private volatile @Nullable BooleanSupplier isFailing;
    private volatile Function<Client, String> containers = client -> "";
    private volatile BooleanSupplier isDaemonSilent = () -> false;
    private volatile Consumer<AuditEntry> watcher = entry -> {};

    private AuditLog(Predicate<AuditEntry> isWanted, Supplier<Lines> lines) {
        this.isWanted = isWanted;
        this.lines = lines;
    }

    /**
     * Creates a log of the records that match {@code isWanted}, until it is closed.
     *
     * @param out receives complete lines with line ends; called by one thread, must not throw
     * @param zone time zone of lines of text
     * @param isCollapsing whether repeats of a denial are counted, and printed once a minute and at the close; asked for each record
     */
    public static AuditLog to(
            Consumer<String> out,
            AuditFormat format,
            ZoneId zone,
            Predicate<AuditEntry> isWanted,
            BooleanSupplier isCollapsing) {
        return to(out, format, zone, isWanted, isCollapsing, () -> new RepeatedDenials(System::nanoTime));
    }

    static AuditLog to(
            Consumer<String> out,
            AuditFormat format,
            ZoneId zone,
            Predicate<AuditEntry> isWanted,
            BooleanSupplier isCollapsing,
            Supplier<RepeatedDenials> repeats) {
        AuditLog log = new AuditLog(isWanted, () -> new Lines(format, zone, isCollapsing, repeats.get()));
        log.copyTo(out);
        return log;
    }

    /** Writes all later records to one more output, with numbers of their own. */
    public void copyTo(Consumer<String> out) {
        queues.add(LogQueue.start("audit-log", CAPACITY, out, lines.get()));
    }

    /**
     * Requires that each served exchange has its record in the last output: {@link #canRecord} then returns false while this output
     * fails, or half of its queue is full. The other half is for exchanges that have begun.
     *
     * @param isOutputFailing whether the last write has failed
     */
    public void require(BooleanSupplier isOutputFailing) {
        isFailing = isOutputFailing;
    }

    /** Returns false if the record of a new exchange could be lost, and is required. */
    public boolean canRecord() {
        BooleanSupplier failing = isFailing;
        return failing == null || !failing.getAsBoolean() && !required().isHalfFull();
    }

    private LogQueue<AuditEntry> required() {
        return queues.get(queues.size() - 1);
    }

    /** Sets the names of the clients' containers; the function does not block, and returns an empty text for an unknown name. */
    public void nameContainers(Function<Client, String> names) {
        containers = names;
    }

    /** Returns null for an unknown name. */
    public @Nullable String containerOf(Client client) {
        String name = containers.apply(client);
        return name.isEmpty() ? null : name;
    }

    /** Sets whether the daemon did not answer the last query; the function does not block. */
    public void watchDaemon(BooleanSupplier isSilent) {
        isDaemonSilent = isSilent;
    }

    /** Returns why an exchange has no response although it was sent to the daemon. */
    public Reason reasonOfNoResponse() {
        return isDaemonSilent.getAsBoolean() ? Reason.DAEMON_SILENT : Reason.CLIENT_LEFT;
    }

    /** Sets the function that gets each entry, also those that do not match; it does not block. */
    public void watch(Consumer<AuditEntry> action) {
        watcher = action;
    }

    /** Queues a matching entry, or drops it if the queue is full. */
    public void write(AuditEntry written) {
        watcher.accept(written);
        if (isWanted.test(written)) {
            queues.forEach(queue -> put(written, queue));
        }
    }

    /** A flood of denials must not take the places of served exchanges, if their records are required. */
    private void put(AuditEntry written, LogQueue<AuditEntry> queue) {
        boolean isOfDenial =
                written instanceof AuditRecord ended && ended.begun().outcome() == Outcome.DENY;
        if (isFailing != null && isOfDenial && queue.isHalfFull()) {
            queue.drop();
        } else {
            queue.put(written);
        }
    }

    /** Returns the number of records that were dropped since the start, by all outputs. */
    public long dropped() {
        return queues.stream().mapToLong(LogQueue::dropped).sum();
    }

    /** Prints the rest, for at most one second on each output. */
    @Override
    public void close() {
        queues.forEach(LogQueue::close);
    }

    /** Confined to the thread of the queue. */
    private static final class Lines implements LogQueue.Printer<AuditEntry> {
        private final AuditFormat format;
        private final ZoneId zone;
        private final BooleanSupplier isCollapsing;
        private final RepeatedDenials repeats;
        private final PrintedRemedies remedies = new PrintedRemedies();
        private long number;

        Lines(AuditFormat format, ZoneId zone, BooleanSupplier isCollapsing, RepeatedDenials repeats) {
            this.format = format;
            this.zone = zone;
            this.isCollapsing = isCollapsing;
            this.repeats = repeats;
        }

        @Override
        public void append(AuditEntry written, long lost, StringBuilder lines) {
            number += lost;
            boolean isCounted = isCollapsing.getAsBoolean() || RepeatedDenials.isFlood(written);
            if (!isCounted || !repeats.holds(written)) {
                append(remedies.once(written), lines);
            }
        }

        private void append(AuditEntry written, StringBuilder lines) {
            number++;
            format.append(written, zone, number, lines);
            lines.append('\n');
        }

        @Override
        public void appendLoss(long lost, StringBuilder lines) {
            lines.append(format.dropped(lost)).append('\n');
        }

        @Override
        public void appendDue(boolean isLast, StringBuilder lines) {
            if (isLast || repeats.nanosToFlush() == 0) {
                repeats.flush().forEach(summary -> append(remedies.once(summary), lines));
            }
        }

        @Override
        public long nanosToDue() {
            return repeats.nanosToFlush();
        }
    }
}
