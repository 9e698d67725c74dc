package org.socketproxy.client;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.CertificateIdentity.CertificateName;

/**
 * Condition on the identity of a client. It never looks at a header of a request.
 *
 * <p>Security: an unknown fact matches no condition. {@link #isHard} separates facts that the kernel or TLS guarantees
 * from addresses, which other processes on the same network can take.
 *
 * <p>Threading: thread-safe; {@link #matches} neither blocks nor allocates.
 */
public sealed interface ClientMatcher
        permits ClientMatchers.OfListener,
                ClientMatchers.OfUid,
                ClientMatchers.OfGid,
                ClientMatchers.OfNetwork,
                ClientMatchers.OfLocal,
                ClientMatchers.OfCertificate,
                ClientMatchers.OfHost,
                ClientMatchers.All {
    /** Returns true if this condition is true for a client. */
    boolean matches(Client client);

    /**
     * Returns true for a listener, a certificate, a uid and a gid; false for addresses and host names. Several conditions
     * together are hard if one of them is.
     */
    boolean isHard();

    /** Returns true if it compares an address, alone or with other facts. */
    default boolean usesAddress() {
        return false;
    }

    /** Returns true if it is true for some of the addresses of a network and not for all of them, and for this one. */
    default boolean selects(IpAddress address, IpNetwork network) {
        return false;
    }

    /** Returns true if a client of the daemon that has these ways can make this condition true. */
    boolean isTakenBy(Set<Takeover> ways);

    /** Returns the condition in words, such as {@code network 172.20.0.0/24}. */
    String text();

    /** Returns true if a client of a listener can have the fact that this condition compares. */
    boolean isPossibleAt(ListenerFacts listener);

    /**
     * Returns true if this condition is true for each client for which another one is true. False can also mean that this
     * is not known, as for two patterns of certificate names.
     */
    default boolean covers(ClientMatcher other) {
        return text().equals(other.text())
                || other instanceof ClientMatchers.All all
                        && all.parts().stream().anyMatch(this::covers);
    }

    /**
     * Returns true if the address of a client in a network can make this condition true, whatever else the client has.
     *
     * @param network addresses that a container can get
     * @param listeners whether clients in this network reach the TCP listener with a name
     */
    boolean isReachableFrom(IpNetwork network, Predicate<String> listeners);

    /** Returns the host names of this condition, in lower case. */
    default List<String> hosts() {
        return List.of();
    }

    /** Matches clients of the listener with this {@code ?name=}. */
    static ClientMatcher listener(String name) {
        return new ClientMatchers.OfListener(name);
    }

    /**
     * Matches peers of a Unix socket by their effective user id.
     *
     * @throws IllegalArgumentException if the id is negative
     */
    static ClientMatcher uid(int uid) {
        return new ClientMatchers.OfUid(uid);
    }

    /**
     * Matches peers of a Unix socket by their effective primary group id; supplementary groups do not count.
     *
     * @throws IllegalArgumentException if the id is negative
     */
    static ClientMatcher gid(int gid) {
        return new ClientMatchers.OfGid(gid);
    }

    /**
     * Matches clients by their address.
     *
     * @param cidr a network or one address, such as {@code 172.20.0.0/24}, {@code fd00::/8} or {@code 192.0.2.7}
     * @throws IllegalArgumentException if it is neither; the message is for the administrator
     */
    static ClientMatcher network(String cidr) {
        return new ClientMatchers.OfNetwork(IpNetwork.parse(cidr));
    }

    /**
     * Matches clients by the address of the proxy to which they connected.
     *
     * @param cidr as in {@link #network}
     * @throws IllegalArgumentException as in {@link #network}
     */
    static ClientMatcher local(String cidr) {
        return new ClientMatchers.OfLocal(IpNetwork.parse(cidr));
    }

    /**
     * Matches clients by a name in their trusted certificate.
     *
     * @param glob a name; {@code *} stands for one or more characters within one label, such as {@code runner-*},
     *     {@code *.ci.example}, {@code spiffe://domain/ns/ci/sa/*}
     * @throws IllegalArgumentException if the pattern is not valid; the message is for the administrator
     */
    static ClientMatcher certificate(CertificateName kind, String glob) {
        return new ClientMatchers.OfCertificate(new NameGlob(kind, glob));
    }

    /**
     * Matches clients with an address of a host name.
     *
     * @param names resolves the name in the background; it is added there
     * @throws IllegalArgumentException if it is not a host name; the message is for the administrator
     */
    static ClientMatcher host(HostNames names, String name) {
        return new ClientMatchers.OfHost(names.add(name));
    }

    /**
     * Matches clients that all parts match.
     *
     * @throws IllegalArgumentException if there is no part, because such a condition would match every client
     */
    static ClientMatcher all(List<ClientMatcher> parts) {
        return new ClientMatchers.All(parts);
    }

    /**
     * The kinds of facts that a listener knows about its clients.
     *
     * @param name name of the listener, or null
     * @param hasPeers whether the clients have user and group ids
     * @param hasAddresses whether the clients have network addresses
     * @param hasCertificates whether the clients have certificates
     */
    record ListenerFacts(@Nullable String name, boolean hasPeers, boolean hasAddresses, boolean hasCertificates) {}

    /** A way by which one client of the daemon becomes another client of the proxy. */
    enum Takeover {
        /** Creates containers without rules: they get any network, socket or file of the host. */
        CREATE("create containers"),
        /** Runs code in the other client, or reads its memory or files: it has every identity of this client. */
        ENTER("enter containers"),
        /** Connects a container to the network of the other client. */
        JOIN("connect containers to networks"),
        /** Reads the key of the other client's certificate. */
        READ("read files of containers"),
        /** Stops the other client, so that its address or name is free. */
        STOP("stop containers");

        private final String words;

        Takeover(String words) {
            this.words = words;
        }

        /** Returns what the client does, such as {@code stop containers}. */
        public String words() {
            return words;
        }

        /** Returns true if it gives every identity. */
        boolean isComplete() {
            return this == ENTER || this == CREATE;
        }
    }
}
