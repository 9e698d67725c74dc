package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Ring buffer of the most recent denials.
 *
 * <p>Threading: thread-safe without a lock; a reader may miss a denial that is being added.
 */
final class RecentDenials {
    static final int CAPACITY = 200;

    private final AtomicReferenceArray<@Nullable Denial> ring = new AtomicReferenceArray<>(CAPACITY);
    private final AtomicLong next = new AtomicLong();

    void add(Denial denial) {
        ring.set((int) (next.getAndIncrement() % CAPACITY), denial);
    }

    /** Returns the denials, newest first. */
    List<Denial> snapshot() {
        List<Denial> denials = new ArrayList<>(IntStream.range(0, CAPACITY)
                .mapToObj(ring::get)
                .filter(Objects::nonNull)
                .toList());
        denials.sort(Comparator.comparing(Denial::time)
                .thenComparingLong(Denial::exchange)
                .reversed());
        return denials;
    }
}
