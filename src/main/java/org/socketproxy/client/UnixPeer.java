package org.socketproxy.client;

import jdk.net.UnixDomainPrincipal;

/**
 * Process that connected to a Unix socket, as the kernel reports it (SO_PEERCRED) for the time of the connection.
 *
 * @param user name of its effective user, or the number if this system has no name for it
 * @param group name or number of its effective group; supplementary groups are not known
 * @param uid effective user id, or {@link #UNKNOWN}
 * @param gid effective group id, or {@link #UNKNOWN}
 */
public record UnixPeer(String user, String group, int uid, int gid) {
    /** Id that the proxy does not know: no rule matches it. The kernel has no user or group with this id. */
    public static final int UNKNOWN = -1;

    /** Converts the peer credentials of the JDK. */
    public static UnixPeer of(UnixDomainPrincipal peer) {
        return new UnixPeer(
                peer.user().getName(), peer.group().getName(), UnixIds.uid(peer.user()), UnixIds.gid(peer.group()));
    }
}
