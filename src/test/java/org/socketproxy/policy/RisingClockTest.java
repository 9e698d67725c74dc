package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RisingClockTest {
    private static final Instant BEGIN = Instant.parse("2026-12-01T18:00:00Z");

    @ParameterizedTest
    @CsvSource({
        // system clock, monotonic clock | time; in seconds since the start, at two moments
        "10, 10, 10, 20, 20, 20",
        "10, 10, 10, -3600, 20, 20",
        "3600, 10, 3600, 20, 20, 3610",
        "-3600, 10, 10, 20, 20, 20",
        "3600, 10, 3600, 3700, 11, 3700",
        "10, 10, 10, 5, 10, 10",
    })
    void timeNeverGoesBackAndNeverStops(
            long system, long elapsed, long expected, long systemLater, long elapsedLater, long expectedLater) {
        AtomicReference<Instant> clock = new AtomicReference<>(BEGIN);
        AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // the monotonic clock may overflow
        long origin = nanos.get();
        RisingClock rising = new RisingClock(clock::get, nanos::get);

        clock.set(BEGIN.plusSeconds(system));
        nanos.set(origin + Duration.ofSeconds(elapsed).toNanos());
        assertThat(rising.instant()).isEqualTo(BEGIN.plusSeconds(expected));

        clock.set(BEGIN.plusSeconds(systemLater));
        nanos.set(origin + Duration.ofSeconds(elapsedLater).toNanos());
        assertThat(rising.instant()).isEqualTo(BEGIN.plusSeconds(expectedLater));
    }
}
