package org.socketproxy.decide;

import java.time.Duration;
import org.socketproxy.daemon.DaemonQuery;

/**
 * Shared queries and caches about objects of the daemon.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class DaemonObjects {
    /** Most containers and execs that are remembered. */
    static final int MOST_CONTAINERS = 10_000;

    private static final int MOST_REMOVERS = 1000;
    private static final long REMEMBERED_NANOS = Duration.ofMinutes(1).toNanos();

    private final DaemonQuery query;
    private final Inspector inspector;
    private final MissingTexts missing;
    private final JudgedContainers judged = new JudgedContainers();
    private final JudgedContainers own = new JudgedContainers();
    private final JudgedContainers execs = new JudgedContainers();
    private final RecentMap<String, String> execContainers = new RecentMap<>(MOST_CONTAINERS);
    private final ContainerRecords records = new ContainerRecords();
    private final UnrecreatableContainers unrecreatable;
    private final RecentMap<Remover, Long> removers = new RecentMap<>(MOST_REMOVERS);
    private final RemovalQueue removals = new RemovalQueue();

    private record Remover(String profile, String client) {}

    public DaemonObjects(DaemonQuery daemon) {
        this(daemon, new UnrecreatableContainers());
    }

    /** @param unrecreatable containers that clients could not create again, for the status page */
    public DaemonObjects(DaemonQuery daemon, UnrecreatableContainers unrecreatable) {
        this.unrecreatable = unrecreatable;
        this.query = daemon;
        this.inspector = new Inspector(daemon);
        this.missing = new MissingTexts(daemon);
    }

    DaemonQuery query() {
        return query;
    }

    Inspector inspector() {
        return inspector;
    }

    MissingTexts missing() {
        return missing;
    }

    /** Returns the containers that clients may enter. */
    JudgedContainers judged() {
        return judged;
    }

    /** Returns the containers that belong to profiles by their labels. */
    JudgedContainers own() {
        return own;
    }

    /** Returns the execs that {@code EXEC_ALLOW} has admitted. */
    JudgedContainers execs() {
        return execs;
    }

    /** Returns the full ids of containers by the ids of their execs. No other exec gets the id. */
    RecentMap<String, String> execContainers() {
        return execContainers;
    }

    /** Returns the removals of confined profiles that are under way. */
    RemovalQueue removals() {
        return removals;
    }

    UnrecreatableContainers unrecreatable() {
        return unrecreatable;
    }

    /** Remembers for a minute that a client of a profile has removed a container. */
    void removedBy(String profile, String client) {
        removers.put(new Remover(profile, client), System.nanoTime());
    }

    /** Returns true after a removal. The denial of a create then explains what an updater needs. */
    boolean hasRemoved(String profile, String client) {
        Long nanos = removers.find(new Remover(profile, client));
        return nanos != null && System.nanoTime() - nanos <= REMEMBERED_NANOS;
    }

    ContainerRecords records() {
        return records;
    }
}
