package org.socketproxy.protect;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.client.Client;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.exchange.Trial;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.self.DaemonView;
import org.socketproxy.policy.self.DaemonView.Network;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.SelfRule;

/**
 * Knows the clients of other profiles that the clients of a profile with {@code CREATE=safe} must not act on. Asks the daemon for
 * its networks and containers before a decision about more than one container, for all waiting requests together. A step asks about
 * one container.
 *
 * <p>Threading: thread-safe; never blocks. At most one look is under way.
 *
 * <p>Security: fails closed; without an answer of the daemon, a request that could act on such a client is denied.
 */
public final class ClientProtection {
    /** Protects no client. */
    public static final ClientProtection NONE =
            new ClientProtection(List.of(), List::of, DaemonQuery.NONE, Optional::empty);

    private static final Logger LOG = LoggerFactory.getLogger(ClientProtection.class);
    private static final String CONTAINERS = "/containers/json?all=1";
    /** Kinds of objects of which only a list tells whether a client uses them. */
    private static final Set<SelfRule.Kind> LISTED = EnumSet.of(
            SelfRule.Kind.JOINED_NETWORK,
            SelfRule.Kind.IMAGE,
            SelfRule.Kind.VOLUME,
            SelfRule.Kind.SERVICE,
            SelfRule.Kind.MOUNT);

    /** Kinds of objects that the daemon describes, one by one. */
    private static final Set<SelfRule.Kind> ASKED = EnumSet.of(SelfRule.Kind.CONTAINER, SelfRule.Kind.NETWORK);

    private final List<ListenAddress> listeners;
    private final Supplier<List<ConfiguredProfile>> profiles;
    private final DaemonQuery query;
    private final Supplier<Optional<ListedContainer>> proxy;
    private final CertificateClients certificates = new CertificateClients();
    private volatile Found latest = Found.NONE;
    private volatile boolean isKnown = true;
    private @Nullable Look running;
    private @Nullable CompletableFuture<Boolean> waiting;

    /**
     * The clients of the profiles at one time.
     *
     * @param all the profiles
     * @param subjects the clients by the name of the profile
     */
    public record Found(List<ConfiguredProfile> all, Map<String, ProtectedSubject> subjects) {
        /** Before the first answer. */
        private static final Found NONE = new Found(List.of(), Map.of());

        /** Returns the clients of other profiles that a profile must not act on. */
        public List<ProtectedSubject> of(Profile profile) {
            return all.stream()
                    .filter(each -> isProtectedFrom(each, profile))
                    .map(each -> Objects.requireNonNull(subjects.get(each.name())))
                    .toList();
        }
    }

    private record Look(CompletableFuture<Boolean> end, long beginNanos) {}

    /** Sorts the containers of the daemon's list by the profiles whose clients they are, while the list arrives. */
    static final class ClientReader extends ResponseReader<Map<String, ProtectedSubject>> {
        private final ClientSubjects subjects;
        private final CertificateClients certificates;
        /** Containers of clients with certificates. */
        private final Set<String> tied = new HashSet<>();

        /** @param labels keys of the labels that are read */
        ClientReader(ClientSubjects subjects, CertificateClients certificates, Set<String> labels) {
            super(
                    JsonElements.ARRAY,
                    Stream.concat(ListedContainer.MEMBERS.stream(), labels.stream())
                            .collect(Collectors.toSet()));
            this.subjects = subjects;
            this.certificates = certificates;
        }

        @Override
        protected int read(ByteBuffer element) throws ElementException {
            ListedContainer container = ListedContainer.listed(element);
            certificates.find(container);
            if (certificates.isTied(container.container().id())) {
                tied.add(container.container().id());
            }
            return subjects.add(container);
        }

        @Override
        protected Map<String, ProtectedSubject> result() {
            return subjects.subjects();
        }
    }

    /**
     * Creates a protection.
     *
     * @param listeners the addresses to which clients connect
     * @param profiles returns the profiles in force
     * @param proxy returns the container of the proxy; empty if it runs in none
     */
    public ClientProtection(
            List<ListenAddress> listeners,
            Supplier<List<ConfiguredProfile>> profiles,
            DaemonQuery query,
            Supplier<Optional<ListedContainer>> proxy) {
        this.listeners = List.copyOf(listeners);
        this.profiles = profiles;
        this.query = query;
        this.proxy = proxy;
    }

    /** Returns the other profiles with clients that do not trust this one, in the order of their evaluation. */
    private List<ConfiguredProfile> others(Profile profile) {
        if (profile.create() == null) {
            return List.of();
        }
        List<ConfiguredProfile> all = profiles.get();
        return all.size() < 2
                ? List.of()
                : all.stream().filter(each -> isProtectedFrom(each, profile)).toList();
    }

    private static boolean isProtectedFrom(ConfiguredProfile other, Profile profile) {
        return !other.name().equals(profile.name())
                && !other.settings().clients().isEmpty()
                && !other.settings().validity().trusts().contains(profile.name());
    }

    /** Remembers the address of a client with a certificate, which no other fact ties to a container. */
    public void see(Trial trial) {
        Client client = trial.client();
        if (client.remote() != null && profiles.get().size() > 1) {
            certificates.see(client.remote(), trial.profile().name(), client.acceptedNanos());
        }
    }

    /** Returns true if there are clients that a profile must not act on. */
    public boolean protects(Profile profile) {
        return !others(profile).isEmpty();
    }

    /** Returns true if the request could act on clients of other profiles. */
    public boolean concerns(Trial trial, List<SelfRule> rules) {
        return !rules.isEmpty() && protects(trial.profile());
    }

    /** Returns true if only a list of all containers tells whether a request acts on clients of other profiles. */
    public static boolean needsList(List<SelfRule> rules) {
        return rules.stream()
                .anyMatch(
                        rule -> LISTED.contains(rule.object()) || ASKED.contains(rule.object()) && !rule.isInTarget());
    }

    /**
     * Returns a future that ends when the clients are known as they were after the request has come, or at once if the request needs
     * no list; its value is false without an answer of the daemon.
     */
    public CompletableFuture<Boolean> look(boolean isListed) {
        if (isListed) {
            return lookAfter(System.nanoTime());
        }
        return certificates.isBehind()
                ? lookAfter(System.nanoTime()).thenApply(any -> true)
                : CompletableFuture.completedFuture(true);
    }

    /** The result is a copy: a request that is aborted cancels only its own. */
    private synchronized CompletableFuture<Boolean> lookAfter(long nanos) {
        Look open = running;
        if (open == null) {
            return begin().copy();
        }
        if (open.beginNanos - nanos >= 0) {
            return open.end.copy();
        }
        CompletableFuture<Boolean> next = waiting;
        if (next == null) {
            next = new CompletableFuture<>();
            waiting = next;
        }
        return next.copy();
    }

    private synchronized CompletableFuture<Boolean> begin() {
        CompletableFuture<Boolean> end = waiting == null ? new CompletableFuture<>() : waiting;
        waiting = null;
        long begin = System.nanoTime();
        running = new Look(end, begin);
        try {
            var unused = ask(begin).whenComplete((found, failure) -> learn(end, found, failure));
        } catch (RuntimeException failed) {
            learn(end, null, failed);
        }
        return end;
    }

    /** Asks for the networks first, because the containers are sorted while their list arrives. */
    private CompletableFuture<Found> ask(long begin) {
        List<ConfiguredProfile> all = profiles.get();
        Optional<ListedContainer> own = proxy.get();
        ResponseReader<List<Network>> networks = DaemonView.ALL_NETWORKS.reader();
        return query.get(DaemonView.ALL_NETWORKS.target(), null, networks)
                .thenApply(answer -> new DaemonView(facts(answer, networks), own))
                .thenCompose(view -> {
                    ClientReader reader = new ClientReader(
                            new ClientSubjects(all, listeners, view, certificates),
                            certificates,
                            ClientSubjects.labelKeys(all));
                    return query.get(CONTAINERS, null, reader).thenApply(answer -> {
                        Found found = new Found(all, facts(answer, reader));
                        certificates.retain(reader.tied, begin);
                        return found;
                    });
                });
    }

    private static <T> T facts(Answer answer, ResponseReader<T> list) {
        T facts = answer.status() == HttpStatus.OK_200 ? list.facts() : null;
        if (facts == null) {
            throw new IllegalStateException("The daemon answered with the status " + answer.status()
                    + " to a list, or with one that is not readable");
        }
        return facts;
    }

    private void learn(CompletableFuture<Boolean> end, @Nullable Found found, @Nullable Throwable failure) {
        boolean wasKnown = isKnown;
        isKnown = found != null;
        if (found == null) {
            (wasKnown ? LOG.atWarn() : LOG.atDebug())
                    .log(
                            "The daemon did not describe its networks and containers, so the clients of other profiles are not"
                                    + " known: requests that could act on them are denied ({})",
                            failure == null ? "" : failure.getMessage());
        } else {
            latest = found;
        }
        synchronized (this) {
            running = null;
            if (waiting != null) {
                var unused = begin();
            }
        }
        end.complete(found != null);
    }

    /** Returns the clients of other profiles that this profile must not act on, as of the last look. */
    List<ProtectedSubject> subjects(Profile profile) {
        return others(profile).isEmpty() ? List.of() : latest.of(profile);
    }

    /**
     * Returns the clients among some containers.
     *
     * @param networks their networks
     */
    public Found among(List<ListedContainer> containers, List<Network> networks) {
        List<ConfiguredProfile> all = profiles.get();
        ClientSubjects subjects =
                new ClientSubjects(all, listeners, new DaemonView(networks, proxy.get()), certificates);
        containers.forEach(certificates::find);
        containers.forEach(subjects::add);
        return new Found(all, subjects.subjects());
    }

    /** Returns true if there are sockets of other profiles that a client of any profile must not bind. */
    boolean hasSockets() {
        return profiles.get().stream().anyMatch(each -> hasSockets(each.profile()));
    }

    /** Returns true if there are sockets of other profiles that the clients of a profile must not bind. */
    boolean hasSockets(Profile profile) {
        return !sockets(profile, Optional.empty()).isEmpty();
    }

    /** Returns the paths of sockets at which clients of other profiles connect, each with the settings that a bind needs. */
    Map<String, List<String>> sockets(Profile profile, Optional<ListedContainer> own) {
        List<ConfiguredProfile> others = others(profile);
        return others.isEmpty()
                ? Map.of()
                : new ClientSubjects(List.of(), listeners, new DaemonView(List.of(), own), certificates)
                        .sharedSockets(others, profile.name());
    }
}
