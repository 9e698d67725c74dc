package org.socketproxy.policy.self;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.client.IpAddress;

/**
 * A container of the daemon's list.
 *
 * @param addresses its addresses by the name of the network; a stopped container has networks without addresses
 */
public record ListedContainer(ProxyContainer container, Map<String, Set<IpAddress>> addresses) {
    public ListedContainer {
        addresses = Map.copyOf(addresses);
    }

    /** Returns the addresses in all networks. */
    public List<IpAddress> allAddresses() {
        return addresses.values().stream().flatMap(Set::stream).toList();
    }
}
