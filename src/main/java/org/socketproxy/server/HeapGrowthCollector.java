package org.socketproxy.server;

import java.util.function.LongSupplier;
import org.socketproxy.reload.Reloadable;

/**
 * Collects when the heap has grown by a quarter, and at least by {@value #LEAST_BYTES} bytes, since that was done last. A
 * connection that outlives fifteen young collections is promoted, and the serial collector of JDK 25 looks at what was
 * promoted when the heap can grow no more: a proxy of some weeks would come to hold all that it may hold. Who makes the heap
 * grow on purpose causes one collection a second, of 25 ms where little is alive.
 *
 * <p>Threading: one.
 */
final class HeapGrowthCollector implements Reloadable {
    static final long LEAST_BYTES = 4 << 20;

    private final LongSupplier size;
    private final Runnable collector;
    private long left;

    /** The heap of this process. */
    HeapGrowthCollector() {
        this(Runtime.getRuntime()::totalMemory, System::gc);
    }

    /** @param size in bytes, with what is free in it */
    HeapGrowthCollector(LongSupplier size, Runnable collector) {
        this.size = size;
        this.collector = collector;
        this.left = size.getAsLong();
    }

    /** A signal says nothing of the heap. */
    @Override
    public void hangUp() {}

    @Override
    public void look() {
        if (size.getAsLong() - left >= Math.max(LEAST_BYTES, left / 4)) {
            collector.run();
            left = size.getAsLong();
        }
    }
}
