package org.socketproxy.config;

import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.policy.Profile;

/** One profile and its settings. */
public record ConfiguredProfile(ProfileSettings settings, Profile profile) {
    /** Returns true if a condition matches; the profile of the environment has none. */
    public boolean has(Client client) {
        for (ClientMatcher matcher : settings.clients()) {
            if (matcher.matches(client)) {
                return true;
            }
        }
        return false;
    }

    public String name() {
        return settings.name();
    }
}
