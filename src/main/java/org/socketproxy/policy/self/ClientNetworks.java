package org.socketproxy.policy.self;

import java.util.List;
import java.util.function.Predicate;
import org.socketproxy.client.IpNetwork;

/**
 * The networks in which a container would become a client of another profile.
 *
 * <p>Security: a network that the daemon did not have at the last look could be such a network.
 *
 * @param known all networks of the daemon
 * @param reached those in which a container would become a client
 * @param isReached whether a container with an address in a network would become a client
 * @param isAny whether the profile recognises a client by an address at all
 */
public record ClientNetworks(
        List<DaemonNetwork> known, List<DaemonNetwork> reached, Predicate<IpNetwork> isReached, boolean isAny) {
    /** No network. */
    public static final ClientNetworks NONE = new ClientNetworks(List.of(), List.of(), network -> false, false);

    private static final String HOST = "host";
    private static final List<String> WITHOUT_BRIDGE = List.of("none", "slirp4netns", "pasta");

    public ClientNetworks {
        known = List.copyOf(known);
        reached = List.copyOf(reached);
    }

    /** Returns true if a reference means one of these networks. */
    boolean has(String reference) {
        return reached.stream().anyMatch(network -> network.isNamed(reference));
    }

    /** Returns true if a container that joins a network, or the network of the host, could become a client. */
    boolean isJoinedBy(String reference) {
        if (!isAny || WITHOUT_BRIDGE.contains(reference)) {
            return false;
        }
        if (reference.equals(HOST)) {
            return !reached.isEmpty();
        }
        return has(reference) || known.stream().noneMatch(network -> network.isNamed(reference));
    }

    boolean isOverlappedBy(IpNetwork network) {
        return isAny && isReached.test(network);
    }
}
