package org.socketproxy.decide;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Map that drops the entry which was used least recently.
 *
 * <p>Threading: safe for any number of threads.
 */
final class RecentMap<K, V> {
    private final Map<K, V> entries;

    /** @param most number of entries */
    RecentMap(int most) {
        entries = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    synchronized void put(K key, V value) {
        entries.put(key, value);
    }

    synchronized @Nullable V find(K key) {
        return entries.get(key);
    }

    synchronized void remove(K key) {
        entries.remove(key);
    }

    synchronized int size() {
        return entries.size();
    }
}
