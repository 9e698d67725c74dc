package org.socketproxy.testing;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Measures how long a proxy takes to answer {@code GET /_ping}: a client of its own sends one request after another, each on a
 * new connection, while a test attacks the proxy.
 */
public final class PingMeter implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final int port;
    private final Thread thread = new Thread(this::run, "ping-meter");
    private Duration longest = Duration.ZERO;
    private int count;
    private boolean isStopped;
    private @Nullable Throwable failure;

    private PingMeter(int port) {
        this.port = port;
    }

    /** Starts to measure the proxy on a port of the loopback address. */
    public static PingMeter start(int port) {
        PingMeter meter = new PingMeter(port);
        meter.thread.setDaemon(true);
        meter.thread.start();
        return meter;
    }

    private void run() {
        try {
            while (!isStopped()) {
                long begin = System.nanoTime();
                ping();
                add(Duration.ofNanos(System.nanoTime() - begin));
            }
        } catch (IOException | AssertionError failed) {
            fail(failed);
        }
    }

    private void ping() throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            String response = client.request("GET", "/_ping").readResponse();
            if (!response.startsWith("HTTP/1.1 200 ")) {
                throw new AssertionError("a ping was answered by " + response);
            }
        }
    }

    private synchronized boolean isStopped() {
        return isStopped;
    }

    private synchronized void add(Duration taken) {
        longest = taken.compareTo(longest) > 0 ? taken : longest;
        count++;
        notifyAll();
    }

    private synchronized void fail(Throwable failed) {
        failure = failed;
        notifyAll();
    }

    /** Waits until this number of further pings has been answered; fails the test if one is not. */
    public synchronized void await(int pings) throws InterruptedException {
        int wanted = count + pings;
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (count < wanted && failure == null && System.nanoTime() < deadline) {
            wait(100);
        }
        if (failure != null || count < wanted) {
            throw new AssertionError(
                    "only " + (count - wanted + pings) + " of " + pings + " pings were answered", failure);
        }
    }

    /** Returns the number of answered pings since the last reset. */
    public synchronized int count() {
        return count;
    }

    /** Returns the longest time between the connect and the end of the response since the last reset. */
    public synchronized Duration longest() {
        return longest;
    }

    /** Forgets the pings so far, such as those of a program that has just started. */
    public synchronized void reset() {
        count = 0;
        longest = Duration.ZERO;
    }

    @Override
    public void close() {
        synchronized (this) {
            isStopped = true;
        }
        try {
            thread.join(LIMIT.toMillis());
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
