package org.socketproxy.client;

import org.jspecify.annotations.Nullable;
import org.socketproxy.client.LocalContainers.Holder;

/**
 * Answer of the daemon about the address of a client.
 *
 * @param containers the containers on the networks of the proxy
 * @param subnet the subnet of the proxy's container that contains the address; null for all other addresses
 * @param holder the container that has the address; null if no container has had it
 */
public record LocalPlace(
        LocalContainers containers,
        @Nullable IpNetwork subnet,
        @Nullable Holder holder) {
    /**
     * Returns false if another container had the address before. A condition that is true for the whole subnet does not
     * distinguish its containers.
     */
    boolean isBelievedBy(IpNetwork condition) {
        return holder == null || holder.isFirst() || subnet != null && condition.contains(subnet);
    }

    /**
     * Returns true if a host name means the container of this address, or, outside of containers, this address, and nothing else. The
     * resolver of the daemon returns the addresses of one network only, so that the addresses of the container count too.
     */
    boolean isHost(HostNames.Host host, IpAddress address) {
        String container = holder == null ? null : holder.container();
        return containers.isOnly(host.name(), host.addresses(), container)
                && (containers.isNamed(host.name()) || host.has(address) && (holder == null || holder.isFirst()));
    }
}
