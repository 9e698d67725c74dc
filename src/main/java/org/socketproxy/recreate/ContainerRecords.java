package org.socketproxy.recreate;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers by name the containers that clients have stopped, renamed or removed: at most {@value #MOST} for each profile, each for
 * one hour, as JSON. A full profile forgets the oldest record of the client that has made the most.
 *
 * <p>Threading: safe for any number of threads.
 *
 * <p>Security: a client cannot displace the records of another profile, nor the records of a client of its profile with fewer records.
 */
final class ContainerRecords {
    static final int MOST = 64;
    /** Reloads that change the rules of a profile leave its earlier records behind until they expire. */
    private static final int MOST_SCOPES = 1024;

    private static final Duration VALIDITY = Duration.ofHours(1);

    private record TimedRecord(String id, RecreateRecord.Packed container, String client, long nanos) {
        boolean isExpired() {
            return System.nanoTime() - nanos > VALIDITY.toNanos();
        }
    }

    /** By the scope of a profile, then by the name of a container, the oldest first. */
    private final Map<Object, Map<String, TimedRecord>> records = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Map<String, TimedRecord>> eldest) {
            return size() > MOST_SCOPES;
        }
    };

    /**
     * Records a container. The first record of a container stays: a stopped one has lost its addresses.
     *
     * @param scope the clients with an equal one share records
     * @param client key of the client
     */
    synchronized void add(Object scope, String client, RecreateRecord container) {
        records.values().forEach(each -> each.values().removeIf(TimedRecord::isExpired));
        records.values().removeIf(Map::isEmpty);
        Map<String, TimedRecord> ofScope = records.computeIfAbsent(scope, any -> new LinkedHashMap<>());
        TimedRecord before = ofScope.remove(container.name());
        RecreateRecord.Packed kept =
                before != null && before.id.equals(container.id()) ? before.container : container.pack();
        ofScope.put(container.name(), new TimedRecord(container.id(), kept, client, System.nanoTime()));
        if (ofScope.size() > MOST) {
            ofScope.remove(displaced(ofScope));
        }
    }

    /** Returns the oldest record of a client that has made the most. */
    private static String displaced(Map<String, TimedRecord> ofScope) {
        Map<String, Integer> counts = new HashMap<>();
        ofScope.values().forEach(entry -> counts.merge(entry.client, 1, Integer::sum));
        int most = Collections.max(counts.values());
        return ofScope.entrySet().stream()
                .filter(entry -> counts.getOrDefault(entry.getValue().client, 0) == most)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    /** Returns the container that had a name, or null if none is recorded in this scope. */
    @Nullable
    RecreateRecord find(Object scope, String name) {
        RecreateRecord.Packed found;
        synchronized (this) {
            Map<String, TimedRecord> ofScope = records.get(scope);
            TimedRecord entry = ofScope == null ? null : ofScope.get(name);
            found = entry == null || entry.isExpired() ? null : entry.container;
        }
        return found == null ? null : found.unpack();
    }
}
