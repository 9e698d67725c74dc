package org.socketproxy.testing;

import java.io.File;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Number of open files, threads and direct buffer bytes of the test process, without fake daemons. Needs Linux's /proc. */
public record ProcessResources(int files, int threads, long directBytes) {
    private static final long LIMIT_SECONDS = 300;

    public static ProcessResources now() {
        int files = Objects.requireNonNull(new File("/proc/self/fd").list()).length;
        int threads = (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("fake-daemon"))
                .count();
        long directBytes = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return new ProcessResources(files, threads, directBytes);
    }

    /** Waits until a condition is true, for at most five minutes; returns the condition. */
    public static boolean await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return condition.getAsBoolean();
    }
}
