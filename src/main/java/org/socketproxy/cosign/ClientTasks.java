package org.socketproxy.cosign;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs tasks of clients on threads of its own.
 *
 * <p>Threading: safe for any number of threads; a thread ends when it has no task for some seconds.
 *
 * <p>Security: runs four tasks of one client at a time, and keeps sixty others, so that no client keeps the threads from others.
 */
final class ClientTasks {
    private static final int MOST_THREADS = 64;
    private static final int MOST_OF_CLIENT = 4;
    private static final int MOST_WAITING_OF_CLIENT = 60;
    private static final long IDLE_SECONDS = 5;

    private final Map<String, Turns> clients = new HashMap<>();
    private final ThreadPoolExecutor threads;

    ClientTasks(String name) {
        threads = new ThreadPoolExecutor(
                MOST_THREADS, MOST_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** Tasks of one client. */
    private static final class Turns {
        private int running;
        private final Queue<Runnable> waiting = new ArrayDeque<>();
    }

    /** Runs a task, now or after others of the client; returns false if too many wait. */
    synchronized boolean execute(String client, Runnable task) {
        Turns turns = clients.computeIfAbsent(client, any -> new Turns());
        if (turns.running == MOST_OF_CLIENT) {
            return turns.waiting.size() < MOST_WAITING_OF_CLIENT && turns.waiting.add(task);
        }
        turns.running++;
        start(client, turns, task);
        return true;
    }

    private void start(String client, Turns turns, Runnable task) {
        threads.execute(() -> {
            try {
                task.run();
            } finally {
                end(client, turns);
            }
        });
    }

    private synchronized void end(String client, Turns turns) {
        Runnable next = turns.waiting.poll();
        if (next != null) {
            start(client, turns, next);
        } else if (--turns.running == 0) {
            clients.remove(client);
        }
    }
}
