package org.socketproxy.audit;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;

/**
 * Writes audit records asynchronously, one line each, so that a slow reader of the output does not delay an exchange.
 *
 * <p>Threading: thread-safe; a separate thread prints a bounded queue. A full queue drops records, and the log prints their number.
 */
public final class AuditLog implements AutoCloseable {
    private static final int CAPACITY = 8192;
    private static final long LONGEST_CLOSE_MILLIS = 1000;

    private final Consumer<String> out;
    private final AuditFormat format;
    private final ZoneId zone;
    private final Predicate<AuditEntry> isWanted;
    private final BooleanSupplier isCollapsing;
    /** Confined to the printer thread. */
    private final RepeatedDenials repeats;

    private final BlockingQueue<AuditEntry> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread printer = new Thread(this::print, "audit-log");
    private volatile boolean isClosed;
    private volatile Function<Client, String> containers = client -> "";
    /** Number of printed drops; confined to the printer thread. */
    private long reportedDrops;

    private AuditLog(
            Consumer<String> out,
            AuditFormat format,
            ZoneId zone,
            Predicate<AuditEntry> isWanted,
            BooleanSupplier isCollapsing,
            RepeatedDenials repeats) {
        this.out = out;
        this.format = format;
        this.zone = zone;
        this.isWanted = isWanted;
        this.isCollapsing = isCollapsing;
        this.repeats = repeats;
    }

    /** Creates a log with times in UTC. */
    public static AuditLog to(PrintStream out, AuditFormat format, Predicate<AuditEntry> isWanted) {
        return to(
                lines -> {
                    out.print(lines);
                    out.flush();
                },
                format,
                ZoneOffset.UTC,
                isWanted);
    }

    /** Creates a log that prints every matching record. */
    public static AuditLog to(Consumer<String> out, AuditFormat format, ZoneId zone, Predicate<AuditEntry> isWanted) {
        return to(out, format, zone, isWanted, () -> false);
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
        return to(out, format, zone, isWanted, isCollapsing, new RepeatedDenials(System::nanoTime));
    }

    static AuditLog to(
            Consumer<String> out,
            AuditFormat format,
            ZoneId zone,
            Predicate<AuditEntry> isWanted,
            BooleanSupplier isCollapsing,
            RepeatedDenials repeats) {
        AuditLog log = new AuditLog(out, format, zone, isWanted, isCollapsing, repeats);
        log.printer.setDaemon(true);
        log.printer.start();
        return log;
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

    /** Queues a matching entry, or drops it if the queue is full. */
    public void write(AuditEntry written) {
        if (isWanted.test(written) && !queue.offer(written)) {
            dropped.incrementAndGet();
        }
    }

    /** Returns the number of records that were dropped since the start. */
    public long dropped() {
        return dropped.get();
    }

    private void print() {
        List<AuditEntry> batch = new ArrayList<>();
        try {
            while (!isClosed || !queue.isEmpty()) {
                AuditEntry next = queue.poll(repeats.nanosToFlush(), TimeUnit.NANOSECONDS);
                if (next != null) {
                    batch.add(next);
                }
                print(batch, false);
            }
        } catch (InterruptedException closing) {
            // The rest is printed below.
        }
        print(batch, true);
    }

    /** Prints these and all queued records, due repeats, and the number of dropped records. */
    private void print(List<AuditEntry> batch, boolean isLast) {
        queue.drainTo(batch);
        StringBuilder lines = new StringBuilder();
        batch.forEach(written -> print(written, lines));
        if (isLast || repeats.nanosToFlush() == 0) {
            repeats.flush().forEach(summary -> append(summary, lines));
        }
        long lost = dropped.get();
        if (lost > reportedDrops) {
            lines.append(format.dropped(lost - reportedDrops)).append('\n');
            reportedDrops = lost;
        }
        if (!lines.isEmpty()) {
            out.accept(lines.toString());
        }
        batch.clear();
    }

    private void print(AuditEntry written, StringBuilder lines) {
        boolean isCounted = isCollapsing.getAsBoolean() || RepeatedDenials.isFlood(written);
        if (!isCounted || !repeats.holds(written)) {
            append(written, lines);
        }
    }

    private void append(AuditEntry written, StringBuilder lines) {
        lines.append(format.line(written, zone)).append('\n');
    }

    /** Prints the rest, for at most one second. */
    @Override
    public void close() {
        isClosed = true;
        printer.interrupt();
        try {
            printer.join(LONGEST_CLOSE_MILLIS);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
