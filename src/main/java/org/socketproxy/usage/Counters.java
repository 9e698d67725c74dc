package org.socketproxy.usage;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts of a few kinds of the same thing, and when the last one came.
 *
 * <p>Threading: any number of threads add, without a lock; what a reader sees of different kinds need not be of the same
 * instant.
 */
final class Counters {
    private final AtomicLongArray counts;
    private volatile long lastMillis;

    Counters(int kinds) {
        this.counts = new AtomicLongArray(kinds);
    }

    /** The tally under a key, which begins at zero where there is none yet. */
    static <K> Counters of(Map<K, Counters> tallies, K key, int kinds) {
        // Unlike computeIfAbsent this takes no lock where there is one, which is nearly always.
        Counters known = tallies.get(key);
        return known != null ? known : tallies.computeIfAbsent(key, unknown -> new Counters(kinds));
    }

    static <K> Map<K, Counters> map() {
        return new ConcurrentHashMap<>();
    }

    void add(int kind, long count, long millis) {
        counts.getAndAdd(kind, count);
        seen(millis);
    }

    /** Of two threads that see it at once the later instant may lose, by next to nothing. */
    void seen(long millis) {
        if (millis > lastMillis) {
            lastMillis = millis;
        }
    }

    /** Adds all that another one has counted, kind by kind. */
    void addAll(Counters other) {
        for (int kind = 0; kind < counts.length(); kind++) {
            add(kind, other.count(kind), other.lastMillis);
        }
    }

    long count(int kind) {
        return counts.get(kind);
    }

    /** Milliseconds since 1970, or 0 for never. */
    long lastMillis() {
        return lastMillis;
    }
}
