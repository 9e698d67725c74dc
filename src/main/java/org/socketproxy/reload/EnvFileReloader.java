package org.socketproxy.reload;

import org.socketproxy.config.EnvFile;

/**
 * Reloads the env file when its contents change, and on SIGHUP.
 *
 * <p>Threading: confined to the thread of {@link ChangePoller}.
 */
public final class EnvFileReloader implements Reloadable {
    private final EnvironmentReload reload;
    private final StableValue<EnvFile> file;

    /** Begins with the file that holds already. */
    public EnvFileReloader(EnvironmentReload reload) {
        this.reload = reload;
        this.file = new StableValue<>(reload.file(), reload::read);
    }

    @Override
    public void reload() {
        reload.apply("SIGHUP", file.read());
    }

    @Override
    public void poll() {
        file.poll().ifPresent(changed -> reload.apply("a change of " + changed.name(), changed));
    }
}
