package org.socketproxy.policy.self;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonValue;
import org.socketproxy.policy.self.DaemonView.Network;

/**
 * Containers that are protected from requests: the proxy's own container, or the clients of one other profile.
 *
 * @param owner the other profile, or null for the proxy
 * @param containers the container of the proxy, or the known clients
 * @param volumes names of volumes with a socket at which the clients connect, beside the volumes of the containers
 * @param networks networks that would make a container a client of the owner
 * @param dnsNames names that resolve to the proxy, or by which it recognises a client of the owner; in lower case
 * @param isShared whether the proxy or its clients resolve names of a network
 */
public record ProtectedSubject(
        @Nullable Owner owner,
        List<ProxyContainer> containers,
        Set<String> volumes,
        ClientNetworks networks,
        Set<String> dnsNames,
        Predicate<String> isShared) {
    /** Member of a body that connects a container. */
    public static final String ALIASES = "aliases";

    /**
     * The profile that recognises the clients.
     *
     * @param profile its name
     * @param place its place in the policy file, such as {@code policy.yaml line 7}
     */
    public record Owner(String profile, String place) {
        /** Returns the line that allows another profile to act on the clients, and its place. */
        public String trust(String trusted) {
            return "trusts: [" + trusted + "] in the profile " + profile + " (" + place + ")";
        }
    }

    /**
     * The networks in which a container would become a client of another profile.
     *
     * <p>Security: a network that is newer than the list of networks could be one of them.
     *
     * @param known all networks of the daemon
     * @param reached the networks that make a container a client
     * @param isReached whether a container with an address in a network would become a client
     * @param isAny whether the profile recognises a client by an address at all
     */
    public record ClientNetworks(
            List<Network> known, List<Network> reached, Predicate<IpNetwork> isReached, boolean isAny) {
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

    public ProtectedSubject {
        containers = List.copyOf(containers);
        volumes = Set.copyOf(volumes);
        dnsNames = Set.copyOf(dnsNames);
    }

    /** The container of the proxy. */
    public static ProtectedSubject of(ProxyContainer own) {
        return new ProtectedSubject(
                null,
                List.of(own),
                Set.of(),
                ClientNetworks.NONE,
                own.environs().dnsNames(),
                own::hasNetwork);
    }

    /** Returns this subject without containers of other ids. */
    public ProtectedSubject only(String id) {
        return new ProtectedSubject(
                owner,
                containers.stream().filter(each -> each.id().equals(id)).toList(),
                volumes,
                networks,
                dnsNames,
                isShared);
    }

    boolean isProxy() {
        return owner == null;
    }

    /** Returns true if a reference may mean one of the containers. */
    public boolean hasContainer(String reference) {
        return containers.stream().anyMatch(container -> container.isNamed(reference));
    }

    boolean hasNetwork(String reference) {
        return isProxy()
                ? containers.stream().anyMatch(container -> container.hasNetwork(reference))
                : networks.has(reference);
    }

    boolean hasVolume(String name) {
        return volumes.contains(name)
                || containers.stream().anyMatch(container -> container.volumes().contains(name));
    }

    /**
     * Returns true if a resolver could find a container with this name in place of a protected name. A resolver also reads the end
     * of a name as the name of a network, and adds domains to a name.
     */
    boolean hasName(String name) {
        String plain = References.withoutSlash(name).toLowerCase(Locale.ROOT);
        String text = plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
        return !text.isEmpty()
                && dnsNames.stream()
                        .anyMatch(own -> own.equals(text) || own.startsWith(text + ".") || text.startsWith(own + "."));
    }

    /** Returns true if a body joins the namespaces, volumes or networks of a container, or creates an overlapping network. */
    public boolean isUsedBy(SelfRule.Kind object, Operation operation, JsonValue body, List<String> volumes) {
        return switch (object) {
            case MOUNT ->
                volumes.stream().anyMatch(this::hasVolume)
                        || BodyNames.joined(body).stream().anyMatch(this::hasContainer);
            case JOINED_NETWORK ->
                networks.isAny()
                        && (BodyNames.networks(operation, body).stream().anyMatch(networks::isJoinedBy)
                                || BodyNames.subnets(body).stream().anyMatch(networks::isOverlappedBy));
            case CONTAINER_NAME ->
                BodyNames.values(body, "name").stream().anyMatch(this::hasName)
                        || BodyNames.deepValues(body, "hostname").stream().anyMatch(this::hasName)
                        || BodyNames.deepValues(body, ALIASES).stream().anyMatch(this::hasName)
                                && BodyNames.networks(operation, body).stream().anyMatch(isShared);
            default -> false;
        };
    }

    /** Returns true if an alias on a network is one of the names. */
    public boolean hasAlias(String network, JsonValue body) {
        return isShared.test(network)
                && BodyNames.deepValues(body, ALIASES).stream().anyMatch(this::hasName);
    }
}
