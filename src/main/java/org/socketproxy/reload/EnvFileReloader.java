package org.socketproxy.reload;

import org.socketproxy.config.EnvFile;

/**
 * Reads the file of settings once a second, and applies what it says when that has changed. Reading it, all of it, is
 * what works everywhere: on bind mounts, where the system tells nobody of changes, on file systems whose times are
 * coarse, and on links that are turned to another folder, as Kubernetes does.
 *
 * <p>A change is applied when two looks at it, one after the other, read the same: the first may have been a look at a
 * file half written. SIGHUP says that it is whole.
 *
 * <p>Threading: one thread does all of it.
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
    public void hangUp() {
        seen = reload.read();
        settled = seen;
        reload.apply("SIGHUP", seen);
    }

    @Override
    public void look() {
        EnvFile now = reload.read();
        if (now.equals(seen) && !now.equals(settled)) {
            settled = now;
            reload.apply("a change of " + now.name(), now);
        }
        seen = now;
    }
}
