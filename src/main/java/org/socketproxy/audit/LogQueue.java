package org.socketproxy.audit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Bounded queue of a log, printed by a thread of its own, so that no other thread waits for the output. A full queue drops entries;
 * their number is printed at most once a minute.
 *
 * <p>Threading: thread-safe; {@link Printer} and output are called by the thread of the queue.
 */
final class LogQueue<E> implements AutoCloseable {
    private static final long LONGEST_CLOSE_MILLIS = 1000;
    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();
    /** Characters that are printed at once; without a limit a full queue would be formatted into one text. */
    private static final int FULL = 32_768;

    /** Formats the entries of a log as lines. */
    interface Printer<E> {
        /** Appends an entry; {@code lost} is the number of entries that were dropped directly before it. */
        void append(E entry, long lost, StringBuilder lines);

        /** Appends the number of entries that were dropped since the last call. */
        void appendLoss(long lost, StringBuilder lines);

        /** Appends what waits for its time, or for the close. */
        default void appendDue(boolean isLast, StringBuilder lines) {}

        /** Returns the time to the next {@link #appendDue}. */
        default long nanosToDue() {
            return Long.MAX_VALUE;
        }
    }

    private final Consumer<String> out;
    private final Printer<E> printer;
    private final Thread thread;

    /** Ring of entries with the numbers of dropped ones before them; guarded by this object, as the next five fields. */
    private final @Nullable Object[] entries;

    private final long[] lostBefore;
    private int first;
    private int size;
    private long dropped;
    private long lostSinceLast;
    private boolean isClosed;

    /** Confined to the thread of the queue, as the next two fields. */
    private final StringBuilder lines = new StringBuilder();

    private long reported;
    private long nextReport = System.nanoTime();

    private LogQueue(String name, int capacity, Consumer<String> out, Printer<E> printer) {
        this.entries = new Object[capacity];
        this.lostBefore = new long[capacity];
        this.out = out;
        this.printer = printer;
        this.thread = new Thread(this::run, name);
    }

    /**
     * Creates a queue with a thread, which {@link #close} ends.
     *
     * @param out receives complete lines with line ends; must not throw
     */
    static <E> LogQueue<E> start(String name, int capacity, Consumer<String> out, Printer<E> printer) {
        LogQueue<E> queue = new LogQueue<>(name, capacity, out, printer);
        queue.thread.setDaemon(true);
        queue.thread.start();
        return queue;
    }

    /** Queues an entry, or drops it if the queue is full. */
    synchronized void put(E entry) {
        if (size == entries.length) {
            dropped++;
            lostSinceLast++;
            return;
        }
        int at = (first + size) % entries.length;
        entries[at] = entry;
        lostBefore[at] = lostSinceLast;
        lostSinceLast = 0;
        size++;
        notifyAll();
    }

    /** Drops an entry that could be queued. */
    synchronized void drop() {
        dropped++;
        lostSinceLast++;
    }

    synchronized boolean isHalfFull() {
        return size >= entries.length / 2;
    }

    /** Returns the number of entries that were dropped since the start. */
    synchronized long dropped() {
        return dropped;
    }

    private void run() {
        try {
            boolean isLast = false;
            while (!isLast) {
                isLast = await();
                for (int i = 0; i < entries.length && appendNext(); i++) {
                    if (lines.length() >= FULL) {
                        flush();
                    }
                }
                printer.appendDue(isLast, lines);
                if (isLast || nanosToReport() == 0) {
                    report();
                }
                flush();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for an entry, for what is due, or for the close; returns true for the close. */
    private synchronized boolean await() throws InterruptedException {
        while (size == 0 && !isClosed) {
            long nanos = Math.min(printer.nanosToDue(), nanosToReport());
            if (nanos == 0) {
                break;
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(nanos, TimeUnit.MILLISECONDS.toNanos(1)));
        }
        return isClosed;
    }

    @SuppressWarnings("unchecked") // put stores only entries
    private boolean appendNext() {
        E entry;
        long lost;
        synchronized (this) {
            if (size == 0) {
                return false;
            }
            entry = (E) entries[first];
            lost = lostBefore[first];
            entries[first] = null;
            first = (first + 1) % entries.length;
            size--;
        }
        printer.append(entry, lost, lines);
        return true;
    }

    private synchronized long nanosToReport() {
        return dropped == reported ? Long.MAX_VALUE : Math.max(0, nextReport - System.nanoTime());
    }

    private void report() {
        long now = dropped();
        if (now > reported) {
            printer.appendLoss(now - reported, lines);
            reported = now;
            nextReport = System.nanoTime() + QUIET_NANOS;
        }
    }

    private void flush() {
        if (!lines.isEmpty()) {
            out.accept(lines.toString());
            lines.setLength(0);
        }
    }

    /** Prints the rest, for at most one second. */
    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            notifyAll();
        }
        try {
            thread.join(LONGEST_CLOSE_MILLIS);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
