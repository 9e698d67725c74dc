package org.socketproxy.decide;

import org.socketproxy.daemon.DaemonQuery;

/**
 * Shared queries and caches about objects of the daemon.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class DaemonObjects {
    private final DaemonQuery query;
    private final Inspector inspector;
    private final MissingTexts missing;
    private final JudgedContainers judged = new JudgedContainers();
    private final JudgedContainers own = new JudgedContainers();
    private final ContainersOfExecs execContainers = new ContainersOfExecs();
    private final ContainerRecords records = new ContainerRecords();
    private final UnrecreatableContainers unrecreatable;
    private final RecentRemovals recentRemovals = new RecentRemovals();
    private final RemovalQueue removals = new RemovalQueue();

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

    ContainersOfExecs execContainers() {
        return execContainers;
    }

    /** Returns the removals of confined profiles that are under way. */
    RemovalQueue removals() {
        return removals;
    }

    UnrecreatableContainers unrecreatable() {
        return unrecreatable;
    }

    RecentRemovals recentRemovals() {
        return recentRemovals;
    }

    ContainerRecords records() {
        return records;
    }
}
