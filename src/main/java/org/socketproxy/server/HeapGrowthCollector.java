package org.socketproxy.server;

import java.util.Optional;
import java.util.function.LongSupplier;
import org.socketproxy.reload.ChangePoller.Reloadable;

/**
 * Runs a full collection when the heap has grown by a quarter, and at least by {@value #MIN_GROWTH_BYTES} bytes, since the
 * last one. Connections that survive fifteen young collections are promoted to the old generation. The serial collector of
 * JDK 25 collects the old generation only when the heap cannot grow, so without this class the process would reach its
 * maximum heap size after some weeks.
 *
 * <p>Threading: one thread.
 *
 * <p>Security: a client that makes the heap grow causes at most one collection per second, of about 25 ms if few objects are
 * alive.
 */
final class HeapGrowthCollector implements Reloadable {
    /** Set in {@code jvm.options} of the image. */
    private static final String PROPERTY = "org.socketproxy.collectGrownHeap";

    static final long MIN_GROWTH_BYTES = 4 << 20;

    private final LongSupplier size;
    private final Runnable collector;
    /** Heap size in bytes after the last collection. */
    private long baseline;

    /** Returns one for the heap of this process, or nothing if the system property is not set. */
    static Optional<HeapGrowthCollector> ifEnabled() {
        return Boolean.getBoolean(PROPERTY) ? Optional.of(new HeapGrowthCollector()) : Optional.empty();
    }

    private HeapGrowthCollector() {
        this(Runtime.getRuntime()::totalMemory, System::gc);
    }

    /** @param size committed heap size in bytes, including free space */
    HeapGrowthCollector(LongSupplier size, Runnable collector) {
        this.size = size;
        this.collector = collector;
        this.baseline = size.getAsLong();
    }

    /** Does nothing: SIGHUP does not affect the heap. */
    @Override
    public void reload() {}

    @Override
    public void poll() {
        if (size.getAsLong() - baseline >= Math.max(MIN_GROWTH_BYTES, baseline / 4)) {
            collector.run();
            baseline = size.getAsLong();
        }
    }
}
