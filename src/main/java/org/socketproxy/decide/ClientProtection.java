package org.socketproxy.decide;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.client.Client;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.self.DaemonView;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;

/**
 * Knows the clients of other profiles that the clients of a profile with {@code CREATE=safe} must not act on. Asks the daemon for
 * its networks and containers before a decision, for all waiting requests together.
 *
 * <p>Threading: thread-safe; never blocks. At most one pair of questions is open.
 *
 * <p>Security: fails closed; without an answer of the daemon, a request that could act on such a client is denied.
 */
public final class ClientProtection {
    /** Protects no client. */
    public static final ClientProtection NONE = new ClientProtection(List.of());

    private static final Logger LOG = LoggerFactory.getLogger(ClientProtection.class);
    /** A view of this age suffices for requests about a container that it has. */
    private static final long RECENT_NANOS = Duration.ofSeconds(1).toNanos();

    private static final int OK = 200;

    private volatile @Nullable Supplier<ConfiguredProfiles> profiles;
    private final List<ListenAddress> listeners;
    private final CertificateClients certificates = new CertificateClients();
    private volatile @Nullable DaemonQuery query;
    private volatile @Nullable TimedView latest;
    private volatile boolean isKnown = true;
    private @Nullable Look running;
    private @Nullable CompletableFuture<Boolean> waiting;

    /** @param beginNanos time before the questions */
    private record TimedView(DaemonView view, long beginNanos) {}

    private record Look(CompletableFuture<Boolean> end, long beginNanos) {}

    /**
     * Creates a protection that has no profiles yet.
     *
     * @param listeners the addresses to which clients connect
     */
    public ClientProtection(List<ListenAddress> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    /**
     * Sets the profiles.
     *
     * @param inForce returns the profiles in force
     */
    public void use(Supplier<ConfiguredProfiles> inForce) {
        profiles = inForce;
    }

    /** Sets the query. */
    void ask(DaemonQuery questions) {
        query = questions;
    }

    /** Returns the other profiles with clients that do not trust this one, in the order of their evaluation. */
    private List<ConfiguredProfile> others(Profile profile) {
        Supplier<ConfiguredProfiles> given = profiles;
        if (given == null || profile.create() == null) {
            return List.of();
        }
        List<ConfiguredProfile> all = given.get().all();
        return all.size() < 2
                ? List.of()
                : all.stream().filter(each -> isProtectedFrom(each, profile)).toList();
    }

    private static boolean isProtectedFrom(ConfiguredProfile other, Profile profile) {
        return !other.name().equals(profile.name())
                && !other.settings().clients().isEmpty()
                && !other.settings().trusts().contains(profile.name());
    }

    /** Remembers the address of a client with a certificate, which no other fact ties to a container. */
    void see(Exchange exchange, Client client) {
        Supplier<ConfiguredProfiles> given = profiles;
        if (given != null
                && client.certificate() != null
                && client.remote() != null
                && given.get().all().size() > 1) {
            certificates.see(client.remote(), exchange.profile().name());
        }
    }

    /** Returns true if there are clients that a profile must not act on. */
    boolean protects(Profile profile) {
        return !others(profile).isEmpty();
    }

    /** Returns true if the request could act on clients of other profiles. */
    boolean concerns(Exchange exchange, List<SelfRule> rules) {
        return !rules.isEmpty() && protects(exchange.profile());
    }

    /** Returns a future that ends when the last look is new enough for a request; its value is false without an answer of the daemon. */
    CompletableFuture<Boolean> look(Exchange exchange, List<SelfRule> rules) {
        long now = System.nanoTime();
        boolean isJoining = rules.stream().anyMatch(rule -> rule.object() == SelfRule.Kind.JOINED_NETWORK);
        TimedView last = latest;
        boolean isRecent = !isJoining
                && last != null
                && now - last.beginNanos < RECENT_NANOS
                && rules.stream()
                        .filter(rule -> rule.object() == SelfRule.Kind.CONTAINER)
                        .flatMap(rule -> rule.names(exchange.operation(), exchange.target()).stream())
                        .allMatch(name -> last.view.exact(name).isPresent());
        return isRecent ? CompletableFuture.completedFuture(true) : lookAfter(now);
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
            var unused = question().whenComplete((view, failure) -> learn(end, view, begin, failure));
        } catch (RuntimeException failed) {
            learn(end, null, begin, failed);
        }
        return end;
    }

    private CompletableFuture<@Nullable DaemonView> question() {
        DaemonQuery asked = query;
        if (asked == null) {
            throw new IllegalStateException("The daemon cannot be asked before the start");
        }
        return asked.get("/networks")
                .thenCombine(
                        asked.get("/containers/json?all=1"),
                        (networks, containers) -> networks.status() == OK && containers.status() == OK
                                ? DaemonView.read(networks.body(), containers.body())
                                : null);
    }

    private void learn(
            CompletableFuture<Boolean> end, @Nullable DaemonView view, long begin, @Nullable Throwable failure) {
        boolean wasKnown = isKnown;
        isKnown = view != null;
        if (view == null) {
            (wasKnown ? LOG.atWarn() : LOG.atDebug())
                    .setCause(failure)
                    .log(
                            "The daemon did not describe its networks and containers, so the clients of other profiles are not"
                                    + " known: requests that could act on them are denied");
        } else {
            latest = new TimedView(view, begin);
            certificates.find(view);
        }
        synchronized (this) {
            running = null;
            if (waiting != null) {
                var unused = begin();
            }
        }
        end.complete(view != null);
    }

    /**
     * Returns the clients of other profiles that this profile must not act on.
     *
     * @param own the container of the proxy, or null if it runs in none
     */
    List<ProtectedSubject> subjects(Profile profile, @Nullable ProxyContainer own) {
        List<ConfiguredProfile> others = others(profile);
        TimedView last = latest;
        Supplier<ConfiguredProfiles> given = profiles;
        if (others.isEmpty() || given == null) {
            return List.of();
        }
        DaemonView view = last == null ? DaemonView.NONE : last.view;
        return new ClientSubjects(given.get().all(), listeners, view, own, certificates).of(others);
    }

    /** Returns true if there are sockets of other profiles that a client of any profile must not bind. */
    boolean hasSockets() {
        Supplier<ConfiguredProfiles> given = profiles;
        return given != null && given.get().all().stream().anyMatch(each -> hasSockets(each.profile()));
    }

    /** Returns true if there are sockets of other profiles that the clients of a profile must not bind. */
    boolean hasSockets(Profile profile) {
        return !sockets(profile, null).isEmpty();
    }

    /** Returns the paths of sockets at which clients of other profiles connect, each with the settings that a bind needs. */
    Map<String, List<String>> sockets(Profile profile, @Nullable ProxyContainer own) {
        List<ConfiguredProfile> others = others(profile);
        return others.isEmpty()
                ? Map.of()
                : new ClientSubjects(List.of(), listeners, DaemonView.NONE, own, certificates)
                        .sharedSockets(others, profile.name());
    }

    /** Returns the full id of the container with exactly this name or id, or null if the last look has none. */
    @Nullable
    String exactId(String name) {
        TimedView last = latest;
        return last == null
                ? null
                : last.view.exact(name).map(found -> found.container().id()).orElse(null);
    }
}
