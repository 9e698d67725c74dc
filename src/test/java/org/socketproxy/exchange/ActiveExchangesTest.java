package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Reason;

class ActiveExchangesTest {
    private static final int EXCHANGES = 5;

    private final ActiveExchanges exchanges = new ActiveExchanges();
    private final List<Faulty> faulty = new ArrayList<>();

    /** Throws from each action. */
    private final class Faulty implements ActiveExchange {
        private final CountDownLatch watched = new CountDownLatch(2);
        private int aborts;

        @Override
        public boolean isStillAllowed(Profiles profiles) {
            return true;
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
            return Long.MAX_VALUE;
        }

        @Override
        public ExchangeSnapshot snapshot() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void detectDisconnect() {
            watched.countDown();
            throw new IllegalStateException("disconnect detection fails");
        }

        @Override
        public void abort(Throwable cause) {
            aborts++;
            exchanges.end(this);
            throw new IllegalStateException("abort fails");
        }
    }

    private void begin() {
        for (int i = 0; i < EXCHANGES; i++) {
            Faulty each = new Faulty();
            faulty.add(each);
            exchanges.begin(each);
        }
    }

    @Test
    void sweepContinuesAfterAFailure() throws Exception {
        begin();
        ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler("sweeper", true);
        scheduler.start();
        try {
            exchanges.sweepBy(scheduler);
            for (Faulty each : faulty) {
                assertThat(each.watched.await(300, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            scheduler.stop();
        }
    }

    /** A reload sets another time while the stop waits. */
    @Test
    void shorterTimeEndsTheWaitOfAStop() throws Exception {
        begin();
        AtomicReference<Duration> drain = new AtomicReference<>(Duration.ofHours(1));
        Thread stop = new Thread(() -> exchanges.stop(() -> Duration.ZERO, drain::get, () -> true));
        stop.start();
        while (!exchanges.isStopping()) {
            Thread.onSpinWait();
        }
        assertThat(exchanges.size()).isEqualTo(EXCHANGES);
        drain.set(Duration.ZERO);
        stop.join(300_000);
        assertThat(faulty).allMatch(each -> each.aborts == 1);
    }

    @Test
    void stopAbortsAllExchangesDespiteFailures() throws Exception {
        begin();

        exchanges.stop(() -> Duration.ZERO, () -> Duration.ZERO, () -> true);

        assertThat(faulty).allMatch(each -> each.aborts == 1);
        assertThat(exchanges.size()).isZero();
    }
}
