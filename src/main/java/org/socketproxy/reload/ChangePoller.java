package org.socketproxy.reload;

import java.util.List;

/** Looks once a second at what may have changed, and at once when SIGHUP comes. */
public final class ChangePoller {
    private static final long LOOK_MILLIS = 1000;

    private final SighupHandler hangups;
    private final List<Reloadable> all;

    /** @param all in the order in which they are told */
    public ChangePoller(SighupHandler hangups, List<Reloadable> all) {
        this.hangups = hangups;
        this.all = List.copyOf(all);
    }

    /** Watches until the process ends. */
    public void start() {
        Thread thread = new Thread(this::run, "watch");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                if (hangups.await(LOOK_MILLIS)) {
                    all.forEach(Reloadable::hangUp);
                } else {
                    all.forEach(Reloadable::look);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
