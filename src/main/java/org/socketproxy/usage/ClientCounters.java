package org.socketproxy.usage;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counts operations by client, for at most {@value #CAPACITY} clients: a new client evicts the least recently active one into a
 * common entry.
 *
 * <p>Threading: thread-safe; no lock for a known client. A count may be lost while its client is evicted.
 */
final class ClientCounters {
    static final int CAPACITY = 256;

    private static final int DENIED = 0;
    private static final int ALLOWED = 1;
    private static final int KINDS = 2;
    /** Longest time from a denial to a request with which a client shows that it needs no answer. */
    private static final long LONGEST_PAUSE_MILLIS = 60_000;

    private final Map<String, Client> clients = new ConcurrentHashMap<>();
    private final Client others = new Client();

    /** Key of requests without an operation in the catalogue. */
    private static final String NO_OPERATION = "";

    private static final class Client {
        final Map<String, Counters> reads = Counters.map();
        final Map<String, Counters> writes = Counters.map();
        final AtomicLong failed = new AtomicLong();
        /** Time of the last denial, by operation, after which no other request has succeeded. */
        final Map<String, Long> unanswered = new ConcurrentHashMap<>();
        /** Time of the last denial, by operation, after which another request succeeded in time. */
        final Map<String, Long> optional = new ConcurrentHashMap<>();

        volatile long firstMillis;
        volatile long lastMillis;
        /** For eviction: the system clock can go back, and old clients would then stay. */
        volatile long lastNanos;

        void add(@Nullable String operation, boolean isWrite, int kind, long count, long millis) {
            lastNanos = System.nanoTime();
            if (millis > lastMillis) {
                lastMillis = millis;
            }
            String key = operation == null ? NO_OPERATION : operation;
            Counters.of(isWrite ? writes : reads, key, KINDS).add(kind, count, millis);
        }

        void denied(String operation, long millis) {
            unanswered.merge(operation, millis, Math::max);
        }

        void wentOn(String operation, long millis) {
            unanswered.forEach((denied, at) -> {
                if (!denied.equals(operation) && at <= millis && unanswered.remove(denied, at)) {
                    if (millis - at <= LONGEST_PAUSE_MILLIS) {
                        optional.put(denied, at);
                    } else {
                        optional.remove(denied);
                    }
                }
            });
            optional.remove(operation);
        }

        void beganAgain() {
            unanswered.forEach((denied, at) -> {
                if (unanswered.remove(denied, at)) {
                    optional.remove(denied);
                }
            });
        }

        /** Returns the time, or null if the client needs the operation, or has not shown that it does not. */
        @Nullable
        Instant wentOn(String operation) {
            Long at = optional.get(operation);
            Long denied = unanswered.get(operation);
            boolean isWaiting = denied != null && System.currentTimeMillis() - denied > LONGEST_PAUSE_MILLIS;
            return at == null || isWaiting ? null : Instant.ofEpochMilli(at);
        }

        void addAll(Client other) {
            addAll(reads, other.reads);
            addAll(writes, other.writes);
            var unused = failed.addAndGet(other.failed.get());
            lastMillis = Math.max(lastMillis, other.lastMillis);
            began(other.firstMillis);
        }

        void began(long millis) {
            firstMillis = firstMillis == 0 ? millis : Math.min(firstMillis, millis);
        }

        private static void addAll(Map<String, Counters> to, Map<String, Counters> from) {
            from.forEach(
                    (operation, counters) -> Counters.of(to, operation, KINDS).addAll(counters));
        }
    }

    void add(String name, @Nullable String operation, boolean isWrite, boolean isAllowed, long millis) {
        Client known = clients.get(name);
        Client client = known != null ? known : admit(name, millis);
        client.add(operation, isWrite, isAllowed ? ALLOWED : DENIED, 1, millis);
    }

    /** Notes the denial of an operation, which {@link #add} has counted. */
    void denied(String name, String operation, long millis) {
        known(name).ifPresent(client -> client.denied(operation, millis));
    }

    /** Notes a request of the client that succeeded, which ends the wait after its denials. */
    void wentOn(String name, String operation, long millis) {
        known(name).ifPresent(client -> client.wentOn(operation, millis));
    }

    /** Ends the wait after the denials of a client, because another program of it begins. */
    void beganAgain(String name) {
        known(name).ifPresent(Client::beganAgain);
    }

    /** Empty for an evicted client: the common entry does not tell which of its clients needs an operation. */
    private Optional<Client> known(String name) {
        return Optional.ofNullable(clients.get(name));
    }

    /** Counts an allowed request of the client, which {@link #add} has counted, as failed. */
    void failed(String name) {
        var unused = clients.getOrDefault(name, others).failed.incrementAndGet();
    }

    private synchronized Client admit(String name, long millis) {
        Client known = clients.get(name);
        if (known != null) {
            return known;
        }
        if (clients.size() >= CAPACITY) {
            evictOldest();
        }
        Client admitted = new Client();
        admitted.began(millis);
        admitted.lastMillis = millis;
        admitted.lastNanos = System.nanoTime();
        clients.put(name, admitted);
        return admitted;
    }

    private void evictOldest() {
        long now = System.nanoTime();
        String oldest = clients.entrySet().stream()
                .min(Comparator.comparingLong(entry -> entry.getValue().lastNanos - now))
                .orElseThrow()
                .getKey();
        Client evicted = clients.remove(oldest);
        if (evicted != null) {
            others.addAll(evicted);
        }
    }

    synchronized void restore(List<Usage.ClientUse> earlier) {
        for (Usage.ClientUse use : earlier.stream()
                .sorted(Comparator.comparing(Usage.ClientUse::last))
                .toList()) {
            long last = use.last().toEpochMilli();
            Client client = use.isOthers() ? others : admit(use.client(), last);
            client.began(use.first().toEpochMilli());
            client.lastMillis = Math.max(client.lastMillis, last);
            var unused = client.failed.addAndGet(use.failed());
            for (Usage.ClientOperation each : use.operations()) {
                long used = each.last().toEpochMilli();
                client.add(each.operation(), each.isWrite(), ALLOWED, each.allowed(), used);
                client.add(each.operation(), each.isWrite(), DENIED, each.denied(), used);
                if (!use.isOthers() && each.operation() != null && each.wentOn() != null) {
                    client.optional.put(each.operation(), each.wentOn().toEpochMilli());
                }
            }
        }
    }

    /** Returns the clients ordered by name, then the common entry of evicted clients. The lock delays new clients. */
    synchronized List<Usage.ClientUse> snapshot() {
        List<Usage.ClientUse> uses = new ArrayList<>();
        clients.forEach((name, client) -> uses.add(use(name, client)));
        uses.sort(Comparator.comparing(Usage.ClientUse::client));
        Usage.ClientUse ofOthers = use(Usage.OTHERS, others);
        if (!ofOthers.operations().isEmpty()) {
            uses.add(ofOthers);
        }
        return uses;
    }

    private static Usage.ClientUse use(String name, Client client) {
        List<Usage.ClientOperation> operations = new ArrayList<>();
        client.reads.forEach((operation, counters) -> operations.add(use(operation, false, counters, client)));
        client.writes.forEach((operation, counters) -> operations.add(use(operation, true, counters, client)));
        operations.sort(
                Comparator.comparing(Usage.ClientOperation::operation, Comparator.nullsLast(Comparator.naturalOrder()))
                        .thenComparing(Usage.ClientOperation::isWrite));
        return new Usage.ClientUse(
                name,
                Instant.ofEpochMilli(client.firstMillis),
                Instant.ofEpochMilli(client.lastMillis),
                operations,
                client.failed.get());
    }

    private static Usage.ClientOperation use(String operation, boolean isWrite, Counters counters, Client client) {
        return new Usage.ClientOperation(
                operation.equals(NO_OPERATION) ? null : operation,
                isWrite,
                counters.count(ALLOWED),
                counters.count(DENIED),
                Instant.ofEpochMilli(counters.lastMillis()),
                counters.count(DENIED) == 0 ? null : client.wentOn(operation));
    }
}
