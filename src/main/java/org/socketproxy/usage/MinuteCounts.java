package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * Counts the allowed and denied requests of each of the last 60 minutes.
 *
 * <p>Threading: thread-safe without a lock; a count may be lost at the begin of a minute.
 */
final class MinuteCounts {
    static final int MINUTES = 60;

    private static final long MILLIS = 60_000;
    private static final int DENIED = 0;
    private static final int ALLOWED = 1;
    private static final int KINDS = 2;

    private final AtomicReferenceArray<@Nullable Slot> ring = new AtomicReferenceArray<>(MINUTES);

    private record Slot(long minute, AtomicLongArray counts) {}

    void add(boolean isAllowed, long millis) {
        var unused = slot(Math.floorDiv(millis, MILLIS)).counts.incrementAndGet(isAllowed ? ALLOWED : DENIED);
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
                            : new RequestCount(slot.counts.get(ALLOWED), slot.counts.get(DENIED)));
        }
        return counts;
    }
}
