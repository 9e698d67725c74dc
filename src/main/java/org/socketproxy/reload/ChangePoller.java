package org.socketproxy.reload;

import java.util.List;

/** Polls for changes once per second, and reloads immediately on SIGHUP. */
public final class ChangePoller {
    private static final long POLL_MILLIS = 1000;

    private final SighupHandler sighups;
    private final List<Reloadable> all;

    /** @param all in the order in which they are polled and reloaded */
    public ChangePoller(SighupHandler sighups, List<Reloadable> all) {
        this.sighups = sighups;
        this.all = List.copyOf(all);
    }

    /** Starts the daemon thread, which runs until the process ends. */
    public void start() {
        Thread thread = new Thread(this::run, "watch");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                if (sighups.await(POLL_MILLIS)) {
                    all.forEach(Reloadable::reload);
                } else {
                    all.forEach(Reloadable::poll);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
