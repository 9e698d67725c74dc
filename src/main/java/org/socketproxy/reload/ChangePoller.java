package org.socketproxy.reload;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.NoticeLog;
import org.socketproxy.reload.ReloadResult.ReloadReport;

/**
 * Polls for changes once per second, and reloads immediately on SIGHUP. A second thread reports a poll that does not return, as on a
 * file system that does not answer.
 */
public final class ChangePoller {
    private static final long POLL_MILLIS = 1000;
    private static final long CHECK_SECONDS = 5;
    private static final Duration STALLED = Duration.ofSeconds(30);
    private static final String CAUSE = "a check of the files";

    private final SighupHandler sighups;
    private final List<Reloadable> all;
    private final Consumer<@Nullable ReloadResult> stalled;
    private final NoticeLog log;
    /** Begin of the current round by {@link System#nanoTime}, or null. */
    private volatile @Nullable Long began;
    /** Confined to the thread that calls {@link #check}. */
    private boolean isReported;

    /**
     * Creates a poller, which {@link #start} starts.
     *
     * @param all in the order of polls and reloads
     * @param stalled receives the report of a round that does not return, and null after its return
     * @param log receives a line for both
     */
    public ChangePoller(
            SighupHandler sighups, List<Reloadable> all, Consumer<@Nullable ReloadResult> stalled, NoticeLog log) {
        this.sighups = sighups;
        this.all = List.copyOf(all);
        this.stalled = stalled;
        this.log = log;
    }

    /** Starts daemon threads. */
    public void start() {
        watch();
        start(this::supervise, "watchdog");
    }

    void watch() {
        start(this::run, "watch");
    }

    private static void start(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                boolean isSignal = sighups.await(POLL_MILLIS);
                began = System.nanoTime();
                all.forEach(isSignal ? Reloadable::reload : Reloadable::poll);
                began = null;
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void supervise() {
        try {
            while (true) {
                TimeUnit.SECONDS.sleep(CHECK_SECONDS);
                check(System.nanoTime());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reports once a round that does not return, and its end; {@code nowNanos} is {@link System#nanoTime}. */
    void check(long nowNanos) {
        Long begin = began;
        boolean isStalled = begin != null && nowNanos - begin > STALLED.toNanos();
        if (isStalled == isReported) {
            return;
        }
        isReported = isStalled;
        if (isStalled) {
            new ReloadReport(stalled, log)
                    .write(
                            CAUSE,
                            false,
                            List.of("the thread that reads them has not returned for " + STALLED.toSeconds()
                                    + " s, so that no change and no SIGHUP takes effect; check the file systems of ENV_FILE,"
                                    + " POLICY and the certificates, then restart the proxy"));
        } else {
            stalled.accept(null);
            log.info(CAUSE + " has returned; changes take effect again");
        }
    }

    /** State that may change while the proxy runs; confined to one thread. */
    public interface Reloadable {
        /** Reads and applies the current state, on SIGHUP. */
        void reload();

        /** Checks for a change, once per second. */
        void poll();
    }
}
