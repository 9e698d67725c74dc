package org.socketproxy.reload;

import org.socketproxy.config.EnvFile;

/**
 * Reloads the env file when its contents change. Reads the whole file at each poll, because that works everywhere: inotify
 * does not work on all bind mounts, some file systems have coarse modification times, and Kubernetes replaces a symbolic
 * link to the folder.
 *
 * <p>Applies a change when two successive polls read the same contents, because the first may have read a half-written file.
 * On SIGHUP it applies the file immediately.
 *
 * <p>Threading: confined to the thread of {@link ChangePoller}.
 */
public final class EnvFileReloader implements Reloadable {
    private final EnvironmentReload reload;
    private EnvFile settled;
    private EnvFile seen;

    public EnvFileReloader(EnvironmentReload reload) {
        this.reload = reload;
        this.settled = reload.file();
        this.seen = settled;
    }

    @Override
    public void reload() {
        seen = reload.read();
        settled = seen;
        reload.apply("SIGHUP", seen);
    }

    @Override
    public void poll() {
        EnvFile now = reload.read();
        if (now.equals(seen) && !now.equals(settled)) {
            settled = now;
            reload.apply("a change of " + now.name(), now);
        }
        seen = now;
    }
}
