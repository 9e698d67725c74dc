package org.socketproxy.decide;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.socketproxy.client.IpAddress;
import org.socketproxy.policy.self.DaemonView;
import org.socketproxy.policy.self.DaemonView.ListedContainer;

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

    /** Remembers the profile of a client. */
    synchronized void see(IpAddress address, String profile) {
        addresses.put(address, profile);
    }

    /** Finds the containers of the addresses; a container stays a client until it is removed. */
    synchronized void find(DaemonView view) {
        Set<String> existing = new HashSet<>();
        for (ListedContainer listed : view.containers()) {
            String id = listed.container().id();
            existing.add(id);
            for (IpAddress address : listed.allAddresses()) {
                String profile = addresses.get(address);
                if (profile != null) {
                    containers.put(id, profile);
                }
            }
        }
        containers.keySet().retainAll(existing);
    }

    /** Returns true if a container is a client of a profile. */
    synchronized boolean isClient(String id, String profile) {
        return profile.equals(containers.get(id));
    }
}
