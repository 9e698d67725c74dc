package org.socketproxy.policy.self;

import java.util.List;
import java.util.Set;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.IpNetwork;

/**
 * A network as the daemon describes it.
 *
 * @param id full id
 * @param names the name, and for the default network the words that select it
 * @param subnets addresses of its containers
 * @param gateways addresses of the host in it
 */
public record DaemonNetwork(String id, Set<String> names, List<IpNetwork> subnets, List<IpAddress> gateways) {
    public DaemonNetwork {
        names = Set.copyOf(names);
        subnets = List.copyOf(subnets);
        gateways = List.copyOf(gateways);
    }

    /** Returns true if a daemon may read the reference as this network: its name, its id, or the beginning of its id. */
    boolean isNamed(String reference) {
        return ContainerReference.isOf(id, names, reference);
    }
}
