package org.socketproxy.inquiry;

import java.util.function.BiConsumer;
import java.util.function.Function;
import org.socketproxy.client.Client;
import org.socketproxy.client.SharedMap;
import org.socketproxy.daemon.BindVolumes;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.MissingTexts;
import org.socketproxy.recreate.EndedContainers;

/**
 * Shared queries and caches about objects of the daemon.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class DaemonObjects {
    /** Most containers and execs that are remembered. */
    static final int MOST_CONTAINERS = 10_000;

    private final DaemonQuery query;
    private final Inspector inspector;
    private final MissingTexts missing;
    private final Caches caches;
    private final RemovalQueue removals;
    private final BindVolumes bindVolumes;
    private final TotalsLedger totals;
    private volatile BiConsumer<Client, String> beforeVolume = (client, name) -> {};
    private final Function<Client, String> containers;

    /**
     * Remembers the containers or execs that rules allow, by their full id. The judged properties of a container or exec cannot change,
     * and no other one gets its id.
     *
     * <p>Threading: safe for any number of threads.
     */
    public static final class JudgedContainers {
        private final SharedMap<Object, String, Boolean> allowed = new SharedMap<>(MOST_CONTAINERS);

        /** Returns true if the container or exec was allowed by these rules. Rules of another profile and rules after a reload are different rules. */
        public boolean isAllowed(Object rules, String id) {
            return allowed.find(rules, id) != null;
        }

        /** Returns the number of containers that are remembered, of all rules. */
        public int size() {
            return allowed.size();
        }

        public void allow(Object rules, String id) {
            allowed.put(rules, id, true);
        }
    }

    private static final class Caches {
        final JudgedContainers judged = new JudgedContainers();
        final JudgedContainers own = new JudgedContainers();
        final JudgedContainers execs = new JudgedContainers();
        final SharedMap<String, String, String> execContainers = new SharedMap<>(MOST_CONTAINERS);
        final EndedContainers ended = new EndedContainers();
    }

    /** @param containers returns the id of the container of a client; empty if it is not known */
    public DaemonObjects(DaemonQuery daemon, Function<Client, String> containers) {
        this(daemon, new MissingTexts(daemon), new Caches(), new RemovalQueue(true), containers);
    }

    public DaemonObjects(DaemonQuery daemon) {
        this(daemon, client -> "");
    }

    private DaemonObjects(
            DaemonQuery daemon,
            MissingTexts missing,
            Caches caches,
            RemovalQueue removals,
            Function<Client, String> containers) {
        this.query = daemon;
        this.inspector = new Inspector(daemon);
        this.missing = missing;
        this.caches = caches;
        this.removals = removals;
        this.bindVolumes = new BindVolumes(daemon);
        this.totals = new TotalsLedger(daemon);
        this.containers = containers;
    }

    /**
     * Returns the same caches with other queries, for a request that is only rehearsed: its removals do not wait, and missing objects
     * have the built-in texts.
     */
    public DaemonObjects rehearsing(DaemonQuery other) {
        return new DaemonObjects(other, MissingTexts.BUILT_IN, caches, new RemovalQueue(false), containers);
    }

    /** Returns the id of the container of a client; empty if it is not known. */
    public String containerOf(Client client) {
        return containers.apply(client);
    }

    /** Sets what is told about a volume that the proxy makes for a client: before the daemon gets the request. */
    public void beforeVolume(BiConsumer<Client, String> action) {
        beforeVolume = action;
    }

    /** Tells that the proxy is about to make a volume with this name for a client. */
    public void announceVolume(Client client, String name) {
        beforeVolume.accept(client, name);
    }

    public DaemonQuery query() {
        return query;
    }

    public Inspector inspector() {
        return inspector;
    }

    public MissingTexts missing() {
        return missing;
    }

    /** Returns the containers that clients may enter. */
    public JudgedContainers judged() {
        return caches.judged;
    }

    /** Returns the containers that belong to profiles by their labels. */
    public JudgedContainers own() {
        return caches.own;
    }

    /** Returns the execs that {@code EXEC_ALLOW} has admitted. */
    public JudgedContainers execs() {
        return caches.execs;
    }

    /** Returns the full ids of containers by the profile that has asked, and by the ids of their execs. No other exec gets the id. */
    public SharedMap<String, String, String> execContainers() {
        return caches.execContainers;
    }

    /** Returns the removals of confined profiles that are under way. */
    public RemovalQueue removals() {
        return removals;
    }

    /** Returns the volumes in place of binds. */
    public BindVolumes bindVolumes() {
        return bindVolumes;
    }

    /** Returns what the profiles with {@code MAX_OBJECTS} have. */
    public TotalsLedger totals() {
        return totals;
    }

    /** Returns the containers that clients have stopped, renamed or removed. */
    public EndedContainers ended() {
        return caches.ended;
    }
}
