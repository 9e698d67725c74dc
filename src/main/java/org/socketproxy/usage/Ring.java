package org.socketproxy.usage;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Ring buffer of the most recent elements.
 *
 * <p>Threading: thread-safe without a lock; a reader may miss an element that is being added.
 */
final class Ring<T> {
    static final int CAPACITY = 200;

    private final AtomicReferenceArray<@Nullable T> elements = new AtomicReferenceArray<>(CAPACITY);
    private final AtomicLong next = new AtomicLong();

    void add(T element) {
        elements.set((int) (next.getAndIncrement() % CAPACITY), element);
    }

    /** Returns the elements in any order. */
    List<T> snapshot() {
        return IntStream.range(0, CAPACITY)
                .mapToObj(elements::get)
                .filter(Objects::nonNull)
                .toList();
    }
}
