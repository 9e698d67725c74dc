package org.socketproxy.testing;

import java.io.File;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What the whole test program holds at a moment; the proxy's part of it is what changes. Needs Linux's /proc. */
public record Footprint(int files, int threads, long directBytes) {
    private static final long PATIENCE_SECONDS = 10;

    public static Footprint now() {
        int files = Objects.requireNonNull(new File("/proc/self/fd").list()).length;
        int threads = (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("fake-daemon"))
                .count();
        long directBytes = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return new Footprint(files, threads, directBytes);
    }

    /** Waits until something holds, for a bounded time. */
    public static boolean await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return condition.getAsBoolean();
    }
}
