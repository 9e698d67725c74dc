package org.socketproxy.daemon;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.HostNames;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.client.LocalContainers;
import org.socketproxy.client.LocalContainers.Description;

/**
 * Maps the addresses of clients to containers. If a condition on clients uses an address, it asks the daemon for each new connection
 * from another address than loopback, coalesced and at most ten times in a second, and every ten seconds; else only for the names in
 * the log, at most once in a second.
 *
 * <p>Threading: thread-safe; never blocks. At most one query is open.
 *
 * <p>Security: fails closed: no condition on an address is true before the daemon has described the networks.
 */
public final class ClientContainers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientContainers.class);
    private static final Duration PERIOD = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final long NAMES_NANOS = Duration.ofSeconds(1).toNanos();

    private final String reference;
    private final LocalContainerQuery query;
    private volatile Conditions conditions = new Conditions(List.of(), new HostNames(), false);
    private volatile LocalContainers latest = LocalContainers.NONE;
    private volatile boolean isAbsent;
    private volatile boolean isClosed;
    private volatile Runnable onChange = () -> {};
    private final AtomicLong namesDueNanos = new AtomicLong(System.nanoTime());
    /** Completes with the query after the open one. */
    private @Nullable CompletableFuture<Void> next;

    private @Nullable CompletableFuture<Void> open;

    /** Conditions of all profiles. */
    private record Conditions(List<ClientMatcher> matchers, HostNames hosts, Set<String> labels, boolean useAddresses) {
        Conditions(List<ClientMatcher> matchers, HostNames hosts, boolean areNeeded) {
            this(
                    List.copyOf(matchers),
                    hosts,
                    matchers.stream()
                            .flatMap(matcher -> matcher.labels().stream())
                            .map(ClientMatcher.Label::key)
                            .collect(Collectors.toUnmodifiableSet()),
                    areNeeded || matchers.stream().anyMatch(ClientMatcher::usesAddress));
        }

        boolean select(IpAddress address, IpNetwork network) {
            return matchers.stream().anyMatch(matcher -> matcher.selects(address, network));
        }
    }

    /** @param reference name or id of the proxy's own container, or empty */
    public ClientContainers(String reference, DaemonQuery query) {
        this.reference = reference;
        this.query = new LocalContainerQuery(query, reference);
    }

    /** Asks the daemon now and periodically. */
    public void start() {
        if (isClosed) {
            return;
        }
        if (isOn()) {
            var unused = refresh();
        }
        after(PERIOD).execute(this::start);
    }

    /** Sets an action for each change of the containers, which can end connections of containers that have left. */
    public void whenChanged(Runnable action) {
        onChange = action;
    }

    /**
     * Sets the conditions of all profiles and their host names. From now on each container is the first one of its addresses.
     *
     * @param areNeeded whether the container of a client decides also without conditions
     */
    public void use(List<ClientMatcher> matchers, HostNames hosts, boolean areNeeded) {
        synchronized (this) {
            Conditions used = new Conditions(matchers, hosts, areNeeded);
            if (reference.isEmpty()) {
                if (!used.labels.isEmpty()) {
                    LOG.warn("No condition on a label is true: only a proxy in a container (SELF_CONTAINER) finds the"
                            + " containers of its clients");
                }
                return;
            }
            conditions = used;
            latest.acceptances().forEach(LOG::warn);
            latest = latest.accepted();
        }
    }

    private boolean isOn() {
        return !reference.isEmpty() && conditions.useAddresses;
    }

    public Client locate(Client client) {
        IpAddress remote = client.remote();
        if (remote == null || remote.isLoopback() || isAbsent || !isOn()) {
            return client;
        }
        return latest == LocalContainers.NONE
                ? LocalContainers.hidden(client)
                : latest.locate(client, conditions.labels);
    }

    /**
     * Returns the name of the client's container, for logs and never for a decision; empty until the daemon has answered after the
     * connection began. Asks for it, if no decision has to.
     */
    public String nameOf(Client client) {
        IpAddress remote = client.remote();
        if (remote == null || remote.isLoopback() || reference.isEmpty()) {
            return "";
        }
        LocalContainers known = latest;
        long due = namesDueNanos.get();
        long now = System.nanoTime();
        if (!isOn()
                && !known.isAfter(client)
                && now - due >= 0
                && namesDueNanos.compareAndSet(due, now + NAMES_NANOS)) {
            var unused = refresh();
        }
        return known.nameOf(client);
    }

    /** Returns the id of the client's container; empty if it is not known since the connection began. */
    public String idOf(Client client) {
        IpAddress remote = client.remote();
        return remote == null || remote.isLoopback() || reference.isEmpty() ? "" : latest.idOf(client);
    }

    /** Returns true if a decision about the client needs a query. */
    public boolean isDoubtful(Client client) {
        LocalContainers known = latest;
        IpAddress remote = client.remote();
        return remote != null
                && !remote.isLoopback()
                && isOn()
                && !isAbsent
                && (!known.isAfter(client) || !known.hasLabels(conditions.labels))
                && (known == LocalContainers.NONE || known.hasSubnets());
    }

    /** Asks for all clients that have connected by now. Fails without a usable answer. */
    public CompletableFuture<Void> refresh() {
        CompletableFuture<Void> asked;
        boolean isFirst;
        synchronized (this) {
            isFirst = next == null && open == null;
            asked = next == null ? new CompletableFuture<>() : next;
            next = asked;
        }
        if (isFirst) {
            begin();
        }
        return asked;
    }

    private void begin() {
        CompletableFuture<Void> begun;
        synchronized (this) {
            begun = next;
            next = null;
            open = begun;
        }
        if (begun == null) {
            return;
        }
        try {
            var unused = query.ask(!conditions.hosts.isEmpty(), conditions.labels)
                    .thenAccept(this::learn)
                    .whenComplete((any, failure) -> end(begun, failure));
        } catch (RuntimeException failed) {
            end(begun, failed);
        }
    }

    private void end(CompletableFuture<Void> ended, @Nullable Throwable problem) {
        if (problem != null) {
            LOG.debug("The daemon did not describe the networks of this proxy", problem);
        }
        after(PAUSE).execute(this::beginNext);
        if (problem == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(problem);
        }
    }

    private void beginNext() {
        synchronized (this) {
            open = null;
            if (next == null) {
                return;
            }
        }
        begin();
    }

    private void learn(Optional<Description> found) {
        LocalContainers before;
        LocalContainers now;
        Conditions used;
        synchronized (this) {
            used = conditions;
            before = latest;
            if (found.isEmpty() && before != LocalContainers.NONE) {
                throw new IllegalStateException("The daemon does not have the container of this proxy any more");
            }
            now = found.isEmpty() ? before : before.after(found.get(), used::select);
            latest = now;
            isAbsent = found.isEmpty();
        }
        now.refusals(before).forEach(LOG::warn);
        used.hosts.report(now);
        if (now.differsFrom(before)) {
            after(Duration.ZERO).execute(onChange);
        }
    }

    private static Executor after(Duration pause) {
        return CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
