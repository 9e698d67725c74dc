package org.socketproxy.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.socketproxy.client.Client;

/**
 * Counts what is refused before there is an exchange, and writes audit records of it: of each request that is no request,
 * and one in some seconds of the connections beyond a limit, which may come by the thousand.
 *
 * <p>Security: nothing that a client sent is written down, since nobody could read it.
 */
public final class RejectionCounter {
    private static final long QUIET_NANOS = Duration.ofSeconds(5).toNanos();
    /** In place of method and path, which there are none. */
    private static final String NONE = "-";

    /** Why a client is refused. */
    public enum Cause {
        /** {@code MAX_CONNECTIONS} are open. */
        CONNECTIONS("max-connections", true),
        /** {@code MAX_CONNECTIONS_PER_CLIENT} are open from its address. */
        CONNECTIONS_OF_CLIENT("max-connections-per-client", true),
        /** The head of its request did not come within {@code HEADER_TIMEOUT}. */
        HEADER_TIMEOUT("header-timeout", false),
        /** The head of its request is larger than {@code MAX_HEADER_SIZE}. */
        HEADER_SIZE("max-header-size", false),
        /** The head of its request has too many fields. */
        HEADER_FIELDS("header-fields", false),
        /** The heads of all requests under way hold too much memory. */
        HEADER_MEMORY("header-memory", true),
        /** It shows no certificate, and has to. */
        CERTIFICATE_MISSING("tls-certificate-missing", true),
        /** The certificate that it shows is not one that we trust. */
        CERTIFICATE_REFUSED("tls-certificate-refused", true),
        /** TLS did not come about for another reason. */
        HANDSHAKE("tls-handshake", true),
        /** What it sent is no HTTP that we take. */
        MALFORMED("malformed", false);

        private final String code;
        private final boolean isMassive;

        Cause(String code, boolean isMassive) {
            this.code = code;
            this.isMassive = isMassive;
        }

        /** Stable, lower case, with dashes. */
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
     * One more. Says whether it was written down.
     *
     * @param status that it is answered, or 0 if it is not answered
     */
    public boolean refused(Cause cause, Client client, int status) {
        of(counts, cause).increment();
        if (cause.isMassive && !isDue(of(lastWritten, cause))) {
            return false;
        }
        log.write(new AuditRecord(
                Instant.now(),
                AuditRecord.nextId(),
                client,
                NONE,
                NONE,
                null,
                Outcome.DENY,
                cause.code(),
                status,
                Duration.ZERO,
                false,
                0,
                0));
        return true;
    }

    /** How many there were since the start. */
    public long count(Cause cause) {
        return of(counts, cause).sum();
    }

    private static boolean isDue(AtomicLong lastWritten) {
        long last = lastWritten.get();
        long now = System.nanoTime();
        return now - last >= QUIET_NANOS && lastWritten.compareAndSet(last, now);
    }

    /** There is a value for every cause. */
    private static <T> T of(Map<Cause, T> map, Cause cause) {
        return java.util.Objects.requireNonNull(map.get(cause));
    }
}
