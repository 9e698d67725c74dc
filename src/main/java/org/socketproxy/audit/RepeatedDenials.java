package org.socketproxy.audit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.policy.Reason;

/**
 * Counts repeats of a denial for {@code LOG_REPEATS=collapse}, and always those of a limit of requests.
 *
 * <p>Threading: confined to the printer thread of {@link AuditLog}.
 *
 * <p>Security: holds at most {@link #MOST} different denials, and as many clients beyond their rate, which cannot be displaced by
 * the others. Never merges clients or reasons.
 */
final class RepeatedDenials {
    static final int MOST = 1000;

    private static final String FLOOD = Reason.PROFILE_MAX_REQUESTS.code();
    private static final long INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

    private final Map<Key, Repeats> held = new HashMap<>();
    private final LongSupplier nanoTime;
    private long nextFlush;

    /** @param nanoTime clock like {@link System#nanoTime} */
    RepeatedDenials(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Returns true for a request beyond the rate of its profile: a client can send any number of them. */
    static boolean isFlood(AuditEntry entry) {
        return entry instanceof AuditEntry.Repeatable denied
                && denied.begun().reason().equals(FLOOD);
    }

    /** Counts a denial that the log has had since the last {@link #flush}; returns false if the log must print the entry. */
    boolean holds(AuditEntry entry) {
        if (!(entry instanceof AuditEntry.Repeatable denied) || !isDenial(denied)) {
            return false;
        }
        Key key = Key.of(denied);
        Repeats repeats = held.get(key);
        if (repeats != null) {
            repeats.add(denied);
            return true;
        }
        if (held.isEmpty()) {
            nextFlush = nanoTime.getAsLong() + INTERVAL_NANOS;
        }
        if (held.size() < (isFlood(entry) ? 2 * MOST : MOST)) {
            held.put(key, new Repeats());
        }
        return false;
    }

    /** Returns 0 if {@link #flush} is due, {@link Long#MAX_VALUE} without denials. */
    long nanosToFlush() {
        return held.isEmpty() ? Long.MAX_VALUE : Math.max(0, nextFlush - nanoTime.getAsLong());
    }

    /** Returns the last record of each repeated denial with the number of repeats, by id. Forgets the other denials. */
    List<AuditEntry.Repeatable> flush() {
        nextFlush = nanoTime.getAsLong() + INTERVAL_NANOS;
        List<AuditEntry.Repeatable> summaries = new ArrayList<>();
        for (Iterator<Repeats> all = held.values().iterator(); all.hasNext(); ) {
            AuditEntry.Repeatable summary = all.next().take();
            if (summary == null) {
                all.remove();
            } else {
                summaries.add(summary);
            }
        }
        summaries.sort((a, b) -> Long.compare(a.begun().id(), b.begun().id()));
        return summaries;
    }

    /** A server error and a missing response are failures, not denials. */
    private static boolean isDenial(AuditEntry.Repeatable entry) {
        return !(entry instanceof AuditRecord ended)
                || ended.begun().outcome() == Outcome.DENY && ended.status() >= 400 && ended.status() < 500;
    }

    private static final class Repeats {
        private AuditEntry.@Nullable Repeatable last;
        private long count;

        void add(AuditEntry.Repeatable denied) {
            last = denied;
            count++;
        }

        AuditEntry.@Nullable Repeatable take() {
            AuditEntry.Repeatable summary = last == null ? null : last.repeated(count);
            last = null;
            count = 0;
            return summary;
        }
    }

    /**
     * The common fields of all repeats. The subject is the id of the operation or, without one, the path; the requests beyond
     * the rate of a profile have neither subject nor method, because the client chooses them.
     *
     * @param status 0 for a tried policy
     * @param by extension, or profile of the tried policy
     * @param what the created objects; for a tried policy the outcome and the elements of a list
     */
    private record Key(
            String address,
            @Nullable String listener,
            @Nullable String user,
            @Nullable String group,
            Client.@Nullable Certificate certificate,
            @Nullable String profile,
            String method,
            String subject,
            String reason,
            int status,
            @Nullable String by,
            Object what) {

        static Key of(AuditEntry.Repeatable denied) {
            BeginRecord begun = denied.begun();
            Client client = begun.client();
            String operation = begun.operation();
            boolean isFlood = isFlood(denied);
            return new Key(
                    client.address(),
                    client.listener(),
                    client.user(),
                    client.group(),
                    client.certificate(),
                    begun.profile(),
                    isFlood ? "" : begun.method(),
                    isFlood ? "" : operation == null ? begun.path() : operation,
                    begun.reason(),
                    denied instanceof AuditRecord ended ? ended.status() : 0,
                    denied instanceof AuditRecord ended ? ended.extension() : ((ShadowRecord) denied).shadowProfile(),
                    denied instanceof AuditRecord ended
                            ? ended.created()
                            : List.of(begun.outcome(), Optional.ofNullable(((ShadowRecord) denied).list())));
        }
    }
}
