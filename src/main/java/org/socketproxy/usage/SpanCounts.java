package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * Counts the requests of each part of a span by their result.
 *
 * <p>Threading: thread-safe without a lock; a count may be lost at the begin of a part.
 */
@SuppressWarnings("EnumOrdinal") // a result is the index of its count
final class SpanCounts {
    private static final int KINDS = Result.values().length;

    private final int parts;
    private final long millisOfPart;
    private final AtomicReferenceArray<@Nullable Slot> ring;

    SpanCounts(Span span) {
        parts = span.parts();
        millisOfPart = span.part().toMillis();
        ring = new AtomicReferenceArray<>(parts);
    }

    private record Slot(long part, AtomicLongArray counts) {
        long count(Result result) {
            return Math.max(0, counts.get(result.ordinal()));
        }
    }

    void add(Result result, long millis) {
        var unused = slot(Math.floorDiv(millis, millisOfPart)).counts.incrementAndGet(result.ordinal());
    }

    /** Counts a request as failed that was counted as allowed at this time; has no effect after the span. */
    void failed(long millis) {
        long part = Math.floorDiv(millis, millisOfPart);
        Slot slot = ring.get((int) Math.floorMod(part, (long) parts));
        if (slot != null && slot.part == part) {
            slot.counts.getAndDecrement(Result.ALLOWED.ordinal());
            slot.counts.getAndIncrement(Result.FAILED.ordinal());
        }
    }

    private Slot slot(long part) {
        int place = (int) Math.floorMod(part, (long) parts);
        Slot current = ring.get(place);
        while (current == null || current.part != part) {
            Slot fresh = new Slot(part, new AtomicLongArray(KINDS));
            if (ring.compareAndSet(place, current, fresh)) {
                return fresh;
            }
            current = ring.get(place);
        }
        return current;
    }

    /** Returns the counts of each part, oldest first; the last one is the part of {@code nowMillis}. */
    List<RequestCount> snapshot(long nowMillis) {
        long now = Math.floorDiv(nowMillis, millisOfPart);
        List<RequestCount> counts = new ArrayList<>(parts);
        for (long part = now - parts + 1; part <= now; part++) {
            Slot slot = ring.get((int) Math.floorMod(part, (long) parts));
            counts.add(
                    slot == null || slot.part != part
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
