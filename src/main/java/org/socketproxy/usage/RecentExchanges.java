package org.socketproxy.usage;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.client.PrintableText;

/**
 * Ring buffer of the exchanges that ended last.
 *
 * <p>Threading: thread-safe without a lock; a reader may miss an exchange that is being added.
 *
 * <p>Security: the number is fixed, and an audit record has a bounded size. Texts of clients are escaped when they are read.
 */
final class RecentExchanges {
    static final int CAPACITY = 200;

    private static final int LONGEST = 200;

    private final AtomicReferenceArray<@Nullable Ended> ring = new AtomicReferenceArray<>(CAPACITY);
    private final AtomicLong next = new AtomicLong();

    /** The part of an audit record that is shown; the facts of a judged body are not kept. */
    private record Ended(BeginRecord begun, int status, Duration duration) {
        RecentExchange read() {
            return new RecentExchange(
                    begun.begin(),
                    begun.id(),
                    begun.client().name(),
                    PrintableText.escape(begun.method(), LONGEST),
                    PrintableText.escape(begun.path(), LONGEST),
                    begun.operation(),
                    begun.isAllowed(),
                    begun.reason(),
                    status,
                    duration);
        }
    }

    void add(AuditRecord ended) {
        ring.set((int) (next.getAndIncrement() % CAPACITY), new Ended(ended.begun(), ended.status(), ended.duration()));
    }

    /** Returns the exchanges, those that began last first. */
    List<RecentExchange> snapshot() {
        return IntStream.range(0, CAPACITY)
                .mapToObj(ring::get)
                .filter(Objects::nonNull)
                .map(Ended::read)
                .sorted(Comparator.comparingLong(RecentExchange::id).reversed())
                .toList();
    }
}
