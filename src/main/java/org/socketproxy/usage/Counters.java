package org.socketproxy.usage;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Fixed number of counters, with the time of the last change.
 *
 * <p>Threading: thread-safe without a lock; a reader may see different counters at different instants.
 */
final class Counters {
    private final AtomicLongArray counts;
    private volatile long lastMillis;

    Counters(int kinds) {
        this.counts = new AtomicLongArray(kinds);
    }

    static <K> Counters of(Map<K, Counters> map, K key, int kinds) {
        // computeIfAbsent may lock even if the key is present, which is nearly always the case.
        Counters known = map.get(key);
        return known != null ? known : map.computeIfAbsent(key, unknown -> new Counters(kinds));
    }

    static <K> Map<K, Counters> map() {
        return new ConcurrentHashMap<>();
    }

    void add(int kind, long count, long millis) {
        counts.getAndAdd(kind, count);
        seen(millis);
    }

    /** Updates the time without a lock: a concurrent update with an older time may win. */
    void seen(long millis) {
        if (millis > lastMillis) {
            lastMillis = millis;
        }
    }

    void addAll(Counters other) {
        for (int kind = 0; kind < counts.length(); kind++) {
            add(kind, other.count(kind), other.lastMillis);
        }
    }

    long count(int kind) {
        return counts.get(kind);
    }

    /** Returns milliseconds since 1970, or 0 without a change. */
    long lastMillis() {
        return lastMillis;
    }
}
