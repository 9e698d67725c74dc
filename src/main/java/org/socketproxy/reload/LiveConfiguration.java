package org.socketproxy.reload;

import org.jspecify.annotations.Nullable;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Policy;

/**
 * The settings in force and the policy made of them. A reload replaces both together.
 *
 * <p>Threading: replaced by one thread, read by any number.
 */
public final class LiveConfiguration {
    private final OperationCatalogue catalogue;
    private volatile Held held;
    private volatile @Nullable ReloadResult lastReload;

    private record Held(Settings settings, Policy policy) {}

    public LiveConfiguration(OperationCatalogue catalogue, Settings settings) {
        this.catalogue = catalogue;
        this.held = hold(settings);
    }

    private Held hold(Settings settings) {
        return new Held(settings, Policy.of(catalogue, settings.granted(), settings.compatibility()));
    }

    public Settings settings() {
        return held.settings;
    }

    public Policy policy() {
        return held.policy;
    }

    void replace(Settings settings) {
        held = hold(settings);
    }

    public @Nullable ReloadResult lastReload() {
        return lastReload;
    }

    public void reloaded(ReloadResult reload) {
        lastReload = reload;
    }
}
