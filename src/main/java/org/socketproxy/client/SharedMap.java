package org.socketproxy.client;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Map with a limit that groups, such as clients or profiles, share.
 *
 * <p>Threading: safe for any number of threads.
 *
 * <p>Security: beyond the limit the group with the most entries loses the one that was used least recently, so that no group displaces
 * the few entries of another one.
 */
public final class SharedMap<G, K, V> {
    private final int most;
    private final Map<G, Map<K, V>> groups = new HashMap<>();
    private int size;

    /** @param most number of entries of all groups */
    public SharedMap(int most) {
        this.most = most;
    }

    public synchronized void put(G group, K key, V value) {
        Map<K, V> entries = groups.computeIfAbsent(group, any -> new LinkedHashMap<>(16, 0.75f, true));
        size += entries.put(key, value) == null ? 1 : 0;
        if (size > most) {
            groups.entrySet().stream()
                    .max(Comparator.comparingInt(entry -> entry.getValue().size()))
                    .map(Map.Entry::getKey)
                    .ifPresent(this::dropOldest);
        }
    }

    private void dropOldest(G group) {
        Map<K, V> entries = groups.getOrDefault(group, Map.of());
        remove(group, entries.keySet().iterator().next());
    }

    public synchronized @Nullable V find(G group, K key) {
        Map<K, V> entries = groups.get(group);
        return entries == null ? null : entries.get(key);
    }

    public synchronized void remove(G group, K key) {
        Map<K, V> entries = groups.get(group);
        if (entries != null && entries.remove(key) != null) {
            size--;
            if (entries.isEmpty()) {
                groups.remove(group);
            }
        }
    }

    /** Returns the number of entries of all groups. */
    public synchronized int size() {
        return size;
    }
}
