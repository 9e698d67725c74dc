package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What each client asked for. A bounded number of clients is told apart: when one more comes, the counts of the one that
 * was not seen for the longest go to an entry for all others.
 *
 * <p>Threading: a client that is known takes no lock. A count that comes at the very moment when its client falls out may
 * be lost.
 */
final class ClientCounters {
    static final int CAPACITY = 256;

    private static final int DENIED = 0;
    private static final int ALLOWED = 1;
    private static final int KINDS = 2;

    private final Map<String, Client> clients = new ConcurrentHashMap<>();
    private final Client others = new Client();

    /** What was asked for, or nothing that the catalogue knows. */
    private record Question(@Nullable String operation, boolean isWrite) {}

    private static final class Client {
        final Map<Question, Counters> asked = Counters.map();
        volatile long lastMillis;

        void add(Question question, int kind, long count, long millis) {
            if (millis > lastMillis) {
                lastMillis = millis;
            }
            Counters.of(asked, question, KINDS).add(kind, count, millis);
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
            forgetOne();
        }
        Client admitted = new Client();
        admitted.lastMillis = millis;
        clients.put(name, admitted);
        return admitted;
    }

    private void forgetOne() {
        String oldest = clients.entrySet().stream()
                .min(Comparator.comparingLong(entry -> entry.getValue().lastMillis))
                .orElseThrow()
                .getKey();
        Client forgotten = clients.remove(oldest);
        if (forgotten != null) {
            forgotten.asked.forEach((question, tally) ->
                    Counters.of(others.asked, question, KINDS).addAll(tally));
            others.lastMillis = Math.max(others.lastMillis, forgotten.lastMillis);
        }
    }

    /** Goes on from what was counted earlier. */
    synchronized void restore(List<Usage.ClientUse> earlier) {
        for (Usage.ClientUse use : earlier) {
            long last = use.last().toEpochMilli();
            Client client = use.isOthers() ? others : admit(use.client(), last);
            client.lastMillis = Math.max(client.lastMillis, last);
            for (Usage.Asked asked : use.asked()) {
                Question question = new Question(asked.operation(), asked.isWrite());
                client.add(question, ALLOWED, asked.allowed(), asked.last().toEpochMilli());
                client.add(question, DENIED, asked.denied(), asked.last().toEpochMilli());
            }
        }
    }

    /** By name, and the others at the end if there are any. Clients that come and go meanwhile wait. */
    synchronized List<Usage.ClientUse> snapshot() {
        List<Usage.ClientUse> uses = new ArrayList<>();
        clients.forEach((name, client) -> uses.add(use(name, client)));
        uses.sort(Comparator.comparing(Usage.ClientUse::client));
        if (!others.asked.isEmpty()) {
            uses.add(use(Usage.OTHERS, others));
        }
        return uses;
    }

    private static Usage.ClientUse use(String name, Client client) {
        List<Usage.Asked> asked = new ArrayList<>();
        client.asked.forEach((question, tally) -> asked.add(new Usage.Asked(
                question.operation,
                question.isWrite,
                tally.count(ALLOWED),
                tally.count(DENIED),
                Usage.instant(tally.lastMillis()))));
        asked.sort(Comparator.comparing(Usage.Asked::operation, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(Usage.Asked::isWrite));
        return new Usage.ClientUse(name, Usage.instant(client.lastMillis), asked);
    }
}
