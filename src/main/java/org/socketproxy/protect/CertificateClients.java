package org.socketproxy.protect;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.socketproxy.client.IpAddress;
import org.socketproxy.policy.self.ListedContainer;

/**
 * The containers with addresses from which clients with certificates have connected.
 *
 * <p>Threading: thread-safe.
 */
final class CertificateClients {
    private static final int MOST = 1024;

    /** Profiles by address, the least recently seen first; until the daemon has been asked. */
    private final Map<IpAddress, String> addresses = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, String> eldest) {
            return size() > MOST;
        }
    };

    private final Map<String, String> containers = new HashMap<>();
    /** Time before the last list of all containers. */
    private long foundNanos = System.nanoTime();
    /** Time of the last new address or connection. */
    private long seenNanos = foundNanos;

    /**
     * Remembers the profile of a client.
     *
     * @param acceptedNanos time of its connection
     */
    synchronized void see(IpAddress address, String profile, long acceptedNanos) {
        boolean isNew = !profile.equals(addresses.put(address, profile));
        long seen = isNew ? System.nanoTime() : acceptedNanos;
        seenNanos = seen - seenNanos > 0 ? seen : seenNanos;
    }

    /** Returns true if a client has connected since the last list of all containers. */
    synchronized boolean isBehind() {
        return seenNanos - foundNanos > 0;
    }

    /** Ties a container to the address of a client. */
    synchronized void find(ListedContainer listed) {
        String id = listed.container().id();
        for (IpAddress address : listed.allAddresses()) {
            String profile = addresses.get(address);
            if (profile != null) {
                containers.put(id, profile);
            }
        }
    }

    /**
     * Forgets the containers that are not in a list of all containers. A container stays a client until it is removed.
     *
     * @param beginNanos time before the list
     */
    synchronized void retain(Set<String> existing, long beginNanos) {
        containers.keySet().retainAll(existing);
        foundNanos = beginNanos;
    }

    /** Returns true if a container was tied to a client, so that a list has to tell whether it exists. */
    synchronized boolean isTied(String id) {
        return containers.containsKey(id);
    }

    /** Returns true if a container is a client of a profile. */
    synchronized boolean isClient(String id, String profile) {
        return profile.equals(containers.get(id));
    }
}
