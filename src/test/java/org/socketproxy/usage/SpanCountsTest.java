package org.socketproxy.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.socketproxy.usage.Usage.RequestCount;

/** The counts of a span by its parts. */
class SpanCountsTest {
    private static final long MINUTE = 60_000;
    private static final long NOW = 29_000_000 * MINUTE + 17;

    private final SpanCounts counts = new SpanCounts(Span.HOUR);

    @Test
    void requestsAreCountedInTheirMinute() {
        counts.add(Result.ALLOWED, NOW);
        counts.add(Result.ALLOWED, NOW + MINUTE / 2);
        counts.add(Result.DENIED, NOW);
        counts.add(Result.DENIED, NOW - 59 * MINUTE);

        List<RequestCount> hour = counts.snapshot(NOW);
        assertThat(hour).hasSize(60);
        assertThat(hour.get(59)).isEqualTo(new RequestCount(2, 0, 0, 1));
        assertThat(hour.get(0)).isEqualTo(new RequestCount(0, 0, 0, 1));
        assertThat(hour.subList(1, 59)).containsOnly(RequestCount.NONE);
        assertThat(RequestCount.sum(hour)).isEqualTo(new RequestCount(2, 0, 0, 2));
    }

    @Test
    void countsOfAnHourAgoAreDroppedEvenWithoutRequests() {
        counts.add(Result.ALLOWED, NOW);

        assertThat(counts.snapshot(NOW + 59 * MINUTE).get(0)).isEqualTo(new RequestCount(1, 0, 0, 0));
        assertThat(counts.snapshot(NOW + 60 * MINUTE)).containsOnly(RequestCount.NONE);
        counts.add(Result.DENIED, NOW + 60 * MINUTE);
        assertThat(RequestCount.sum(counts.snapshot(NOW + 60 * MINUTE))).isEqualTo(new RequestCount(0, 0, 0, 1));
    }

    @Test
    void partsOfADayAreQuartersOfAnHour() {
        SpanCounts day = new SpanCounts(Span.DAY);
        long quarter = 15 * MINUTE;
        long begin = NOW - NOW % quarter;
        day.add(Result.ALLOWED, begin);
        day.add(Result.ALLOWED, begin + quarter - 1);
        day.add(Result.DENIED, begin - 95 * quarter);

        List<RequestCount> counted = day.snapshot(begin);
        assertThat(counted).hasSize(96);
        assertThat(counted.get(95)).isEqualTo(new RequestCount(2, 0, 0, 0));
        assertThat(counted.get(0)).isEqualTo(new RequestCount(0, 0, 0, 1));
        assertThat(RequestCount.sum(day.snapshot(begin + quarter))).isEqualTo(new RequestCount(2, 0, 0, 0));
    }

    @Test
    void failedRequestIsNoLongerAllowed() {
        counts.add(Result.ALLOWED, NOW);
        counts.add(Result.ALLOWED, NOW);
        counts.add(Result.FAILED, NOW);
        counts.add(Result.LEARNED, NOW);
        counts.failed(NOW);
        counts.failed(NOW - 60 * MINUTE);

        assertThat(counts.snapshot(NOW).get(59)).isEqualTo(new RequestCount(1, 2, 1, 0));
    }

    @Test
    void clockThatGoesBackHidesNoRequest() {
        counts.add(Result.ALLOWED, NOW);
        counts.add(Result.ALLOWED, NOW - 120 * MINUTE);

        assertThat(counts.snapshot(NOW - 120 * MINUTE).get(59)).isEqualTo(new RequestCount(1, 0, 0, 0));
    }

    @Test
    void concurrentRequestsAreAllCounted() {
        IntStream.range(0, 10_000)
                .parallel()
                .forEach(request -> counts.add(request % 2 == 0 ? Result.ALLOWED : Result.DENIED, NOW));

        assertThat(counts.snapshot(NOW).get(59)).isEqualTo(new RequestCount(5000, 0, 0, 5000));
    }
}
