package org.socketproxy.testing;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Number of open files, threads and direct buffer bytes of this process, to detect leaks. */
public record Resources(long files, int threads, long directBytes) {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    public static Resources now() {
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return new Resources(openFiles(), ManagementFactory.getThreadMXBean().getThreadCount(), direct);
    }

    private static long openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }

    /**
     * Waits until the process uses about the same resources as before. Pooled connections (two files each, because both ends
     * are in this process), threads and buffers of 64 KiB may remain; more than one for every second try is a leak.
     */
    public static void awaitLike(Resources before, String what, int tries) throws InterruptedException {
        if (!isLike(before, tries, LIMIT)) {
            throw new AssertionError(what + " leaks: after " + tries + " tries " + now() + ", before " + before);
        }
    }

    /** Like {@link #awaitLike}, but returns false on a leak or after a limit. */
    public static boolean isLike(Resources before, int tries, Duration limit) throws InterruptedException {
        int margin = tries / 2 - 1;
        Resources most = new Resources(
                before.files + margin, before.threads + margin, before.directBytes + margin * (64L << 10));
        long deadline = System.nanoTime() + limit.toNanos();
        while (now().isOver(most)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return true;
    }

    private boolean isOver(Resources most) {
        return files > most.files || threads > most.threads || directBytes > most.directBytes;
    }
}
