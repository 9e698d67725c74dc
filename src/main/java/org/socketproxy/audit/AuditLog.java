package org.socketproxy.audit;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
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

    private final PrintStream out;
    private final Predicate<AuditRecord> isWanted;
    private final BlockingQueue<AuditRecord> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread printer = new Thread(this::print, "audit-log");
    private volatile boolean isClosed;

    private AuditLog(PrintStream out, Predicate<AuditRecord> isWanted) {
        this.out = out;
        this.isWanted = isWanted;
    }

    /** A log that prints the records that are wanted, until it is closed. */
    public static AuditLog to(PrintStream out, Predicate<AuditRecord> isWanted) {
        AuditLog log = new AuditLog(out, isWanted);
        log.printer.setDaemon(true);
        log.printer.start();
        return log;
    }

    void write(AuditRecord written) {
        if (isWanted.test(written) && !queue.offer(written)) {
            dropped.incrementAndGet();
        }
    }

    private void print() {
        List<AuditRecord> batch = new ArrayList<>();
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
    private void print(List<AuditRecord> batch) {
        queue.drainTo(batch);
        StringBuilder lines = new StringBuilder();
        batch.forEach(written -> lines.append(written.toLine()).append('\n'));
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            lines.append("audit: ").append(lost).append(" records were dropped, the output is too slow\n");
        }
        out.print(lines);
        out.flush();
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
