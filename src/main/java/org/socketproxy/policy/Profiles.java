package org.socketproxy.policy;

import org.socketproxy.client.Client;

/**
 * Assigns a profile to each client. The profiles in force may change between two calls.
 *
 * <p>Threading: called by any number of threads, once for each exchange; must not block.
 */
@FunctionalInterface
public interface Profiles {
    /** Returns the profile that applies to a client. */
    Profile of(Client client);
}
