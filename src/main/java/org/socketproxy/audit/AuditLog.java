package org.socketproxy.audit;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Writes audit records, one line each, without ever holding up an exchange: whoever reads our output may be slow.
 *
 * <p>Threading: any number of threads write into a bounded queue, and one thread of its own prints. Records that find
 * the queue full are dropped, and counted in the output.
 */
public final class AuditLog implements AutoCloseable {
    private static final int CAPACITY = 8192;
    private static final long LONGEST_CLOSE_MILLIS = 1000;

    private final Consumer<String> out;
    private final AuditFormat format;
    private final Predicate<AuditEntry> isWanted;
    private final BlockingQueue<AuditEntry> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread printer = new Thread(this::print, "audit-log");
    private volatile boolean isClosed;
    /** How many of the dropped records the output has been told of; only the printer's. */
    private long told;

    private AuditLog(Consumer<String> out, AuditFormat format, Predicate<AuditEntry> isWanted) {
        this.out = out;
        this.format = format;
        this.isWanted = isWanted;
    }

    /** A log that prints the records that are wanted, until it is closed. */
    public static AuditLog to(PrintStream out, AuditFormat format, Predicate<AuditEntry> isWanted) {
        return to(
                lines -> {
                    out.print(lines);
                    out.flush();
                },
                format,
                isWanted);
    }

    /**
     * A log that hands over the records that are wanted, until it is closed.
     *
     * @param out takes whole lines, one or many at a time, each with its end; called by one thread, and must not throw
     */
    public static AuditLog to(Consumer<String> out, AuditFormat format, Predicate<AuditEntry> isWanted) {
        AuditLog log = new AuditLog(out, format, isWanted);
        log.printer.setDaemon(true);
        log.printer.start();
        return log;
    }

    /** Queues an entry if it is wanted. */
    public void write(AuditEntry written) {
        if (isWanted.test(written) && !queue.offer(written)) {
            dropped.incrementAndGet();
        }
    }

    /** How many records were lost since the start, because whoever reads the output was too slow. */
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

    /** Prints these records, all others that wait, and how many were lost. */
    private void print(List<AuditEntry> batch) {
        queue.drainTo(batch);
        StringBuilder lines = new StringBuilder();
        batch.forEach(written -> lines.append(format.line(written)).append('\n'));
        long lost = dropped.get();
        if (lost > told) {
            lines.append(format.dropped(lost - told)).append('\n');
            told = lost;
        }
        out.accept(lines.toString());
        batch.clear();
    }

    /** Prints what is left, for a second at most. */
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
