package org.socketproxy.audit;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Writes audit records asynchronously, one line each, so that a slow reader of the output does not delay an exchange.
 *
 * <p>Threading: thread-safe; callers add to a bounded queue, and a separate thread prints. If the queue is full, the
 * log drops records and prints their number.
 */
public final class AuditLog implements AutoCloseable {
    private static final int CAPACITY = 8192;
    private static final long LONGEST_CLOSE_MILLIS = 1000;

    private final Consumer<String> out;
    private final AuditFormat format;
    private final ZoneId zone;
    private final Predicate<AuditEntry> isWanted;
    private final BlockingQueue<AuditEntry> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread printer = new Thread(this::print, "audit-log");
    private volatile boolean isClosed;
    /** Number of dropped records that the log has already printed; confined to the printer thread. */
    private long reportedDrops;

    private AuditLog(Consumer<String> out, AuditFormat format, ZoneId zone, Predicate<AuditEntry> isWanted) {
        this.out = out;
        this.format = format;
        this.zone = zone;
        this.isWanted = isWanted;
    }

    /** Creates a log that prints the records that match {@code isWanted}, with times in UTC, until it is closed. */
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

    /**
     * Creates a log that passes the records that match {@code isWanted} to a consumer, until it is closed.
     *
     * @param out receives one or more complete lines with line ends; called by one thread only, and must not throw
     * @param zone time zone of the times in lines of text
     */
    public static AuditLog to(Consumer<String> out, AuditFormat format, ZoneId zone, Predicate<AuditEntry> isWanted) {
        AuditLog log = new AuditLog(out, format, zone, isWanted);
        log.printer.setDaemon(true);
        log.printer.start();
        return log;
    }

    /** Queues an entry if it matches {@code isWanted}; drops it if the queue is full. */
    public void write(AuditEntry written) {
        if (isWanted.test(written) && !queue.offer(written)) {
            dropped.incrementAndGet();
        }
    }

    /** Returns the number of records dropped since the start because the output was too slow. */
    public long dropped() {
        return dropped.get();
    }

    private void print() {
        List<AuditEntry> batch = new ArrayList<>();
        try {
            while (!isClosed || !queue.isEmpty()) {
                batch.add(queue.take());
                print(batch);
            }
        } catch (InterruptedException closing) {
            print(batch);
        }
    }

    /** Prints these records, all queued records, and the number of dropped records. */
    private void print(List<AuditEntry> batch) {
        queue.drainTo(batch);
        StringBuilder lines = new StringBuilder();
        batch.forEach(written -> lines.append(format.line(written, zone)).append('\n'));
        long lost = dropped.get();
        if (lost > reportedDrops) {
            lines.append(format.dropped(lost - reportedDrops)).append('\n');
            reportedDrops = lost;
        }
        out.accept(lines.toString());
        batch.clear();
    }

    /** Prints the queued records, for at most one second. */
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
