package org.socketproxy.protect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.ClientMatcher.ListenerFacts;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.policy.create.HostPaths;
import org.socketproxy.policy.self.DaemonView;
import org.socketproxy.policy.self.DaemonView.Network;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProtectedSubject.ClientNetworks;
import org.socketproxy.policy.self.ProxyContainer;

/**
 * Computes which containers are clients of which profiles, and in which networks and by which names a container would become one.
 * Keeps only containers that are clients.
 *
 * <p>Threading: one thread at a time while containers are added.
 */
final class ClientSubjects {
    private static final List<IpNetwork> EVERYWHERE = Stream.of("0.0.0.0/0", "::/0")
            .flatMap(text -> IpNetwork.read(text).stream())
            .toList();

    private final List<ConfiguredProfile> all;
    private final List<ListenAddress> listeners;
    private final DaemonView view;
    private final @Nullable ProxyContainer own;
    private final CertificateClients certificates;
    private final Map<String, Network> networks;
    private final List<Clients> profiles;
    /** Containers in the network of another one, which can come later. */
    private final List<ListedContainer> sharing = new ArrayList<>();
    /** Equal values of the clients. */
    private final Map<Object, Object> values = new HashMap<>();

    /**
     * The clients of a profile.
     *
     * @param reached the networks that make a container a client
     * @param reachedIds their ids
     */
    private record Clients(
            ConfiguredProfile profile,
            List<Network> reached,
            Set<String> reachedIds,
            Set<String> hosts,
            List<ClientMatcher.Label> labels,
            List<String> sockets,
            List<ProxyContainer> containers) {}

    /** @param all the profiles in the order of their evaluation: a client belongs to the first that has it */
    ClientSubjects(
            List<ConfiguredProfile> all,
            List<ListenAddress> listeners,
            DaemonView view,
            CertificateClients certificates) {
        this.all = List.copyOf(all);
        this.listeners = listeners;
        this.view = view;
        this.own = view.own().map(ListedContainer::container).orElse(null);
        this.certificates = certificates;
        this.networks = view.byName();
        this.profiles = this.all.stream()
                .filter(each -> !each.settings().clients().isEmpty())
                .map(this::clients)
                .toList();
    }

    private Clients clients(ConfiguredProfile profile) {
        List<Network> reached = view.networks().stream()
                .filter(network ->
                        network.subnets().stream().anyMatch(subnet -> isReached(profile, subnet, isOfProxy(network))))
                .toList();
        return new Clients(
                profile,
                reached,
                reached.stream().map(Network::id).collect(Collectors.toSet()),
                hosts(profile),
                labels(profile),
                sockets(profile).map(HostPaths::real).toList(),
                new ArrayList<>());
    }

    /** Adds a container, and returns about how many bytes of memory it takes. */
    int add(ListedContainer listed) {
        ProxyContainer container = listed.container();
        if (own != null && container.id().equals(own.id())) {
            return 0;
        }
        Map<String, Set<IpAddress>> addresses = listed.addresses();
        ListedContainer proxy = view.own().orElse(null);
        if (proxy != null && listed.sharing().equals(proxy.container().id())) {
            addresses = proxy.addresses();
        } else if (!listed.sharing().isEmpty()) {
            addresses = Map.of();
            sharing.add(new ListedContainer(container.asClient(this::shared), Map.of(), listed.sharing(), Map.of()));
        }
        Set<String> named = profiles(addresses);
        ProxyContainer kept = null;
        for (Clients clients : profiles) {
            if (named.contains(clients.profile.name()) || isClient(listed, addresses, clients)) {
                kept = kept == null ? container.asClient(this::shared) : kept;
                clients.containers.add(kept);
            }
        }
        return kept != null || !listed.sharing().isEmpty() ? bytes(container) : 0;
    }

    private static int bytes(ProxyContainer container) {
        return ProxyContainer.MEMORY_BYTES
                + Stream.of(container.names(), container.volumes())
                        .flatMap(Set::stream)
                        .mapToInt(String::length)
                        .sum();
    }

    private Object shared(Object value) {
        return values.computeIfAbsent(value, any -> value);
    }

    /** Returns the subjects of all profiles by the names of the profiles, after the last container. */
    Map<String, ProtectedSubject> subjects() {
        profiles.forEach(this::addSharing);
        Map<String, ProtectedSubject> subjects = new HashMap<>();
        profiles.forEach(clients -> subjects.put(clients.profile.name(), subject(clients)));
        return subjects;
    }

    private void addSharing(Clients clients) {
        Set<String> ids = sharing.isEmpty()
                ? Set.of()
                : clients.containers.stream().map(ProxyContainer::id).collect(Collectors.toSet());
        sharing.stream()
                .filter(listed -> ids.contains(listed.sharing())
                        && !ids.contains(listed.container().id()))
                .forEach(listed -> clients.containers.add(listed.container()));
    }

    private ProtectedSubject subject(Clients clients) {
        ConfiguredProfile other = clients.profile;
        boolean isAny = EVERYWHERE.stream().anyMatch(network -> hasClients(other, network, true));
        ClientNetworks found =
                new ClientNetworks(view.networks(), clients.reached, subnet -> isReached(other, subnet, false), isAny);
        Predicate<String> isShared =
                own == null ? network -> true : ProtectedSubject.of(own).isShared();
        return new ProtectedSubject(
                owner(other),
                clients.containers,
                own != null && !clients.sockets.isEmpty() ? own.volumes() : Set.of(),
                found,
                clients.hosts,
                isShared);
    }

    private static ProtectedSubject.Owner owner(ConfiguredProfile other) {
        return new ProtectedSubject.Owner(
                other.name(), other.settings().origin().place());
    }

    private static List<ClientMatcher.Label> labels(ConfiguredProfile profile) {
        return profile.settings().clients().stream()
                .flatMap(client -> client.labels().stream())
                .toList();
    }

    /** Returns the keys of the labels by which profiles select clients. */
    static Set<String> labelKeys(List<ConfiguredProfile> profiles) {
        return profiles.stream()
                .flatMap(each -> labels(each).stream())
                .map(ClientMatcher.Label::key)
                .collect(Collectors.toSet());
    }

    private static Set<String> hosts(ConfiguredProfile profile) {
        Set<String> hosts = new HashSet<>();
        profile.settings().clients().forEach(client -> hosts.addAll(client.hosts()));
        return hosts;
    }

    private boolean isOfProxy(Network network) {
        return own == null
                || own.environs().networks().containsValue(network.id())
                || network.names().stream().anyMatch(own.environs().networks()::containsKey);
    }

    /** A profile in front of the other one that has all clients of the subnet leaves none to it. */
    private boolean isReached(ConfiguredProfile other, IpNetwork subnet, boolean isOfProxy) {
        for (ConfiguredProfile each : all) {
            if (each.name().equals(other.name())) {
                return hasClients(other, subnet, isOfProxy);
            }
            boolean isWhole = each.settings().clients().stream()
                    .anyMatch(condition -> condition.covers(ClientMatcher.network(subnet.toString())));
            if (isWhole) {
                return false;
            }
        }
        return false;
    }

    private boolean hasClients(ConfiguredProfile other, IpNetwork subnet, boolean isOfProxy) {
        return other.settings().clients().stream()
                .anyMatch(condition -> condition.isReachableFrom(subnet, name -> isListening(name, subnet, isOfProxy)));
    }

    /** Returns true if a container in a subnet reaches the TCP listener with a name. */
    private boolean isListening(String name, IpNetwork subnet, boolean isOfProxy) {
        return listeners.stream()
                .anyMatch(address -> name.equals(address.name())
                        && address instanceof NetworkAddress network
                        && !network.isLoopback()
                        && isOfProxy
                        && IpAddress.parse(network.host())
                                .filter(host -> !network.isEveryAddress())
                                .map(subnet::contains)
                                .orElse(true));
    }

    private boolean isClient(ListedContainer listed, Map<String, Set<IpAddress>> addresses, Clients clients) {
        ProxyContainer container = listed.container();
        return clients.labels.stream()
                        .anyMatch(label -> label.value().equals(listed.labels().get(label.key())))
                || certificates.isClient(container.id(), clients.profile.name())
                || hasSocket(container, clients.sockets)
                || container.environs().dnsNames().stream().anyMatch(clients.hosts::contains) && isWithProxy(container)
                || isStoppedIn(addresses, clients.reachedIds);
    }

    private boolean isStoppedIn(Map<String, Set<IpAddress>> addresses, Set<String> reached) {
        return addresses.entrySet().stream()
                .filter(endpoint -> endpoint.getValue().isEmpty())
                .map(endpoint -> networks.get(endpoint.getKey()))
                .anyMatch(network -> network != null && reached.contains(network.id()));
    }

    /** Returns the profiles that a client from these addresses gets at the listeners. */
    private Set<String> profiles(Map<String, Set<IpAddress>> addresses) {
        Set<String> names = new HashSet<>();
        addresses.forEach((network, ofNetwork) -> {
            List<IpAddress> locals = locals(networks.get(network), network);
            ofNetwork.forEach(address -> addProfiles(names, address, locals));
        });
        return names;
    }

    private boolean isWithProxy(ProxyContainer container) {
        return own == null
                || container.environs().networks().keySet().stream()
                        .anyMatch(own.environs().networks()::containsKey);
    }

    /** Returns the addresses of the proxy to which a container in a network can connect. */
    private List<IpAddress> locals(@Nullable Network network, String name) {
        List<IpAddress> locals = new ArrayList<>();
        view.own().ifPresent(listed -> locals.addAll(listed.addresses().getOrDefault(name, Set.of())));
        if (locals.isEmpty() && network != null) {
            locals.addAll(network.gateways());
        }
        return locals;
    }

    private void addProfiles(Set<String> names, IpAddress remote, List<IpAddress> locals) {
        List<@Nullable IpAddress> ends = new ArrayList<>(locals);
        if (ends.isEmpty()) {
            ends.add(null);
        }
        for (ListenAddress listener : listeners) {
            for (IpAddress local : ends) {
                if (listener instanceof NetworkAddress) {
                    Client client = new Client(listener.name(), remote.toString(), remote, local, null, null);
                    all.stream()
                            .filter(each -> each.has(client))
                            .findFirst()
                            .ifPresent(first -> names.add(first.name()));
                }
            }
        }
    }

    /** Returns true if a container mounts a path that holds one of the sockets. */
    private static boolean hasSocket(ProxyContainer container, List<String> sockets) {
        return sockets.stream()
                .anyMatch(socket -> container.environs().mountSources().stream()
                        .anyMatch(source -> HostPaths.isAtOrBelow(socket, HostPaths.real(source))));
    }

    /** Returns the paths on the host of the sockets at which a profile is possible. */
    private Stream<String> sockets(ConfiguredProfile profile) {
        return listeners.stream()
                .filter(UnixAddress.class::isInstance)
                .map(UnixAddress.class::cast)
                .filter(address -> profile.settings().clients().stream()
                        .anyMatch(condition ->
                                condition.isPossibleAt(new ListenerFacts(address.name(), true, false, false))))
                .map(address -> onHost(address.path().toString()));
    }

    /** Returns the path on the host of a path in the container of the proxy. */
    private String onHost(String path) {
        if (own == null) {
            return path;
        }
        String real = HostPaths.real(path);
        return own.environs().mountPoints().entrySet().stream()
                .filter(mount -> HostPaths.isAtOrBelow(real, HostPaths.real(mount.getKey())))
                .max(Comparator.comparing(
                        mount -> HostPaths.real(mount.getKey()).length()))
                .map(mount -> (mount.getValue().equals("/") ? "" : mount.getValue())
                        + real.substring(HostPaths.real(mount.getKey()).length()))
                .orElse(path);
    }

    /** Returns the sockets of other profiles, each with the settings that a bind needs: the user of a container could be their client. */
    Map<String, List<String>> sharedSockets(List<ConfiguredProfile> others, String profile) {
        Map<String, List<String>> needed = new LinkedHashMap<>();
        others.forEach(other -> sockets(other)
                .forEach(socket -> needed.computeIfAbsent(socket, path -> new ArrayList<>())
                        .add(owner(other).trust(profile))));
        if (own != null) { // the socket is in a mount of its container
            needed.values().forEach(settings -> settings.add("PROTECT_SELF=0"));
        }
        return needed;
    }
}
