package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeapGrowthCollectorTest {
    /** Heap sizes in MiB: at the start, at the poll, and after a collection. */
    @ParameterizedTest
    @CsvSource({
        "16,19,19, 0, less than 4 MiB more",
        "16,20,16, 1, 4 MiB more",
        "16,20,18, 1, 4 MiB more, of which 2 MiB are alive",
        "40,49,49, 0, less than a quarter more",
        "40,50,41, 1, a quarter more",
        "40,30,30, 0, smaller than before"
    })
    void collectsWhenTheHeapHasGrown(long before, long seen, long after, int collections, String why) {
        Deque<Long> sizes = new ArrayDeque<>(List.of(before, seen, after));
        AtomicInteger collected = new AtomicInteger();
        HeapGrowthCollector heap = new HeapGrowthCollector(() -> sizes.remove() << 20, collected::incrementAndGet);
        heap.poll();
        assertThat(collected).as(why).hasValue(collections);
    }

    @Test
    void growthIsMeasuredFromTheLastCollection() {
        Deque<Long> sizes = new ArrayDeque<>(List.of(16L, 30L, 28L, 32L, 35L, 16L, 20L, 16L));
        AtomicInteger collected = new AtomicInteger();
        HeapGrowthCollector heap = new HeapGrowthCollector(() -> sizes.remove() << 20, collected::incrementAndGet);
        heap.poll(); // 30: collected to 28
        heap.poll(); // 32: a seventh more
        assertThat(collected).hasValue(1);
        heap.poll(); // 35: a quarter more than 28, collected to 16
        heap.poll(); // 20
        assertThat(collected).hasValue(3);
    }
}
