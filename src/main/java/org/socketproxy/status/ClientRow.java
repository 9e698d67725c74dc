package org.socketproxy.status;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.advice.LeastPolicies;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.Usage;

/**
 * A row of the table of clients.
 *
 * @param address IP address, or {@code Unix socket}
 * @param identity user or certificate of the connection, such as {@code user alice, group docker}; or empty
 * @param container name of the container with this address, or empty
 * @param allowed number of allowed requests that have not failed
 * @param least the smallest set of variables that allows all requests of the client
 * @param unused variables that are on and that the client did not use
 */
public record ClientRow(
        String name,
        String address,
        String identity,
        String container,
        Instant first,
        Instant last,
        long allowed,
        long failed,
        long denied,
        List<String> least,
        List<String> unused) {
    private static final String UNIX = "unix:";
    private static final String OTHERS = "all earlier clients";

    public ClientRow {
        least = List.copyOf(least);
        unused = List.copyOf(unused);
    }

    public boolean isOthers() {
        return name.equals(Usage.OTHERS);
    }

    /** Returns the rows, the most recent client first; the common row of evicted clients is last. */
    static List<ClientRow> of(StatusFacts facts, int most) {
        List<Usage.ClientUse> sorted = new ArrayList<>(facts.usage().clients());
        sorted.sort(Comparator.comparing(Usage.ClientUse::isOthers)
                .thenComparing(Usage.ClientUse::last, Comparator.reverseOrder())
                .thenComparing(Usage.ClientUse::client));
        return sorted.stream().limit(most).map(client -> of(client, facts)).toList();
    }

    /** Returns the client after the name of its container, such as {@code homepage (172.18.0.5)}; only the client without a name. */
    static String label(String client, Instant seen, StatusFacts facts) {
        return facts.containers()
                .apply(address(client), seen)
                .map(name -> name + " (" + client + ")")
                .orElse(client);
    }

    private static String address(String client) {
        int slash = client.indexOf('/');
        return slash < 0 ? client : client.substring(0, slash);
    }

    private static ClientRow of(Usage.ClientUse client, StatusFacts facts) {
        Policy policy = facts.setup().profile().policy();
        LeastPolicies least = facts.least();
        String name = client.client();
        String[] unix = name.startsWith(UNIX) ? name.split(":", 3) : new String[0];
        int slash = name.indexOf('/');
        boolean isNamed = unix.length == 3;
        String address = address(name);
        return new ClientRow(
                name,
                client.isOthers() ? OTHERS : isNamed ? "Unix socket" : address,
                isNamed
                        ? "user " + unix[1] + ", group " + unix[2]
                        : slash < 0 ? "" : "certificate " + name.substring(slash + 1),
                facts.containers().apply(address, client.last()).orElse(""),
                client.first(),
                client.last(),
                client.succeeded(),
                client.failed(),
                client.operations().stream()
                        .mapToLong(Usage.ClientOperation::denied)
                        .sum(),
                List.copyOf(
                        least.of(facts.setup().profile(), client.operations()).variables()),
                List.copyOf(least.unused(policy, client.operations())));
    }
}
