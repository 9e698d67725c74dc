package org.socketproxy.filter.extension;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Threads for extensions, which may block. Each client gets a share of them, and the clients get free threads in rotation.
 *
 * <p>Threading: thread-safe; one lock.
 *
 * <p>Security: a client whose requests are slow in an extension delays its own requests only.
 */
final class ExtensionThreads {
    private static final int MOST = 64;
    private static final int MOST_OF_CLIENT = 16;
    private static final long IDLE_SECONDS = 60;

    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(MOST, MOST, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread thread = new Thread(task, "extension");
                thread.setDaemon(true);
                return thread;
            });
    private final Map<String, Integer> runningByClient = new HashMap<>();
    /** In the order in which the clients get the next thread. */
    private final Map<String, Deque<Runnable>> waiting = new LinkedHashMap<>();

    private int running;

    ExtensionThreads() {
        threads.allowCoreThreadTimeOut(true);
    }

    /** Runs a task on a thread of the client's share, now or when one is free. The task must not throw. */
    synchronized void run(String client, Runnable task) {
        waiting.computeIfAbsent(client, any -> new ArrayDeque<>()).add(task);
        startNext();
    }

    private void startNext() {
        for (String client = next(); client != null; client = next()) {
            Deque<Runnable> tasks = Objects.requireNonNull(waiting.remove(client));
            Runnable task = tasks.remove();
            if (!tasks.isEmpty()) {
                waiting.put(client, tasks); // behind the others
            }
            running++;
            runningByClient.merge(client, 1, Integer::sum);
            String counted = client;
            threads.execute(() -> {
                try {
                    task.run();
                } finally {
                    end(counted);
                }
            });
        }
    }

    /** Returns the client that gets a thread now, or null. */
    private @Nullable String next() {
        if (running == MOST) {
            return null;
        }
        return waiting.keySet().stream()
                .filter(client -> runningByClient.getOrDefault(client, 0) < MOST_OF_CLIENT)
                .findFirst()
                .orElse(null);
    }

    private synchronized void end(String client) {
        running--;
        runningByClient.computeIfPresent(client, (any, count) -> count == 1 ? null : count - 1);
        startNext();
    }
}
