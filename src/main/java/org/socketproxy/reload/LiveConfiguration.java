package org.socketproxy.reload;

import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Profiles;

/**
 * The settings in force and the profile made of them. A reload replaces both together.
 *
 * <p>Threading: replaced by one thread, read by any number.
 */
public final class LiveConfiguration implements Profiles {
    private final OperationCatalogue catalogue;
    private final ParameterRules rules = ParameterRules.load();
    private final LearnMode learning;
    private volatile Held held;
    private volatile @Nullable ReloadResult lastReload;

    private record Held(Settings settings, Profile profile) {}

    /** @param learning begins at the start; a reload does not change it */
    public LiveConfiguration(OperationCatalogue catalogue, LearnMode learning, Settings settings) {
        this.catalogue = catalogue;
        this.learning = learning;
        this.held = hold(settings);
    }

    private Held hold(Settings settings) {
        return new Held(settings, settings.profile(catalogue, rules, learning));
    }

    public Settings settings() {
        return held.settings;
    }

    /** Returns the profile that the environment configures: it applies to every client. */
    @Override
    public Profile of(Client client) {
        return held.profile;
    }

    /** Returns the profile that the environment configures. */
    public Profile defaultProfile() {
        return held.profile;
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
