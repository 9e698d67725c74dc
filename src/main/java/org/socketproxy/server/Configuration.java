package org.socketproxy.server;

import org.jspecify.annotations.Nullable;
import org.socketproxy.api.OperationCatalogue;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Policy;
import org.socketproxy.status.StatusFacts;

/**
 * What holds now: the settings, and the policy made of them. They are replaced together.
 *
 * <p>Threading: replaced by one thread, asked by any number.
 */
final class Configuration {
    private final OperationCatalogue catalogue;
    private volatile Held held;
    private volatile StatusFacts.@Nullable Reload lastReload;

    private record Held(Settings settings, Policy policy) {}

    Configuration(OperationCatalogue catalogue, Settings settings) {
        this.catalogue = catalogue;
        this.held = hold(settings);
    }

    private Held hold(Settings settings) {
        return new Held(settings, Policy.of(catalogue, settings.granted(), settings.compatibility()));
    }

    Settings settings() {
        return held.settings;
    }

    Policy policy() {
        return held.policy;
    }

    void replace(Settings settings) {
        held = hold(settings);
    }

    StatusFacts.@Nullable Reload lastReload() {
        return lastReload;
    }

    void reloaded(StatusFacts.Reload reload) {
        lastReload = reload;
    }
}
