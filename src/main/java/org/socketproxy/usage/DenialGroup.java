package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.usage.UsageLedger.Ring;

/**
 * Denials with the same variables that would have allowed them, or with the same reason if no variable would.
 *
 * @param alternatives narrowest first; empty if nothing would have allowed them
 * @param denials newest first, at least one
 */
public record DenialGroup(List<Decision.Alternative> alternatives, List<Denial> denials) {
    public DenialGroup {
        alternatives = List.copyOf(alternatives);
        denials = List.copyOf(denials);
    }

    private record Key(List<String> ways, String reason) {}

    /**
     * Groups the recent denials, and older ones from the counts of the clients.
     *
     * @param profile decides which variables would allow the older ones
     */
    static List<DenialGroup> of(Usage usage, Profile profile, OperationCatalogue catalogue) {
        List<Denial> all = new ArrayList<>(usage.denials());
        all.addAll(ofCounts(usage, profile, catalogue));
        all.sort(Denial.NEWEST_FIRST);
        return of(all);
    }

    /** Groups denials, newest first; the group with the newest denial is first. */
    static List<DenialGroup> of(List<Denial> denials) {
        Map<Key, List<Denial>> groups = new LinkedHashMap<>();
        for (Denial denial : denials) {
            // The key contains only the assignments: the number of operations may change with the policy.
            Key key = new Key(
                    denial.alternatives().stream()
                            .map(Decision.Alternative::toString)
                            .toList(),
                    denial.alternatives().isEmpty() ? denial.reason() : "");
            groups.computeIfAbsent(key, first -> new ArrayList<>()).add(denial);
        }
        return groups.values().stream()
                .map(group -> new DenialGroup(group.get(0).alternatives(), group))
                .toList();
    }

    /** Returns true if the rules deny a body of the group: they lack a setting for it, or no setting that is advised allows it. */
    public boolean isBodyDenied(CreateRules rules) {
        return denials.stream().anyMatch(denial -> !denial.detail().isEmpty())
                || alternatives.stream()
                        .limit(1)
                        .flatMap(narrowest -> narrowest.settings().stream())
                        .anyMatch(setting -> !rules.has(setting));
    }

    public String reason() {
        return denials.get(0).reason();
    }

    public List<String> operations() {
        return denials.stream()
                .map(Denial::operation)
                .filter(operation -> operation != null)
                .distinct()
                .toList();
    }

    public List<String> clients() {
        return denials.stream().map(Denial::client).distinct().toList();
    }

    private record CountKey(String client, @Nullable String operation, boolean isWrite) {}

    /**
     * Returns denials that only the counts contain, newest first: from before a restart, or pushed out of the recent ones. Their
     * path is the template of the operation. Omits requests that the profile allows now.
     */
    private static List<Denial> ofCounts(Usage usage, Profile profile, OperationCatalogue catalogue) {
        Set<CountKey> recent = new HashSet<>();
        usage.denials()
                .forEach(denial -> recent.add(new CountKey(denial.client(), denial.operation(), denial.isWrite())));
        return usage.clients().stream()
                .flatMap(client -> client.operations().stream()
                        .filter(each -> each.denied() > 0 && each.operation() != null)
                        .filter(each ->
                                !recent.contains(new CountKey(client.client(), each.operation(), each.isWrite())))
                        .map(each -> denial(client.client(), each, profile, catalogue)))
                .filter(Objects::nonNull)
                .sorted(Comparator.comparing(Denial::time).reversed())
                .limit(Ring.CAPACITY)
                .toList();
    }

    private static @Nullable Denial denial(
            String client, Usage.ClientOperation use, Profile profile, OperationCatalogue catalogue) {
        Operation operation =
                catalogue.byId(Objects.requireNonNull(use.operation())).orElse(null);
        if (operation == null) {
            return null; // of a ledger of another version
        }
        Decision decision = profile.decide(operation, use.isWrite());
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
                        use.denied(),
                        "");
    }
}
