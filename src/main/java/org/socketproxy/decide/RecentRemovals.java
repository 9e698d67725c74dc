package org.socketproxy.decide;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers for one minute which clients have removed a container, at most {@value #MOST} of them. The denial of a create then explains
 * what an updater needs.
 *
 * <p>Threading: safe for any number of threads.
 */
final class RecentRemovals {
    private static final int MOST = 1000;
    private static final Duration VALIDITY = Duration.ofMinutes(1);

    private record Key(String profile, String client) {}

    private final Map<Key, Long> removals = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Long> eldest) {
            return size() > MOST;
        }
    };

    synchronized void add(String profile, String client) {
        removals.put(new Key(profile, client), System.nanoTime());
    }

    synchronized boolean has(String profile, String client) {
        Long nanos = removals.get(new Key(profile, client));
        return nanos != null && System.nanoTime() - nanos <= VALIDITY.toNanos();
    }
}
