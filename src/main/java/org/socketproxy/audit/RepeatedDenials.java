package org.socketproxy.audit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.policy.create.CreatedObject;

/**
 * Counts denials that repeat a denial in the log, for {@code LOG_REPEATS=collapse}.
 *
 * <p>Threading: confined to the printer thread of {@link AuditLog}.
 *
 * <p>Security: holds at most {@link #MOST} different denials, and never a denial of another client or of another reason.
 */
final class RepeatedDenials {
    /** Maximum number of different denials. */
    static final int MOST = 1000;

    private static final long INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

    private final Map<Key, Repeats> held = new HashMap<>();
    private final LongSupplier nanoTime;
    private long nextFlush;

    /**
     * Creates an instance without denials.
     *
     * @param nanoTime clock like {@link System#nanoTime}
     */
    RepeatedDenials(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Counts a record if the log has the same denial since the last {@link #flush}.
     *
     * @return false if the log must print the entry
     */
    boolean holds(AuditEntry entry) {
        if (!(entry instanceof AuditRecord denied) || !isDenial(denied)) {
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
        if (held.size() < MOST) {
            held.put(key, new Repeats());
        }
        return false;
    }

    /** Returns the time to the next {@link #flush}: 0 if it is due, {@link Long#MAX_VALUE} without denials. */
    long nanosToFlush() {
        return held.isEmpty() ? Long.MAX_VALUE : Math.max(0, nextFlush - nanoTime.getAsLong());
    }

    /**
     * Returns the last record of each denial that was repeated since the last call, with the number of its repeats, by
     * id. Forgets the denials that were not repeated.
     */
    List<AuditRecord> flush() {
        nextFlush = nanoTime.getAsLong() + INTERVAL_NANOS;
        List<AuditRecord> summaries = new ArrayList<>();
        for (Iterator<Repeats> all = held.values().iterator(); all.hasNext(); ) {
            AuditRecord summary = all.next().take();
            if (summary == null) {
                all.remove();
            } else {
                summaries.add(summary);
            }
        }
        summaries.sort((a, b) -> Long.compare(a.begun().id(), b.begun().id()));
        return summaries;
    }

    /** A denial without a response, or with a status of a server error, is a failure of the client or the daemon. */
    private static boolean isDenial(AuditRecord ended) {
        return ended.begun().outcome() == Outcome.DENY && ended.status() >= 400 && ended.status() < 500;
    }

    /** Repeats of one denial. */
    private static final class Repeats {
        private @Nullable AuditRecord last;
        private long count;

        void add(AuditRecord denied) {
            last = denied;
            count++;
        }

        @Nullable
        AuditRecord take() {
            AuditRecord summary = last == null ? null : last.repeated(count);
            last = null;
            count = 0;
            return summary;
        }
    }

    /**
     * The fields of a record that are the same in all repeats.
     *
     * @param subject id of the operation, or the path if the catalogue does not have the operation
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
            @Nullable String extension,
            CreatedObject created) {

        static Key of(AuditRecord denied) {
            BeginRecord begun = denied.begun();
            Client client = begun.client();
            String operation = begun.operation();
            return new Key(
                    client.address(),
                    client.listener(),
                    client.user(),
                    client.group(),
                    client.certificate(),
                    begun.profile(),
                    begun.method(),
                    operation == null ? begun.path() : operation,
                    begun.reason(),
                    denied.status(),
                    denied.extension(),
                    denied.created());
        }
    }
}
