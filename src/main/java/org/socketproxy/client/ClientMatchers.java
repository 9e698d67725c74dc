package org.socketproxy.client;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.socketproxy.client.ClientMatcher.Label;
import org.socketproxy.client.ClientMatcher.ListenerFacts;
import org.socketproxy.client.ClientMatcher.Takeover;
import org.socketproxy.client.LocalContainers.LocalPlace;

/** The kinds of {@link ClientMatcher}. */
final class ClientMatchers {
    private ClientMatchers() {}

    record OfListener(String name) implements ClientMatcher {
        @Override
        public boolean matches(Client client) {
            return name.equals(client.listener());
        }

        @Override
        public boolean isPossibleAt(ListenerFacts listener) {
            return name.equals(listener.name());
        }

        @Override
        public boolean isTakenBy(Set<Takeover> ways) {
            return isEntered(ways) || ways.contains(Takeover.JOIN);
        }

        @Override
        public boolean isReachableFrom(IpNetwork network, Predicate<String> listeners) {
            return listeners.test(name);
        }

        @Override
        public String text() {
            return "listener " + name;
        }
    }

    record OfId(boolean isUser, int id) implements ClientMatcher {
        OfId {
            if (id < 0) {
                throw new IllegalArgumentException(
                        kind(isUser) + " " + id + " is negative; use a number from 0 to " + Integer.MAX_VALUE);
            }
        }

        private static String kind(boolean isUser) {
            return isUser ? "uid" : "gid";
        }

        @Override
        public boolean matches(Client client) {
            UnixPeer peer = client.peer();
            return peer != null && (isUser ? peer.uid() : peer.gid()) == id;
        }

        @Override
        public boolean isPossibleAt(ListenerFacts listener) {
            return listener.hasPeers();
        }

        @Override
        public boolean isTakenBy(Set<Takeover> ways) {
            return isEntered(ways);
        }

        @Override
        public String text() {
            return kind(isUser) + " " + id;
        }
    }

    private static boolean isEntered(Set<Takeover> ways) {
        return ways.stream().anyMatch(Takeover::isComplete);
    }

    record OfNetwork(IpNetwork network) implements ClientMatcher {
        @Override
        public boolean matches(Client client) {
            IpAddress remote = client.remote();
            LocalPlace place = client.place();
            return remote != null && network.contains(remote) && (place == null || place.isBelievedBy(network));
        }

        @Override
        public IpNetwork remoteNetwork() {
            return network;
        }

        @Override
        public boolean usesAddress() {
            return true;
        }

        @Override
        public boolean isOfOneHost() {
            return network.isOneAddress();
        }

        @Override
        public boolean selects(IpAddress address, IpNetwork of) {
            return network.contains(address) && !network.contains(of);
        }

        @Override
        public boolean isPossibleAt(ListenerFacts listener) {
            return listener.hasAddresses();
        }

        @Override
        public boolean covers(ClientMatcher other) {
            return other instanceof OfNetwork narrower
                    ? network.contains(narrower.network)
                    : ClientMatcher.super.covers(other);
        }

        @Override
        public boolean isTakenBy(Set<Takeover> ways) {
            return isEntered(ways)
                    || ways.contains(Takeover.JOIN)
                    || network.isOneAddress() && ways.contains(Takeover.STOP);
        }

        @Override
        public boolean isReachableFrom(IpNetwork network, Predicate<String> listeners) {
            return this.network.overlaps(network);
        }

        @Override
        public String text() {
            return "network " + network;
        }
    }

    record OfLocal(IpNetwork network) implements ClientMatcher {
        @Override
        public boolean matches(Client client) {
            IpAddress local = client.local();
            return local != null && network.contains(local);
        }

        @Override
        public boolean usesAddress() {
            return true;
        }

        @Override
        public boolean isPossibleAt(ListenerFacts listener) {
            return listener.hasAddresses();
        }

        @Override
        public boolean covers(ClientMatcher other) {
            return other instanceof OfLocal narrower
                    ? network.contains(narrower.network)
                    : ClientMatcher.super.covers(other);
        }

        @Override
        public boolean isTakenBy(Set<Takeover> ways) {
            return isEntered(ways) || ways.contains(Takeover.JOIN);
        }

        @Override
        public boolean isReachableFrom(IpNetwork network, Predicate<String> listeners) {
            return this.network.overlaps(network);
        }

        @Override
        public String text() {
            return "local " + network;
        }
    }

    record OfCertificate(NameGlob glob) implements ClientMatcher {
        @Override
        public boolean matches(Client client) {
            Client.Certificate certificate = client.certificate();
            return certificate != null && certificate.identity().matches(glob.kind(), glob);
        }

        @Override
        public boolean isPossibleAt(ListenerFacts listener) {
            return listener.hasCertificates();
        }

        @Override
        public boolean isTakenBy(Set<Takeover> ways) {
            return isEntered(ways) || ways.contains(Takeover.READ);
        }

        @Override
        public String text() {
            return "certificate " + glob.kind().word() + " " + glob.text();
        }
    }

    record OfHost(HostNames.Host host) implements ClientMatcher {
        @Override
        public boolean matches(Client client) {
            IpAddress remote = client.remote();
            LocalPlace place = client.place();
            return remote != null && (place == null ? host.has(remote) : place.isHost(host, remote));
        }

        @Override
        public boolean usesAddress() {
            return true;
        }

        @Override
        public boolean isOfOneHost() {
            return true;
        }

        @Override
        public boolean selects(IpAddress address, IpNetwork of) {
            return host.isOnlyResolvedTo(address);
        }

        @Override
        public boolean isPossibleAt(ListenerFacts listener) {
            return listener.hasAddresses();
        }

        @Override
        public boolean isTakenBy(Set<Takeover> ways) {
            return isEntered(ways) || ways.contains(Takeover.JOIN) || ways.contains(Takeover.STOP);
        }

        @Override
        public List<String> hosts() {
            return List.of(host.name());
        }

        @Override
        public String text() {
            return "host " + host.name();
        }
    }

    record OfLabel(Label label) implements ClientMatcher {
        @Override
        public boolean matches(Client client) {
            LocalPlace place = client.place();
            return place != null && place.hasLabel(label);
        }

        @Override
        public boolean usesAddress() {
            return true;
        }

        @Override
        public boolean isOfOneHost() {
            return true;
        }

        @Override
        public boolean isPossibleAt(ListenerFacts listener) {
            return listener.hasAddresses();
        }

        /** Neither a network nor the address of a stopped container gives a label. */
        @Override
        public boolean isTakenBy(Set<Takeover> ways) {
            return isEntered(ways);
        }

        @Override
        public List<Label> labels() {
            return List.of(label);
        }

        @Override
        public String text() {
            return "label " + label.key() + "=" + label.value();
        }
    }

    record All(List<ClientMatcher> parts) implements ClientMatcher {
        All {
            parts = List.copyOf(parts);
            if (parts.isEmpty()) {
                throw new IllegalArgumentException("a client without a condition would be every client; add one");
            }
        }

        @Override
        public boolean matches(Client client) {
            for (int i = 0; i < parts.size(); i++) { // without an iterator
                if (!parts.get(i).matches(client)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public boolean isHard() {
            return parts.stream().anyMatch(ClientMatcher::isHard);
        }

        @Override
        public boolean usesAddress() {
            return parts.stream().anyMatch(ClientMatcher::usesAddress);
        }

        @Override
        public boolean isOfOneHost() {
            return parts.stream().anyMatch(ClientMatcher::isOfOneHost);
        }

        @Override
        public boolean selects(IpAddress address, IpNetwork of) {
            return parts.stream().anyMatch(part -> part.selects(address, of));
        }

        @Override
        public boolean isPossibleAt(ListenerFacts listener) {
            return parts.stream().allMatch(part -> part.isPossibleAt(listener));
        }

        @Override
        public boolean covers(ClientMatcher other) {
            return parts.stream().allMatch(part -> part.covers(other));
        }

        @Override
        public boolean isTakenBy(Set<Takeover> ways) {
            return parts.stream().allMatch(part -> part.isTakenBy(ways));
        }

        @Override
        public boolean isReachableFrom(IpNetwork network, Predicate<String> listeners) {
            return parts.stream().allMatch(part -> part.isReachableFrom(network, listeners));
        }

        @Override
        public List<String> hosts() {
            return parts.stream().flatMap(part -> part.hosts().stream()).toList();
        }

        @Override
        public List<Label> labels() {
            return parts.stream().flatMap(part -> part.labels().stream()).toList();
        }

        @Override
        public String text() {
            return parts.stream().map(ClientMatcher::text).collect(Collectors.joining(" and "));
        }
    }
}
