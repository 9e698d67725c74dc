package org.socketproxy.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.policy.Reason;

/**
 * Counts rejections of connections and requests before an exchange, and writes audit records: one for each malformed request, and at
 * most one every five seconds for causes that may occur thousands of times.
 *
 * <p>Security: the records contain no data of the client.
 */
public final class RejectionCounter {
    private static final long QUIET_NANOS = Duration.ofSeconds(5).toNanos();
    /** Placeholder for method and path. */
    private static final String NONE = "-";

    public enum Cause {
        /** {@code MAX_CONNECTIONS} is reached. */
        CONNECTIONS(Reason.MAX_CONNECTIONS, true),
        /** {@code MAX_CONNECTIONS_PER_CLIENT} is reached. */
        CONNECTIONS_OF_CLIENT(Reason.MAX_CONNECTIONS_PER_CLIENT, true),
        /** {@code max.connections} of the client's profile is reached. */
        CONNECTIONS_OF_PROFILE(Reason.PROFILE_MAX_CONNECTIONS, true),
        /** The head is not complete within {@code HEADER_TIMEOUT}. */
        HEADER_TIMEOUT(Reason.HEADER_TIMEOUT, false),
        /** The head is larger than {@code MAX_HEADER_SIZE}. */
        HEADER_SIZE(Reason.MAX_HEADER_SIZE, false),
        /** The head has too many fields. */
        HEADER_FIELDS(Reason.HEADER_FIELDS, false),
        /** The heads of all active requests exceed the memory budget. */
        HEADER_MEMORY(Reason.HEADER_MEMORY, true),
        /** The client presents no certificate, and the listener requires one. */
        CERTIFICATE_MISSING(Reason.TLS_CERTIFICATE_MISSING, true),
        /** The proxy does not trust the client's certificate. */
        CERTIFICATE_REFUSED(Reason.TLS_CERTIFICATE_REFUSED, true),
        /** The TLS handshake fails for another reason. */
        HANDSHAKE(Reason.TLS_HANDSHAKE, true),
        /** The client begins a TLS handshake on a listener without TLS. */
        TLS_ON_PLAIN(Reason.TLS_ON_PLAIN_LISTENER, true),
        /** The request is not valid HTTP/1.1. */
        MALFORMED(Reason.MALFORMED, false);

        private final Reason reason;
        private final boolean isRateLimited;

        Cause(Reason reason, boolean isRateLimited) {
            this.reason = reason;
            this.isRateLimited = isRateLimited;
        }

        public Reason reason() {
            return reason;
        }
    }

    private final AuditLog log;
    private final Map<Cause, LongAdder> counts = new EnumMap<>(Cause.class);
    private final Map<Cause, AtomicLong> lastWritten = new EnumMap<>(Cause.class);

    public RejectionCounter(AuditLog log) {
        this.log = log;
        long longAgo = System.nanoTime() - QUIET_NANOS;
        Arrays.stream(Cause.values()).forEach(cause -> {
            counts.put(cause, new LongAdder());
            lastWritten.put(cause, new AtomicLong(longAgo));
        });
    }

    /**
     * Counts a rejection, and writes an audit record if one is due.
     *
     * @param status status code of the response, or 0 without a response
     * @return whether an audit record was written
     */
    public boolean refused(Cause cause, Client client, int status) {
        return refused(cause, client, null, status);
    }

    /** Does the same for a limit of a profile of the policy file. */
    public boolean refused(Cause cause, Client client, @Nullable String profile, int status) {
        of(counts, cause).increment();
        if (cause.isRateLimited && !isDue(of(lastWritten, cause))) {
            return false;
        }
        log.write(new AuditRecord(
                new BeginRecord(
                        Instant.now(),
                        AuditRecord.nextId(),
                        client,
                        profile,
                        NONE,
                        NONE,
                        null,
                        Outcome.DENY,
                        cause.reason.code(),
                        null,
                        null),
                status,
                Duration.ZERO,
                false,
                0,
                0,
                null));
        return true;
    }

    public long count(Cause cause) {
        return of(counts, cause).sum();
    }

    private static boolean isDue(AtomicLong lastWritten) {
        long last = lastWritten.get();
        long now = System.nanoTime();
        return now - last >= QUIET_NANOS && lastWritten.compareAndSet(last, now);
    }

    private static <T> T of(Map<Cause, T> map, Cause cause) {
        return java.util.Objects.requireNonNull(map.get(cause));
    }
}
