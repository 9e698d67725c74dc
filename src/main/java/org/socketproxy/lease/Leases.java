package org.socketproxy.lease;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.audit.PolicyChange.Kind;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.StartException;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.policy.Appeals;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Profiles;

/**
 * All leases: opens, renews and ends them, and gives their clients their profiles.
 *
 * <p>Threading: thread-safe. One thread watches the states; up to four threads remove objects.
 *
 * <p>Security: a client of a listener of a lease never gets the profile of another client, also after the lease.
 */
public final class Leases implements Profiles, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);
    private static final Duration LOST_FOR = Duration.ofSeconds(5);
    private static final Duration LONGEST_CLOSING = Duration.ofSeconds(30);
    private static final Duration STUCK_AFTER = Duration.ofMinutes(1);
    private static final Duration LONGEST_START = Duration.ofSeconds(30);
    private static final long TICK_MILLIS = 200;
    private static final int SWEEPS_AT_ONCE = 4;
    private static final int LONGEST_PAUSE_SECONDS = 10;
    private static final int LABEL_BYTES = 16;
    private static final int ID_BYTES = 4;

    private final LeaseFolder folder;
    private final Parts parts;
    private final Approvals approvals;
    private final Map<String, Lease> byListener = new ConcurrentHashMap<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(threads("leases"));
    private final ExecutorService sweepers = Executors.newFixedThreadPool(SWEEPS_AT_ONCE, threads("lease sweep"));
    private volatile LeaseListeners listeners = (socket, name) -> {
        throw new StartException("the proxy does not listen yet");
    };

    /**
     * Parts of the proxy that leases use.
     *
     * @param templates returns the template in force with a name, or null
     * @param profile makes the profile of a lease
     * @param denyingAll the profile of a client whose lease has been removed
     * @param others the profiles of all other clients
     */
    public record Parts(
            Function<String, @Nullable LeaseTemplate> templates,
            Function<ProfileSettings, Profile> profile,
            Profile denyingAll,
            Profiles others,
            ActiveExchanges exchanges,
            DaemonQuery daemon,
            AuditLog log) {}

    public Leases(LeaseFolder folder, Parts parts) {
        this.folder = folder;
        this.parts = parts;
        this.approvals = new Approvals(parts.log);
    }

    private static ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Removes the objects of the leases of earlier starts, for at most half a minute, then further on beside new leases.
     *
     * @param opened opens the listeners of new leases
     */
    public void start(LeaseListeners opened) throws StartException {
        List<LeaseRecord> records;
        try {
            records = LeaseRecord.readAll(folder.path());
        } catch (IOException | RuntimeException unreadable) {
            throw new StartException(
                    "LEASES: the records in " + folder + " cannot be read (" + unreadable + ")", unreadable);
        }
        CountDownLatch swept = new CountDownLatch(records.size());
        for (LeaseRecord record : records) {
            Lease lease = new Lease(record, null, LeaseTemplate.Egress.OPEN, Holder.NONE, "", Duration.ZERO);
            byListener.put(lease.listenerName(), lease);
            folder.remove(lease);
            sweepers.execute(() -> sweep(lease, 0, 0, swept::countDown));
        }
        try {
            if (!swept.await(LONGEST_START.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("Objects of {} leases of an earlier start are not removed yet", swept.getCount());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        listeners = opened;
        var unused = clock.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    public LeaseFolder folder() {
        return folder;
    }

    @Nullable
    Lease of(@Nullable String listener) {
        return listener == null ? null : byListener.get(listener);
    }

    @Override
    public Profile of(Client client) {
        String listener = client.listener();
        if (listener == null || !listener.startsWith(Lease.LISTENER)) {
            return parts.others.of(client);
        }
        Lease lease = byListener.get(listener);
        Profile profile = lease == null ? null : lease.profile();
        return profile == null ? parts.denyingAll : profile;
    }

    @Override
    public @Nullable Appeals appeals(Client client) {
        Lease lease = of(client.listener());
        return lease == null ? null : lease.appeals();
    }

    @Override
    public boolean areShadowed() {
        return parts.others.areShadowed();
    }

    Approvals approvals() {
        return approvals;
    }

    /** Returns the leases that are not ended, oldest first. */
    List<Lease> all() {
        return byListener.values().stream()
                .sorted(Comparator.comparing(lease -> lease.record().head().opened()))
                .toList();
    }

    /** Returns all leases, for the status page. */
    public List<LeaseFacts> facts() {
        return all().stream()
                .map(lease -> LeaseFacts.of(lease, approvals.waiting(lease)))
                .toList();
    }

    /** Returns the numbers of leases by state, for the metrics. */
    public Map<String, Integer> counts() {
        return LeaseState.counts(byListener.values().stream().map(Lease::state));
    }

    /** A new lease, and the secret with which its opener renews it. */
    record Opened(Lease lease, String key) {}

    /**
     * Opens a lease, if a condition of its template matches the client of the control socket.
     *
     * @param project clean path of the host that its containers can bind; empty for none
     * @param length null for the longest time
     */
    synchronized Opened open(String name, Client opener, String project, @Nullable Duration length, Holder holder)
            throws RefusedException {
        LeaseTemplate template = parts.templates.apply(name);
        UnixPeer peer = opener.peer();
        if (template == null
                || peer == null
                || peer.uid() == UnixPeer.UNKNOWN
                || template.open().stream().noneMatch(condition -> condition.matches(opener))) {
            throw new RefusedException(
                    403, "there is no lease " + name + " that this user may open (open, in leases of the policy file)");
        }
        Duration time = length == null ? template.longest() : length;
        checkLength(template, time);
        LeaseProject given = LeaseProject.of(template, project, folder);
        long now = byListener.values().stream()
                .filter(lease -> lease.template().equals(name))
                .count();
        if (now >= template.atOnce()) {
            throw new RefusedException(
                    429, now + " leases " + name + " are open or being removed, and at-once is " + template.atOnce());
        }
        String id = newId();
        String label = LeaseRecord.random(LABEL_BYTES);
        String key = LeaseRecord.random(LABEL_BYTES);
        Function<Collection<String>, Profile> profiles =
                images -> given.giveTo(parts.profile.apply(template.of(id, label, images)), folder.socket(id));
        Profile profile = profiles.apply(List.of());
        LeaseRecord record = null;
        try {
            record =
                    LeaseRecord.create(folder.path(), new LeaseRecord.Head(id, name, label, peer.uid(), Instant.now()));
            Lease lease = new Lease(record, profile, template.egress(), holder, key, time);
            if (!template.asking().kinds().isEmpty()) {
                lease.appealTo(new LeaseAppeals(lease, template, profiles, approvals));
            }
            byListener.put(lease.listenerName(), lease);
            Path socket = folder.make(lease);
            lease.listenBy(listeners.open(socket, lease.listenerName()));
            folder.giveToOpener(lease);
            List<String> details =
                    project.isEmpty() ? List.of("for=" + time) : List.of("for=" + time, "project=" + project);
            parts.log.write(
                    PolicyChange.lease(Instant.now(), Kind.LEASE_OPENED, "uid " + peer.uid(), profile.name(), details));
            return new Opened(lease, key);
        } catch (IOException | StartException failed) {
            undo(id, record);
            throw new RefusedException(500, "the lease cannot be opened: " + failed.getMessage());
        }
    }

    /** Makes what a new lease needs at the daemon; ends the lease if that fails. */
    CompletableFuture<Void> prepare(Lease lease) {
        return new LeaseNetworks(parts.daemon).makeOrEnd(lease);
    }

    private static void checkLength(LeaseTemplate template, Duration time) throws RefusedException {
        if (time.isZero() || time.compareTo(template.longest()) > 0) {
            throw new RefusedException(400, "a lease " + template.name() + " lasts at most " + template.longest());
        }
    }

    private String newId() {
        String id;
        do {
            id = LeaseRecord.random(ID_BYTES);
        } while (byListener.containsKey(Lease.LISTENER + id));
        return id;
    }

    private void undo(String id, @Nullable LeaseRecord record) {
        Lease lease = byListener.remove(Lease.LISTENER + id);
        try {
            if (lease != null) {
                close(lease);
            }
            if (record != null) {
                record.delete();
            }
        } catch (IOException failed) {
            LOG.warn("Lease {}: its record cannot be removed", id, failed);
        }
    }

    /** Sets a new end for the opener, who has the key. */
    Lease renew(String id, String key, Duration length) throws RefusedException {
        Lease lease = of(Lease.LISTENER + id);
        LeaseTemplate template = lease == null ? null : parts.templates.apply(lease.template());
        if (lease == null || !lease.hasKey(key) || template == null) {
            throw new RefusedException(404, "there is no lease " + id + " that this key renews");
        }
        checkLength(template, length);
        if (!lease.renew(length)) {
            throw new RefusedException(409, "the lease " + id + " has ended");
        }
        return lease;
    }

    /** Ends a lease of the user, or as root any lease. */
    Lease end(String id, int uid) throws RefusedException {
        Lease lease = of(Lease.LISTENER + id);
        if (lease == null || lease.uid() != uid && !LeaseFolder.isAdministrator(uid)) {
            throw new RefusedException(404, "there is no lease " + id + " of this user");
        }
        lease.enter(LeaseState.CLOSING, "ended by uid " + uid);
        return lease;
    }

    private void tick() {
        for (Lease lease : byListener.values()) {
            try {
                tick(lease, System.nanoTime());
            } catch (RuntimeException failed) {
                LOG.error("Lease {} cannot go on", lease.id(), failed);
            }
        }
    }

    private void tick(Lease lease, long now) {
        if (lease.state() == LeaseState.OPEN && lease.holder().isGone()) {
            lease.enter(LeaseState.LOST, "its opener has left");
        }
        if (lease.state() == LeaseState.LOST && lease.inState(now).compareTo(LOST_FOR) > 0) {
            lease.enter(LeaseState.CLOSING, "its opener has left");
        }
        if (lease.state().isUsable() && lease.isOver(now)) {
            lease.enter(LeaseState.CLOSING, "its time is over");
        }
        if (lease.state() == LeaseState.CLOSING) {
            approvals.end(lease);
            String name = lease.profileName();
            boolean isLong = lease.inState(now).compareTo(LONGEST_CLOSING) > 0;
            parts.exchanges.end(name, isLong);
            ActiveExchanges.Counts open = parts.exchanges.counts(name);
            boolean isQuiet = open.exchanges() + open.streams() + open.tunnels() == 0 && !lease.isRecording();
            if ((isQuiet || isLong) && lease.enter(LeaseState.SWEEPING, "")) {
                sweepers.execute(() -> sweep(lease, 0, 0, () -> {}));
            }
        }
    }

    /**
     * Removes the objects, until two passes have found none.
     *
     * @param empty passes before that have found none
     * @param failed passes before without an end
     */
    private void sweep(Lease lease, int empty, int failed, Runnable whenDone) {
        int emptyNow = 0;
        try {
            emptyNow = new Sweep(parts.daemon, lease).pass() == 0 ? empty + 1 : 0;
        } catch (IOException | RuntimeException unanswered) {
            lease.fails("the daemon does not answer: " + unanswered.getMessage());
        }
        if (emptyNow > 1) {
            finish(lease);
            whenDone.run();
            return;
        }
        if (!lease.problem().isEmpty()
                && lease.inState(System.nanoTime()).compareTo(STUCK_AFTER) > 0
                && lease.enter(LeaseState.STUCK, "")) {
            LOG.warn("Lease {}: {}; the proxy tries again", lease.id(), lease.problem());
        }
        int next = lease.problem().isEmpty() ? 0 : failed + 1;
        int emptyBefore = emptyNow;
        long pause = next == 0 ? 0 : Math.min(LONGEST_PAUSE_SECONDS * 1000L, 100L << Math.min(next, 10));
        if (!clock.isShutdown()) {
            var unused = clock.schedule(
                    () -> sweepers.execute(() -> sweep(lease, emptyBefore, next, whenDone)),
                    pause,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void finish(Lease lease) {
        close(lease);
        try {
            lease.record().delete();
        } catch (IOException failed) {
            LOG.warn("Lease {}: its record cannot be removed", lease.id(), failed);
        }
        lease.enter(LeaseState.ENDED, "");
        byListener.remove(lease.listenerName());
        String removed = Sweep.text(lease.removed());
        String cause = lease.cause().isEmpty() ? "restart of the proxy" : lease.cause();
        parts.log.write(PolicyChange.lease(
                Instant.now(),
                Kind.LEASE_ENDED,
                cause,
                lease.profileName(),
                List.of(removed, "denials=" + lease.denials())));
        lease.holder().end(ControlHandler.ended(lease, removed));
    }

    private void close(Lease lease) {
        LeaseListeners.Listener listener = lease.listener();
        if (listener != null) {
            listener.close();
        }
        folder.remove(lease);
    }

    /** Stops the threads. The records stay: the next start removes the objects. */
    @Override
    public void close() {
        clock.shutdownNow();
        sweepers.shutdownNow();
    }
}
