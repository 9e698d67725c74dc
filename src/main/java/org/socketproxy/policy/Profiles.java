package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;

/**
 * Assigns a profile to each client. The profiles may change between two calls.
 *
 * <p>Threading: called by any number of threads, once for each exchange; must not block.
 */
@FunctionalInterface
public interface Profiles {
    Profile of(Client client);

    /** Returns false if no other policy is tried now. */
    default boolean areShadowed() {
        return true;
    }

    /** Returns how a person is asked about denied requests of the client; null if nobody is asked. */
    default @Nullable Appeals appeals(Client client) {
        return null;
    }
}
