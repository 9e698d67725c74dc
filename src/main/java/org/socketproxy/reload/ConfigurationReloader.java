package org.socketproxy.reload;

import java.util.ArrayList;
import java.util.List;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.reload.ChangePoller.Reloadable;

/**
 * Reloads the env file and the policy file when their contents change, and on SIGHUP.
 *
 * <p>Threading: confined to the thread of {@link ChangePoller}.
 */
public final class ConfigurationReloader implements Reloadable {
    private final ConfigurationReload reload;
    private final DebouncedValue<ConfigurationFiles> files;

    /** Begins with the files that hold already. */
    public ConfigurationReloader(ConfigurationReload reload) {
        this.reload = reload;
        this.files = new DebouncedValue<>(reload.files(), reload::read);
    }

    @Override
    public void reload() {
        reload.apply("SIGHUP", files.read());
    }

    @Override
    public void poll() {
        ConfigurationFiles before = reload.files();
        if (!before.isAnyNamed()) {
            return;
        }
        files.poll().ifPresent(changed -> reload.apply("a change of " + changed(before, changed), changed));
    }

    private static String changed(ConfigurationFiles before, ConfigurationFiles after) {
        List<String> names = new ArrayList<>();
        if (!after.env().equals(before.env())) {
            names.add(after.env().name());
        }
        if (!after.policy().equals(before.policy())) {
            names.add(
                    after.policy().isNamed()
                            ? after.policy().name()
                            : before.policy().name());
        }
        if (names.isEmpty()) { // a refused change was undone
            names.add(
                    after.policy().isNamed()
                            ? after.policy().name()
                            : after.env().name());
        }
        return String.join(" and ", names);
    }
}
