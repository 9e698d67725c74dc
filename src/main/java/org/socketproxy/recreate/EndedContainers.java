package org.socketproxy.recreate;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.SharedMap;
import org.socketproxy.policy.create.Violation;

/**
 * Containers that clients have stopped, renamed or removed.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class EndedContainers {
    private static final int MOST_REMOVED = 1000;
    private static final long REMEMBERED_NANOS = Duration.ofMinutes(1).toNanos();

    private final ContainerRecords records = new ContainerRecords();
    private final UnrecreatableContainers unrecreatable = new UnrecreatableContainers();
    private final SharedMap<Remover, String, Long> removed = new SharedMap<>(MOST_REMOVED);

    private record Remover(String profile, String client) {}

    /**
     * Records a container for an hour. The first record of a container stays: a stopped one has lost its addresses.
     *
     * @param scope the clients with an equal one share records
     * @param client key of the client
     */
    public void record(Object scope, String client, RecreateRecord container) {
        records.add(scope, client, container);
    }

    /** Returns the container that had a name, or null if none is recorded in this scope. */
    public @Nullable RecreateRecord find(Object scope, String name) {
        return records.find(scope, name);
    }

    /** Remembers for a minute that a client of a profile has removed the container of a name. */
    public void removedBy(String profile, String client, String container) {
        removed.put(new Remover(profile, client), container, System.nanoTime());
    }

    /** Returns true after such a removal. The denial of a create with this name then explains what an updater needs. */
    public boolean hasRemoved(String profile, String client, String container) {
        Long nanos = removed.find(new Remover(profile, client), container);
        return nanos != null && System.nanoTime() - nanos <= REMEMBERED_NANOS;
    }

    /**
     * Warns of a running container that a client has ended, and that its profile could not create again.
     *
     * @param container name or id
     * @param obstacle the first value that the rules deny in it
     */
    public void warn(String profile, String client, String container, Violation obstacle) {
        unrecreatable.add(profile, client, container, obstacle);
    }

    /** Returns the warnings for a profile, the oldest first. */
    public List<String> warnings(String profile) {
        return unrecreatable.notes(profile);
    }
}
