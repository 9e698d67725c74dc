package org.socketproxy.decide;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
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
import org.socketproxy.policy.self.DaemonView.ListedContainer;
import org.socketproxy.policy.self.DaemonView.Network;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProtectedSubject.ClientNetworks;
import org.socketproxy.policy.self.ProxyContainer;

/**
 * Computes which containers are clients of other profiles, and in which networks and by which names a container would become one.
 *
 * <p>Threading: immutable.
 *
 * @param all the profiles in the order of their evaluation: a client belongs to the first that has it
 * @param own the container of the proxy, or null if it runs in none
 */
record ClientSubjects(
        List<ConfiguredProfile> all,
        List<ListenAddress> listeners,
        DaemonView view,
        @Nullable ProxyContainer own,
        CertificateClients certificates) {
    private static final List<IpNetwork> EVERYWHERE = Stream.of("0.0.0.0/0", "::/0")
            .flatMap(text -> IpNetwork.read(text).stream())
            .toList();

    /** Returns one subject for each of these profiles. */
    List<ProtectedSubject> of(List<ConfiguredProfile> others) {
        return others.stream().map(this::subject).toList();
    }

    private ProtectedSubject subject(ConfiguredProfile other) {
        List<Network> reached = view.networks().stream()
                .filter(network ->
                        network.subnets().stream().anyMatch(subnet -> isReached(other, subnet, isOfProxy(network))))
                .toList();
        boolean isAny = EVERYWHERE.stream().anyMatch(network -> hasClients(other, network, true));
        ClientNetworks networks =
                new ClientNetworks(view.networks(), reached, subnet -> isReached(other, subnet, false), isAny);
        Set<String> hosts = hosts(other);
        List<ProxyContainer> clients = view.containers().stream()
                .filter(listed -> own == null || !listed.container().id().equals(own.id()))
                .filter(listed -> isClient(listed, other, reached, hosts))
                .map(ListedContainer::container)
                .toList();
        Predicate<String> isShared =
                own == null ? network -> true : ProtectedSubject.of(own).isShared();
        return new ProtectedSubject(
                owner(other),
                clients,
                own != null && sockets(other).findAny().isPresent() ? own.volumes() : Set.of(),
                networks,
                hosts,
                isShared);
    }

    private static ProtectedSubject.Owner owner(ConfiguredProfile other) {
        return new ProtectedSubject.Owner(
                other.name(), other.settings().origin().place());
    }

    private static Set<String> hosts(ConfiguredProfile profile) {
        Set<String> hosts = new HashSet<>();
        profile.settings().clients().forEach(client -> hosts.addAll(client.hosts()));
        return hosts;
    }

    private boolean isOfProxy(Network network) {
        return own == null
                || own.networks().containsValue(network.id())
                || network.names().stream().anyMatch(own.networks()::containsKey);
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

    private boolean isClient(
            ListedContainer listed, ConfiguredProfile other, List<Network> reached, Set<String> hosts) {
        ProxyContainer container = listed.container();
        if (certificates.isClient(container.id(), other.name()) || hasSocket(container, other)) {
            return true;
        }
        if (container.dnsNames().stream().anyMatch(hosts::contains) && isWithProxy(container)) {
            return true;
        }
        for (Map.Entry<String, Set<IpAddress>> endpoint : listed.addresses().entrySet()) {
            Network network = view.network(endpoint.getKey()).orElse(null);
            boolean isStopped = endpoint.getValue().isEmpty();
            if (isStopped && network != null && reached.contains(network)) {
                return true;
            }
            for (IpAddress address : endpoint.getValue()) {
                if (isProfile(other, address, locals(network, endpoint.getKey()))) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isWithProxy(ProxyContainer container) {
        return own == null || container.networks().keySet().stream().anyMatch(own.networks()::containsKey);
    }

    /** Returns the addresses of the proxy to which a container in a network can connect. */
    private List<IpAddress> locals(@Nullable Network network, String name) {
        List<IpAddress> locals = new ArrayList<>();
        if (own != null) {
            view.container(own.id())
                    .ifPresent(listed -> locals.addAll(listed.addresses().getOrDefault(name, Set.of())));
        }
        if (locals.isEmpty() && network != null) {
            locals.addAll(network.gateways());
        }
        return locals;
    }

    /** Returns true if a client from an address gets the other profile at one of the listeners. */
    private boolean isProfile(ConfiguredProfile other, IpAddress remote, List<IpAddress> locals) {
        List<@Nullable IpAddress> ends = new ArrayList<>(locals);
        if (ends.isEmpty()) {
            ends.add(null);
        }
        for (ListenAddress listener : listeners) {
            for (IpAddress local : ends) {
                Client client = new Client(listener.name(), remote.toString(), remote, local, null, null);
                if (listener instanceof NetworkAddress && isFirst(other, client)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isFirst(ConfiguredProfile other, Client client) {
        for (ConfiguredProfile each : all) {
            if (each.has(client)) {
                return each.name().equals(other.name());
            }
        }
        return false;
    }

    /** Returns true if a container mounts a path that holds a socket at which it could be a client of the profile. */
    private boolean hasSocket(ProxyContainer container, ConfiguredProfile other) {
        return sockets(other)
                .map(HostPaths::real)
                .anyMatch(socket -> container.mountSources().stream()
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
        return own.mountPoints().entrySet().stream()
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
