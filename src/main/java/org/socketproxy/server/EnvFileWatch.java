package org.socketproxy.server;

import org.socketproxy.config.EnvFile;

/**
 * Reads the file of settings once a second, and applies what it says when that has changed. Reading it, all of it, is
 * what works everywhere: on bind mounts, where the system tells nobody of changes, on file systems whose times are
 * coarse, and on links that are turned to another folder, as Kubernetes does.
 *
 * <p>A change is applied when two looks at it, one after the other, read the same: the first may have been a look at a
 * file half written. SIGHUP says that it is whole.
 *
 * <p>Threading: one thread of its own does all of it.
 */
final class EnvFileWatch {
    private static final long LOOK_MILLIS = 1000;

    private final Reload reload;
    private final Hangups hangups;
    private EnvFile settled;
    private EnvFile seen;

    EnvFileWatch(Reload reload, Hangups hangups) {
        this.reload = reload;
        this.hangups = hangups;
        this.settled = reload.file();
        this.seen = settled;
    }

    /** Watches until the process ends. */
    void start() {
        Thread thread = new Thread(this::run, "env-file");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                if (hangups.await(LOOK_MILLIS)) {
                    hangUp();
                } else {
                    look();
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    void hangUp() {
        seen = reload.read();
        settled = seen;
        reload.apply("SIGHUP", seen);
    }

    void look() {
        EnvFile now = reload.read();
        if (now.equals(seen) && !now.equals(settled)) {
            settled = now;
            reload.apply("a change of " + now.name(), now);
        }
        seen = now;
    }
}
