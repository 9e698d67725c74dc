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

/**
 * Counts connections and requests that the proxy rejects before an exchange begins, and writes audit records for them:
 * one for each malformed request, and at most one every five seconds for causes that may occur thousands of times.
 *
 * <p>Security: the records contain no data of the client, because it was not parsed.
 */
public final class RejectionCounter {
    private static final long QUIET_NANOS = Duration.ofSeconds(5).toNanos();
    /** Placeholder for method and path. */
    private static final String NONE = "-";

    /** Cause of a rejection. */
    public enum Cause {
        /** The number of connections has reached {@code MAX_CONNECTIONS}. */
        CONNECTIONS("max-connections", true),
        /** The number of connections of the client has reached {@code MAX_CONNECTIONS_PER_CLIENT}. */
        CONNECTIONS_OF_CLIENT("max-connections-per-client", true),
        /** The number of connections of the client's profile has reached {@code max.connections}. */
        CONNECTIONS_OF_PROFILE("profile-max-connections", true),
        /** The request head is not complete within {@code HEADER_TIMEOUT}. */
        HEADER_TIMEOUT("header-timeout", false),
        /** The request head is larger than {@code MAX_HEADER_SIZE}. */
        HEADER_SIZE("max-header-size", false),
        /** The request head has too many header fields. */
        HEADER_FIELDS("header-fields", false),
        /** The heads of all active requests exceed the memory budget. */
        HEADER_MEMORY("header-memory", true),
        /** The client presents no certificate, and the listener requires one. */
        CERTIFICATE_MISSING("tls-certificate-missing", true),
        /** The proxy does not trust the client's certificate. */
        CERTIFICATE_REFUSED("tls-certificate-refused", true),
        /** The TLS handshake fails for another reason. */
        HANDSHAKE("tls-handshake", true),
        /** The client begins a TLS handshake, and the listener has no TLS. */
        TLS_ON_PLAIN("tls-on-plain-listener", true),
        /** The request is not valid HTTP/1.1. */
        MALFORMED("malformed", false);

        private final String code;
        private final boolean isRateLimited;

        Cause(String code, boolean isRateLimited) {
            this.code = code;
            this.isRateLimited = isRateLimited;
        }

        /** Returns the stable code, in lower case with hyphens. */
        public String code() {
            return code;
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
     * Counts a rejection and writes an audit record if one is due.
     *
     * @param cause the cause of the rejection
     * @param client the rejected client
     * @param status status code of the response, or 0 without a response
     * @return whether an audit record was written
     */
    public boolean refused(Cause cause, Client client, int status) {
        return refused(cause, client, null, status);
    }

    /**
     * Does the same as {@link #refused(Cause, Client, int)}.
     *
     * @param profile name of the profile of the policy file that has the limit, or null
     */
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
                        cause.code()),
                status,
                Duration.ZERO,
                false,
                0,
                0,
                null));
        return true;
    }

    /** Returns the number of rejections since the start. */
    public long count(Cause cause) {
        return of(counts, cause).sum();
    }

    private static boolean isDue(AtomicLong lastWritten) {
        long last = lastWritten.get();
        long now = System.nanoTime();
        return now - last >= QUIET_NANOS && lastWritten.compareAndSet(last, now);
    }

    /** Returns the value of a cause; the maps have a value for every cause. */
    private static <T> T of(Map<Cause, T> map, Cause cause) {
        return java.util.Objects.requireNonNull(map.get(cause));
    }
}
