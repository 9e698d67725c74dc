package org.socketproxy.filter;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.RecordedContainer;

/**
 * Remembers by name the containers that clients have stopped, renamed or removed: at most
 * {@value #MOST}, each for one hour.
 *
 * <p>Threading: safe for any number of threads.
 */
final class ContainerRecords {
    private static final int MOST = 64;
    private static final Duration VALIDITY = Duration.ofHours(1);

    private record TimedRecord(RecordedContainer container, long nanos) {
        boolean isExpired() {
            return System.nanoTime() - nanos > VALIDITY.toNanos();
        }
    }

    private record Key(Object rules, String name) {}

    private final Map<Key, TimedRecord> records = new LinkedHashMap<>(16, 0.75f, false) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, TimedRecord> eldest) {
            return size() > MOST;
        }
    };

    /** Records a container. The first record of a container stays: a stopped one has lost its addresses. */
    synchronized void add(Object rules, RecordedContainer container) {
        Key key = new Key(rules, container.name());
        TimedRecord before = records.remove(key);
        RecordedContainer kept =
                before != null && before.container.id().equals(container.id()) ? before.container : container;
        records.put(key, new TimedRecord(kept, System.nanoTime()));
    }

    /** Returns the container that had a name, or null if none is recorded for these rules. */
    synchronized @Nullable RecordedContainer find(Object rules, String name) {
        TimedRecord entry = records.get(new Key(rules, name));
        return entry == null || entry.isExpired() ? null : entry.container;
    }
}
