package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Reason;

/** Exchanges that begin and end while the proxy stops and while a reload revokes them: none is forgotten. */
class RegistryRaceTest {
    private static final int ROUNDS = 2000;
    private static final Profiles NONE = client -> {
        throw new UnsupportedOperationException();
    };

    /** An endless exchange that no profile allows after a reload; an abort ends it. */
    private static final class Stream implements ActiveExchange {
        private final ActiveExchanges registry;
        private final AtomicInteger aborts = new AtomicInteger();
        private final AtomicBoolean isEnded = new AtomicBoolean();

        Stream(ActiveExchanges registry) {
            this.registry = registry;
        }

        @Override
        public void withhold(Reason reason) {
            // no record
        }

        @Override
        public boolean isEndless() {
            return true;
        }

        @Override
        public boolean isTunnel() {
            return false;
        }

        @Override
        public boolean isUploadTooSlow(long nowNanos) {
            return false;
        }

        @Override
        public long ageNanos(long nowNanos) {
            return 0;
        }

        @Override
        public ExchangeSnapshot snapshot() {
            return new ExchangeSnapshot(
                    1, "client", "default", "SystemEvents", "/events", "", Instant.EPOCH, false, 0, 0, 0);
        }

        @Override
        public void detectDisconnect() {
            // nothing to detect
        }

        @Override
        public boolean isStillAllowed(Profiles profiles) {
            return false;
        }

        @Override
        public void abort(Throwable cause) {
            aborts.incrementAndGet();
            if (isEnded.compareAndSet(false, true)) {
                registry.end(this);
            }
        }
    }

    @Test
    void anExchangeThatBeginsDuringAReloadIsRevoked() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            ActiveExchanges registry = new ActiveExchanges();
            Stream stream = new Stream(registry);
            race(() -> registry.begin(stream), () -> registry.revoke(NONE));

            assertThat(stream.aborts.get()).isPositive();
            assertThat(registry.size()).isZero();
        }
    }

    @Test
    void anExchangeThatBeginsDuringAStopIsAborted() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            ActiveExchanges registry = new ActiveExchanges();
            Stream stream = new Stream(registry);
            race(
                    () -> registry.begin(stream),
                    () -> registry.stop(() -> Duration.ZERO, () -> Duration.ZERO, () -> true));

            assertThat(stream.aborts.get()).isPositive();
            assertThat(registry.size()).isZero();
        }
    }

    /** Runs both at the same time. */
    private static void race(Runnable one, Runnable other) throws InterruptedException {
        CyclicBarrier start = new CyclicBarrier(2);
        List<Thread> threads = new ArrayList<>();
        for (Runnable each : List.of(one, other)) {
            Thread thread = new Thread(() -> {
                try {
                    start.await();
                } catch (InterruptedException | BrokenBarrierException stopped) {
                    return;
                }
                each.run();
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
