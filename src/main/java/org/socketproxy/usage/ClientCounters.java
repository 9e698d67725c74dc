package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts operations by client, for a bounded number of clients: a new client evicts the least recently active one,
 * whose counts move to a common entry for all others.
 *
 * <p>Threading: thread-safe; counting for a known client takes no lock. A count may be lost during the eviction of its
 * client.
 */
final class ClientCounters {
    static final int CAPACITY = 256;

    private static final int DENIED = 0;
    private static final int ALLOWED = 1;
    private static final int KINDS = 2;

    private final Map<String, Client> clients = new ConcurrentHashMap<>();
    private final Client others = new Client();

    /** @param operation id of the operation, or null if the catalogue does not have it */
    private record Question(@Nullable String operation, boolean isWrite) {}

    private static final class Client {
        final Map<Question, Counters> operations = Counters.map();
        volatile long lastMillis;

        void add(Question question, int kind, long count, long millis) {
            if (millis > lastMillis) {
                lastMillis = millis;
            }
            Counters.of(operations, question, KINDS).add(kind, count, millis);
        }
    }

    void add(String name, @Nullable String operation, boolean isWrite, boolean isAllowed, long millis) {
        Client known = clients.get(name);
        Client client = known != null ? known : admit(name, millis);
        client.add(new Question(operation, isWrite), isAllowed ? ALLOWED : DENIED, 1, millis);
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
        admitted.lastMillis = millis;
        clients.put(name, admitted);
        return admitted;
    }

    private void evictOldest() {
        String oldest = clients.entrySet().stream()
                .min(Comparator.comparingLong(entry -> entry.getValue().lastMillis))
                .orElseThrow()
                .getKey();
        Client evicted = clients.remove(oldest);
        if (evicted != null) {
            evicted.operations.forEach((question, counters) ->
                    Counters.of(others.operations, question, KINDS).addAll(counters));
            others.lastMillis = Math.max(others.lastMillis, evicted.lastMillis);
        }
    }

    /** Restores the counts of an earlier run. */
    synchronized void restore(List<Usage.ClientUse> earlier) {
        for (Usage.ClientUse use : earlier) {
            long last = use.last().toEpochMilli();
            Client client = use.isOthers() ? others : admit(use.client(), last);
            client.lastMillis = Math.max(client.lastMillis, last);
            for (Usage.ClientOperation each : use.operations()) {
                Question question = new Question(each.operation(), each.isWrite());
                client.add(question, ALLOWED, each.allowed(), each.last().toEpochMilli());
                client.add(question, DENIED, each.denied(), each.last().toEpochMilli());
            }
        }
    }

    /** Returns the clients ordered by name, then the entry for all others. The lock delays new clients. */
    synchronized List<Usage.ClientUse> snapshot() {
        List<Usage.ClientUse> uses = new ArrayList<>();
        clients.forEach((name, client) -> uses.add(use(name, client)));
        uses.sort(Comparator.comparing(Usage.ClientUse::client));
        if (!others.operations.isEmpty()) {
            uses.add(use(Usage.OTHERS, others));
        }
        return uses;
    }

    private static Usage.ClientUse use(String name, Client client) {
        List<Usage.ClientOperation> operations = new ArrayList<>();
        client.operations.forEach((question, counters) -> operations.add(new Usage.ClientOperation(
                question.operation,
                question.isWrite,
                counters.count(ALLOWED),
                counters.count(DENIED),
                Usage.instant(counters.lastMillis()))));
        operations.sort(
                Comparator.comparing(Usage.ClientOperation::operation, Comparator.nullsLast(Comparator.naturalOrder()))
                        .thenComparing(Usage.ClientOperation::isWrite));
        return new Usage.ClientUse(name, Usage.instant(client.lastMillis), operations);
    }
}
