package org.socketproxy.usage;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;

/**
 * Finds the denials that only the counts of the clients still contain, because they happened before a restart, or because
 * a flood of others has pushed them out of the recent ones. Their paths are templates: the ledger keeps no path.
 */
final class LedgerDenials {
    /** As many as the recent denials. */
    static final int MOST = Ring.CAPACITY;

    private LedgerDenials() {}

    private record Key(String client, @Nullable String operation, boolean isWrite) {}

    /** Returns them with what would allow them now, newest first; without those that the profile allows now. */
    static List<Denial> of(Usage usage, Profile profile, OperationCatalogue catalogue) {
        Set<Key> recent = new HashSet<>();
        usage.denials().forEach(denial -> recent.add(new Key(denial.client(), denial.operation(), denial.isWrite())));
        return usage.clients().stream()
                .flatMap(client -> client.operations().stream()
                        .filter(each -> each.denied() > 0 && each.operation() != null)
                        .filter(each -> !recent.contains(new Key(client.client(), each.operation(), each.isWrite())))
                        .map(each -> denial(client.client(), each, profile, catalogue)))
                .filter(Objects::nonNull)
                .sorted(Comparator.comparing(Denial::time).reversed())
                .limit(MOST)
                .toList();
    }

    private static @Nullable Denial denial(
            String client, Usage.ClientOperation use, Profile profile, OperationCatalogue catalogue) {
        Operation operation =
                catalogue.byId(Objects.requireNonNull(use.operation())).orElse(null);
        if (operation == null) {
            return null; // of a ledger of another version
        }
        Decision decision = profile.policy().decide(operation, use.isWrite());
        return decision.isAllowed()
                ? null
                : new Denial(
                        use.last(),
                        0,
                        client,
                        operation.method(),
                        operation.path().toString(),
                        operation.id(),
                        use.isWrite(),
                        decision.reason().code(),
                        decision.alternatives(),
                        use.denied());
    }
}
