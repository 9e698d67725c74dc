package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * Counts the requests of each of the last 60 minutes by their result.
 *
 * <p>Threading: thread-safe without a lock; a count may be lost at the begin of a minute.
 */
@SuppressWarnings("EnumOrdinal") // a result is the index of its count
final class MinuteCounts {
    static final int MINUTES = 60;

    private static final long MILLIS = 60_000;
    private static final int KINDS = Result.values().length;

    private final AtomicReferenceArray<@Nullable Slot> ring = new AtomicReferenceArray<>(MINUTES);

    private record Slot(long minute, AtomicLongArray counts) {
        long count(Result result) {
            return Math.max(0, counts.get(result.ordinal()));
        }
    }

    void add(Result result, long millis) {
        var unused = slot(Math.floorDiv(millis, MILLIS)).counts.incrementAndGet(result.ordinal());
    }

    /** Counts a request as failed that was counted as allowed at this time; has no effect after the hour. */
    void failed(long millis) {
        long minute = Math.floorDiv(millis, MILLIS);
        Slot slot = ring.get((int) Math.floorMod(minute, (long) MINUTES));
        if (slot != null && slot.minute == minute) {
            slot.counts.getAndDecrement(Result.ALLOWED.ordinal());
            slot.counts.getAndIncrement(Result.FAILED.ordinal());
        }
    }

    private Slot slot(long minute) {
        int place = (int) Math.floorMod(minute, (long) MINUTES);
        Slot current = ring.get(place);
        while (current == null || current.minute != minute) {
            Slot fresh = new Slot(minute, new AtomicLongArray(KINDS));
            if (ring.compareAndSet(place, current, fresh)) {
                return fresh;
            }
            current = ring.get(place);
        }
        return current;
    }

    /** Returns the counts of the last 60 minutes, oldest first; the last one is the minute of {@code nowMillis}. */
    List<RequestCount> snapshot(long nowMillis) {
        long now = Math.floorDiv(nowMillis, MILLIS);
        List<RequestCount> counts = new ArrayList<>(MINUTES);
        for (long minute = now - MINUTES + 1; minute <= now; minute++) {
            Slot slot = ring.get((int) Math.floorMod(minute, (long) MINUTES));
            counts.add(
                    slot == null || slot.minute != minute
                            ? RequestCount.NONE
                            : new RequestCount(
                                    slot.count(Result.ALLOWED),
                                    slot.count(Result.FAILED),
                                    slot.count(Result.LEARNED),
                                    slot.count(Result.DENIED)));
        }
        return counts;
    }
}
