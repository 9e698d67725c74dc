package org.socketproxy.client;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.CertificateIdentity.CertificateName;

/**
 * Condition on the identity of a client, never on a header of a request.
 *
 * <p>Security: an unknown fact matches no condition. {@link #isHard} separates facts that the kernel or TLS guarantees from
 * addresses, which other processes on the same network can take.
 *
 * <p>Threading: thread-safe; {@link #matches} neither blocks nor allocates.
 */
public sealed interface ClientMatcher
        permits ClientMatchers.OfListener,
                ClientMatchers.OfId,
                ClientMatchers.OfNetwork,
                ClientMatchers.OfLocal,
                ClientMatchers.OfCertificate,
                ClientMatchers.OfHost,
                ClientMatchers.OfLabel,
                ClientMatchers.All {
    boolean matches(Client client);

    /** Returns false for addresses and host names. Several conditions together are hard if one of them is. */
    default boolean isHard() {
        return !usesAddress();
    }

    /** Returns true if an address is compared, alone or with other facts. */
    default boolean usesAddress() {
        return false;
    }

    /** Returns the network if the condition compares only the client's address with it, else null. */
    default @Nullable IpNetwork remoteNetwork() {
        return null;
    }

    /** Returns true if only one address or host makes the condition true; a machine beside it can take this identity. */
    default boolean isOfOneHost() {
        return false;
    }

    /** Returns true if the condition is true for this address, and not for all addresses of the network. */
    default boolean selects(IpAddress address, IpNetwork network) {
        return false;
    }

    /** Returns true if a client of the daemon with these rights can make the condition true. */
    boolean isTakenBy(Set<Takeover> ways);

    /** Returns the words, such as {@code network 172.20.0.0/24}. */
    String text();

    /** Returns true if a client of the listener can have the compared fact. */
    boolean isPossibleAt(ListenerFacts listener);

    /** Returns true if {@code other} implies this condition; false also if that is unknown, as for two certificate patterns. */
    default boolean covers(ClientMatcher other) {
        return getClass() == other.getClass() && text().equals(other.text())
                || other instanceof ClientMatchers.All all
                        && all.parts().stream().anyMatch(this::covers);
    }

    /**
     * Returns true if an address in a network can make the condition true.
     *
     * @param network addresses that a container can get
     * @param listeners whether this network reaches the TCP listener with a name
     */
    default boolean isReachableFrom(IpNetwork network, Predicate<String> listeners) {
        return false;
    }

    /** Returns the host names in lower case. */
    default List<String> hosts() {
        return List.of();
    }

    /** Returns the labels that are compared. */
    default List<Label> labels() {
        return List.of();
    }

    /** Compares the name of the listener ({@code ?name=}). */
    static ClientMatcher listener(String name) {
        return new ClientMatchers.OfListener(name);
    }

    /**
     * Compares the effective user id of the peer of a Unix socket.
     *
     * @throws IllegalArgumentException if the id is negative
     */
    static ClientMatcher uid(int uid) {
        return new ClientMatchers.OfId(true, uid);
    }

    /**
     * Compares the effective primary group id of the peer of a Unix socket; supplementary groups do not count.
     *
     * @throws IllegalArgumentException if the id is negative
     */
    static ClientMatcher gid(int gid) {
        return new ClientMatchers.OfId(false, gid);
    }

    /**
     * Compares the client's address.
     *
     * @param cidr a network or one address, such as {@code 172.20.0.0/24}, {@code fd00::/8} or {@code 192.0.2.7}
     * @throws IllegalArgumentException with a message for the administrator
     */
    static ClientMatcher network(String cidr) {
        return new ClientMatchers.OfNetwork(IpNetwork.parse(cidr));
    }

    /** Compares the proxy's address of the connection, as {@link #network} does. */
    static ClientMatcher local(String cidr) {
        return new ClientMatchers.OfLocal(IpNetwork.parse(cidr));
    }

    /**
     * Compares the names in the trusted certificate.
     *
     * @param glob a name; {@code *} stands for one or more characters within one label, such as {@code runner-*},
     *     {@code *.ci.example}, {@code spiffe://domain/ns/ci/sa/*}
     * @throws IllegalArgumentException with a message for the administrator
     */
    static ClientMatcher certificate(CertificateName kind, String glob) {
        return new ClientMatchers.OfCertificate(new NameGlob(kind, glob));
    }

    /**
     * Compares the client's address with the addresses of a host name.
     *
     * @param names resolves the name in the background
     * @throws IllegalArgumentException with a message for the administrator
     */
    static ClientMatcher host(HostNames names, String name) {
        return new ClientMatchers.OfHost(names.add(name));
    }

    /**
     * Compares a label of the container that has the client's address.
     *
     * @param label such as {@code socket-proxy.profile=ci}
     * @throws IllegalArgumentException with a message for the administrator
     */
    static ClientMatcher label(String label) {
        return new ClientMatchers.OfLabel(Label.parse(label));
    }

    /**
     * Combines conditions, all of which must match.
     *
     * @throws IllegalArgumentException without a part, because such a condition would match every client
     */
    static ClientMatcher all(List<ClientMatcher> parts) {
        return new ClientMatchers.All(parts);
    }

    /** A label of a container. Its key is one that no program gives by itself. */
    record Label(String key, String value) {
        private static final Pattern FORM = Pattern.compile("([a-zA-Z0-9][a-zA-Z0-9._/-]{0,127})=([!-~]{1,128})");
        /** Keys of labels that the proxy, the docker CLI, or Podman gives to containers of clients. */
        private static final Pattern OF_PROGRAMS =
                Pattern.compile("com\\.docker\\..*|io\\.podman\\..*|PODMAN_.*|socket-proxy\\.(lease|bind)");

        static Label parse(String text) {
            Matcher pair = FORM.matcher(text);
            if (!pair.matches()) {
                throw new IllegalArgumentException(
                        "use a label with a value, such as socket-proxy.profile=ci: a key of at most 128 letters, digits"
                                + " and . _ / -, and a value of at most 128 characters of ASCII without blanks");
            }
            if (OF_PROGRAMS.matcher(pair.group(1)).matches()) {
                throw new IllegalArgumentException("programs give the label " + pair.group(1)
                        + " to containers; use a key of your own, such as socket-proxy.profile");
            }
            return new Label(pair.group(1), pair.group(2));
        }
    }

    /** Kinds of facts that a listener knows about its clients; peers have user and group ids. */
    record ListenerFacts(@Nullable String name, boolean hasPeers, boolean hasAddresses, boolean hasCertificates) {}

    /** A way for a client of the daemon to become another client of the proxy. */
    enum Takeover {
        /** Creates containers without rules, with any network, socket or file of the host. */
        CREATE("create containers"),
        /** Runs code in the other client, or reads its memory or files. */
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

        /** Returns an infinitive, such as {@code stop containers}. */
        public String words() {
            return words;
        }

        /** Returns true if it gives every identity of the other client. */
        boolean isComplete() {
            return this == ENTER || this == CREATE;
        }
    }
}
