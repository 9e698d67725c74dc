package org.socketproxy.client;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.LocalContainers.Holder;

/**
 * Addresses and names of the containers on the networks of the proxy's container, and the first container of each address.
 *
 * <p>Threading: immutable.
 *
 * <p>Security: a connection older than the container of its address does not belong to this container. An address that a condition
 * selects stays bound to the name of its first container, also while no container has it.
 */
public final class LocalContainers {
    /** State before the first answer of the daemon. */
    public static final LocalContainers NONE = new LocalContainers(Description.EMPTY, Map.of());

    /** Highest number of remembered addresses without a container; beyond it, no new container is a first one. */
    static final int MAX_LEFT = 4096;

    private static final String SEVERAL = "several containers";
    private static final String NO_CONTAINER = "";

    private final Description description;
    private final Map<IpAddress, Holder> holders;

    private LocalContainers(Description description, Map<IpAddress, Holder> holders) {
        this.description = description;
        this.holders = Map.copyOf(holders);
    }

    /**
     * One answer of the daemon.
     *
     * @param beginNanos time before the first query by {@link System#nanoTime}
     * @param names ids of the containers by name in lower case, also of stopped ones
     * @param isComplete whether all names are known
     * @param labels labels of the containers on the networks
     */
    public record Description(
            long beginNanos,
            List<IpNetwork> subnets,
            List<Endpoint> endpoints,
            Map<String, Set<String>> names,
            boolean isComplete,
            OwnLabels labels) {
        static final Description EMPTY = new Description(0, List.of(), List.of(), Map.of(), true, OwnLabels.NONE);

        public Description {
            subnets = List.copyOf(subnets);
            endpoints = List.copyOf(endpoints);
            names = Map.copyOf(names);
        }
    }

    /** One container on one network. */
    public record Endpoint(String container, String name, List<IpAddress> addresses) {
        public Endpoint {
            addresses = List.copyOf(addresses);
        }

        /** Parses addresses such as {@code 172.20.0.3/16}; skips other texts. */
        public static Endpoint of(String container, String name, List<String> cidrs) {
            return new Endpoint(
                    container,
                    name,
                    cidrs.stream()
                            .flatMap(cidr -> IpAddress.parse(cidr.replaceFirst("/.*", "")).stream())
                            .toList());
        }
    }

    /**
     * The container of an address.
     *
     * @param container its id; empty if the container has left
     * @param firstName name of the first container that had the address
     * @param sinceNanos an earlier connection does not belong to this container
     */
    record Holder(String container, String name, String firstContainer, String firstName, long sinceNanos) {
        /** A container of the same name replaces the first one. */
        boolean isFirst() {
            return !container.isEmpty() && (container.equals(firstContainer) || name.equals(firstName));
        }

        private Holder left(long since) {
            return new Holder(NO_CONTAINER, "", firstContainer, firstName, container.isEmpty() ? sinceNanos : since);
        }

        private Holder next(Endpoint endpoint, long since) {
            boolean isSame = endpoint.container.equals(container);
            Holder next = new Holder(
                    endpoint.container, endpoint.name, firstContainer, firstName, isSame ? sinceNanos : since);
            return next.isFirst() ? next.asFirst() : next;
        }

        private Holder asFirst() {
            return new Holder(container, name, container, name, sinceNanos);
        }
    }

    /** Parses subnets such as {@code 172.20.0.0/16}; skips other texts. */
    public static List<IpNetwork> subnets(Collection<String> cidrs) {
        return cidrs.stream().flatMap(cidr -> IpNetwork.read(cidr).stream()).toList();
    }

    /**
     * Returns the state after a newer answer.
     *
     * @param isSelected whether a condition is true for an address of a subnet, and not for all of them
     */
    public LocalContainers after(Description newer, BiPredicate<IpAddress, IpNetwork> isSelected) {
        boolean isOld = this != NONE;
        long since = isOld ? description.beginNanos : newer.beginNanos - Long.MAX_VALUE / 2;
        Map<IpAddress, Holder> next = new HashMap<>();
        int left = 0;
        int others = 0;
        for (Map.Entry<IpAddress, Holder> before : holders.entrySet()) {
            IpNetwork subnet = subnet(newer.subnets, before.getKey());
            boolean isBound = subnet != null && isSelected.test(before.getKey(), subnet);
            left += isBound ? 1 : 0;
            others += isBound ? 0 : 1;
            if (isBound || subnet != null && others <= MAX_LEFT) {
                next.put(before.getKey(), before.getValue().left(since));
            }
        }
        Map<IpAddress, Endpoint> found = byAddress(newer.endpoints);
        for (Map.Entry<IpAddress, Endpoint> now : found.entrySet()) {
            Endpoint endpoint = now.getValue();
            Holder before = holders.get(now.getKey());
            boolean isFirstKnown = left < MAX_LEFT && !endpoint.name.equals(SEVERAL);
            Holder first = new Holder(
                    endpoint.container,
                    endpoint.name,
                    isFirstKnown ? endpoint.container : "",
                    isFirstKnown ? endpoint.name : "",
                    since);
            Holder holder = before == null ? first : before.next(endpoint, since);
            IpNetwork subnet = subnet(newer.subnets, now.getKey());
            boolean isBound = subnet == null || isSelected.test(now.getKey(), subnet) || !isFirstKnown;
            next.put(now.getKey(), isBound ? holder : holder.asFirst());
        }
        return new LocalContainers(newer, next);
    }

    /** Returns the state in which each container is the first one of its addresses. */
    public LocalContainers accepted() {
        Map<IpAddress, Holder> accepted = new HashMap<>();
        holders.forEach((address, holder) -> {
            if (!holder.container.isEmpty() && !holder.name.equals(SEVERAL)) {
                accepted.put(address, holder.asFirst());
            }
        });
        return this == NONE ? this : new LocalContainers(description, accepted);
    }

    private static Map<IpAddress, Endpoint> byAddress(List<Endpoint> endpoints) {
        Map<IpAddress, Endpoint> found = new HashMap<>();
        for (Endpoint endpoint : endpoints) {
            for (IpAddress address : endpoint.addresses) {
                Endpoint other = found.put(address, endpoint);
                if (other != null && !other.container.equals(endpoint.container)) {
                    found.put(address, new Endpoint(SEVERAL, SEVERAL, List.of(address)));
                }
            }
        }
        return found;
    }

    private static @Nullable IpNetwork subnet(List<IpNetwork> subnets, IpAddress address) {
        for (int i = 0; i < subnets.size(); i++) { // without an iterator
            if (subnets.get(i).contains(address)) {
                return subnets.get(i);
            }
        }
        return null;
    }

    /** Returns true if the daemon was asked for the labels with these keys. */
    public boolean hasLabels(Set<String> keys) {
        return description.labels.keys().containsAll(keys);
    }

    /** Returns true if the answer is newer than the connection. */
    public boolean isAfter(Client client) {
        return this != NONE && description.beginNanos - client.acceptedNanos() > 0;
    }

    public boolean hasSubnets() {
        return !description.subnets.isEmpty();
    }

    /**
     * Adds the container of the address to the client; removes the address if its container has left, or has labels that are not
     * known.
     *
     * @param labels keys of the labels that conditions compare
     */
    public Client locate(Client client, Set<String> labels) {
        IpAddress remote = client.remote();
        if (remote == null) {
            return client;
        }
        Holder holder = holders.get(remote);
        return holder != null
                        && (client.acceptedNanos() - holder.sinceNanos < 0
                                || !description.labels.has(holder.container, labels))
                ? client.withoutAddress()
                : client.placed(new LocalPlace(this, subnet(description.subnets, remote), holder));
    }

    /** Returns the name of the client's container for logs; empty if unknown, or if the answer is older than the connection. */
    public String nameOf(Client client) {
        Holder holder = holderOf(client);
        return holder == null ? "" : holder.name;
    }

    /** Returns the id of the client's container; empty as for the name. */
    public String idOf(Client client) {
        Holder holder = holderOf(client);
        return holder == null ? "" : holder.container;
    }

    private @Nullable Holder holderOf(Client client) {
        IpAddress remote = client.remote();
        Holder holder = remote == null || !isAfter(client) ? null : holders.get(remote);
        return holder == null
                        || holder.name.equals(SEVERAL)
                        || holder.container.isEmpty()
                        || client.acceptedNanos() - holder.sinceNanos < 0
                ? null
                : holder;
    }

    /**
     * Returns the client as one in a container with a label, without a query.
     *
     * @throws IllegalArgumentException if no condition can compare the label
     */
    public static Client labelled(Client client, String text) {
        ClientMatcher.Label label = ClientMatcher.Label.parse(text);
        OwnLabels labels = new OwnLabels(Set.of(label.key()), Map.of(label.key(), Map.of(label.key(), label.value())));
        Description described = new Description(0, List.of(), List.of(), Map.of(), true, labels);
        Holder holder = new Holder(label.key(), label.key(), label.key(), label.key(), 0);
        return client.placed(new LocalPlace(new LocalContainers(described, Map.of()), null, holder));
    }

    /** Returns the client with an unknown address. */
    public static Client hidden(Client client) {
        return client.withoutAddress();
    }

    boolean isNamed(String name) {
        return description.names.containsKey(name);
    }

    /** @param container the only container that name and addresses may mean; null for none */
    boolean isOnly(String name, List<IpAddress> addresses, @Nullable String container) {
        if (!description.isComplete) {
            return false;
        }
        for (String named : description.names.getOrDefault(name, Set.of())) {
            if (!named.equals(container)) {
                return false;
            }
        }
        for (IpAddress address : addresses) {
            Holder holder = holders.get(address);
            if (!Objects.equals(holder == null ? null : holder.container, container)) {
                return false;
            }
        }
        return true;
    }

    /** Returns the names of all containers of a host name; {@code another address} stands for one without container. */
    Set<String> meanings(String name, List<IpAddress> addresses) {
        Set<String> ids = new TreeSet<>(description.names.getOrDefault(name, Set.of()));
        Set<String> words = new TreeSet<>();
        for (IpAddress address : addresses) {
            Holder holder = holders.get(address);
            if (holder == null || holder.container.isEmpty()) {
                words.add("another address");
            } else {
                ids.add(holder.container);
            }
        }
        ids.forEach(id -> words.add(nameOf(id)));
        return ids.isEmpty() ? Set.of() : words;
    }

    private String nameOf(String container) {
        return description.endpoints.stream()
                .filter(endpoint -> endpoint.container.equals(container))
                .map(Endpoint::name)
                .findFirst()
                .orElse(container.substring(0, Math.min(12, container.length())));
    }

    public boolean differsFrom(LocalContainers before) {
        return !description.names.equals(before.description.names)
                || description.isComplete != before.description.isComplete
                || !holders.equals(before.holders);
    }

    /** Returns a sentence for each address with another container than before, for which conditions are false. */
    public List<String> refusals(LocalContainers before) {
        return holders.entrySet().stream()
                .filter(each -> isRefused(each.getValue()))
                .filter(each -> !Objects.equals(containerOf(before, each.getKey()), each.getValue().container))
                .map(each -> String.format(
                        Locale.ROOT,
                        "The address %s was one of the container %s, and now the container %s has it:"
                                + " no condition on this address is true for it until a reload",
                        each.getKey(),
                        each.getValue().firstName,
                        each.getValue().name))
                .sorted()
                .toList();
    }

    private static @Nullable String containerOf(LocalContainers containers, IpAddress address) {
        Holder holder = containers.holders.get(address);
        return holder == null ? null : holder.container;
    }

    private static boolean isRefused(Holder holder) {
        return !holder.container.isEmpty() && !holder.isFirst();
    }

    /** Returns a sentence for each address with a container that {@link #accepted} makes the first one. */
    public List<String> acceptances() {
        return holders.entrySet().stream()
                .filter(each -> isRefused(each.getValue()))
                .map(each -> String.format(
                        Locale.ROOT,
                        "The address %s was one of the container %s, and from now on is one of %s",
                        each.getKey(),
                        each.getValue().firstName,
                        each.getValue().name))
                .sorted()
                .toList();
    }

    /**
     * The daemon's answer about the address of a client.
     *
     * @param subnet the subnet of the proxy's container with this address, or null
     * @param holder null if no container has had the address
     */
    public record LocalPlace(
            LocalContainers containers,
            @Nullable IpNetwork subnet,
            @Nullable Holder holder) {
        /** Returns true if the container of the address has the label, and its image does not have one with this key. */
        boolean hasLabel(ClientMatcher.Label label) {
            Map<String, String> labels = holder == null
                    ? null
                    : containers.description.labels.byContainer().get(holder.container());
            return labels != null && label.value().equals(labels.get(label.key()));
        }

        /** Returns false after a change of the container, unless the condition is true for the whole subnet. */
        boolean isBelievedBy(IpNetwork condition) {
            return holder == null || holder.isFirst() || subnet != null && condition.contains(subnet);
        }

        /**
         * Returns true if a host name means only the container of this address, or only this address without a container. All
         * addresses of the container count, because the daemon's resolver returns those of one network.
         */
        boolean isHost(HostNames.Host host, IpAddress address) {
            String container = holder == null ? null : holder.container();
            return containers.isOnly(host.name(), host.addresses(), container)
                    && (containers.isNamed(host.name()) || host.has(address) && (holder == null || holder.isFirst()));
        }
    }
}
