package org.socketproxy.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.Pool;
import org.junit.jupiter.api.Test;

/** Tests the contract of {@link Pool} that the Jetty client relies on. */
class LifoConnectionPoolTest {
    private final LifoConnectionPool<String> pool = new LifoConnectionPool<>(3);

    @Test
    void emptyPoolReturnsNull() {
        assertThat(pool.acquire()).isNull();
        assertThat(pool.size()).isZero();
    }

    @Test
    void mostRecentlyReleasedEntryIsAcquiredFirst() {
        Pool.Entry<String> a = add("a");
        Pool.Entry<String> b = add("b");
        a.release();
        b.release();

        assertThat(pool.acquire().getPooled()).isEqualTo("b");
        assertThat(pool.acquire().getPooled()).isEqualTo("a");
        assertThat(pool.acquire()).isNull();
    }

    @Test
    void reservedEntryCountsAndIsNotAcquired() {
        Pool.Entry<String> reserved = pool.reserve();

        assertThat(reserved.isReserved()).isTrue();
        assertThat(pool.getReservedCount()).isEqualTo(1);
        assertThat(pool.acquire()).isNull();
        assertThat(reserved.release()).isFalse();
    }

    @Test
    void reserveReturnsNullAtTheMaximumSize() {
        add("a");
        add("b");
        Pool.Entry<String> c = add("c");

        assertThat(pool.reserve()).isNull();
        assertThat(c.remove()).isTrue();
        assertThat(pool.reserve()).isNotNull();
    }

    @Test
    void removedEntryIsNotAcquiredAgain() {
        Pool.Entry<String> used = add("used");
        Pool.Entry<String> idle = add("idle");
        idle.release();

        assertThat(used.remove()).isTrue();
        assertThat(idle.remove()).isTrue();

        assertThat(used.remove()).as("once").isFalse();
        assertThat(used.release()).isFalse();
        assertThat(used.isTerminated()).isTrue();
        assertThat(pool.acquire()).isNull();
        assertThat(pool.size()).isZero();
    }

    @Test
    void secondReleaseAndSecondEnableFail() {
        Pool.Entry<String> entry = pool.reserve();
        assertThat(entry.enable("a", false)).isTrue();

        assertThat(entry.isIdle()).isTrue();
        assertThat(entry.release()).isFalse();
        assertThatThrownBy(() -> entry.enable("b", true)).isInstanceOf(IllegalStateException.class);
        assertThat(pool.getIdleCount()).isEqualTo(1);
    }

    @Test
    void terminateReturnsAllEntriesAndRefusesNewOnes() {
        Pool.Entry<String> used = add("used");
        Pool.Entry<String> reserved = pool.reserve();

        assertThat(pool.terminate()).containsExactlyInAnyOrder(used, reserved);

        assertThat(pool.isTerminated()).isTrue();
        assertThat(used.release()).isFalse();
        assertThat(reserved.enable("late", true)).isFalse();
        assertThat(pool.reserve()).isNull();
        assertThat(used.isTerminated()).isTrue();
    }

    /** Jetty closes a connection only if it has removed its entry. */
    @Test
    void entriesAreRemovedOnceAfterTermination() {
        Pool.Entry<String> used = add("used");
        Pool.Entry<String> idle = add("idle");
        idle.release();
        pool.terminate();

        assertThat(used.remove()).isTrue();
        assertThat(idle.remove()).isTrue();

        assertThat(used.remove()).isFalse();
        assertThat(idle.getPooled()).isEqualTo("idle");
        assertThat(pool.size()).isZero();
    }

    @Test
    void concurrentThreadsNeverShareAnEntry() throws Exception {
        LifoConnectionPool<AtomicInteger> shared = new LifoConnectionPool<>(4);
        for (int i = 0; i < 4; i++) {
            shared.reserve().enable(new AtomicInteger(), false);
        }
        ExecutorService threads = Executors.newFixedThreadPool(8);
        CountDownLatch begin = new CountDownLatch(1);
        AtomicInteger used = new AtomicInteger();
        List<Future<?>> ended = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
            ended.add(threads.submit(() -> {
                begin.await();
                for (int i = 0; i < 20_000; i++) {
                    Pool.Entry<AtomicInteger> entry = shared.acquire();
                    assertThat(entry == null || isUsedAlone(entry)).isTrue();
                    used.addAndGet(entry == null ? 0 : 1);
                }
                return null;
            }));
        }
        begin.countDown();
        for (Future<?> each : ended) {
            each.get();
        }
        threads.shutdown();

        assertThat(shared.getIdleCount()).isEqualTo(4);
        assertThat(used).hasValueGreaterThan(1_000);
    }

    private static boolean isUsedAlone(Pool.Entry<AtomicInteger> entry) {
        boolean isAlone = entry.getPooled().incrementAndGet() == 1;
        entry.getPooled().decrementAndGet();
        return entry.release() && isAlone;
    }

    private Pool.Entry<String> add(String name) {
        Pool.Entry<String> entry = pool.reserve();
        assertThat(entry.enable(name, true)).isTrue();
        assertThat(entry.isInUse()).isTrue();
        return entry;
    }
}
