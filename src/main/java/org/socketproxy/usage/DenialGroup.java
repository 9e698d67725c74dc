package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
 * @param needs denied parts of the requests beside the alternatives, of the same kinds in each; empty if they are not known
 * @param isRest whether these are further kinds of clients that have sent many, each with its own line
 * @param denials newest first, at least one
 */
public record DenialGroup(
        List<Decision.Alternative> alternatives, List<Denial.Need> needs, boolean isRest, List<Denial> denials) {
    /** Number of kinds of needs of a client; clients choose values. */
    static final int MOST_KINDS = 10;

    public DenialGroup {
        alternatives = List.copyOf(alternatives);
        needs = List.copyOf(needs);
        denials = List.copyOf(denials);
    }

    private record Key(List<String> ways, String reason, List<String> kinds, boolean isRest) {
        static Key of(Denial denial) {
            // The key contains only the assignments: the number of operations may change with the policy.
            return new Key(
                    denial.alternatives().stream()
                            .map(Decision.Alternative::toString)
                            .toList(),
                    denial.alternatives().isEmpty() ? denial.reason() : "",
                    DenialGroup.kinds(denial.needs()),
                    false);
        }

        static Key ofRest(Denial denial) {
            return new Key(
                    denial.alternatives().stream()
                            .map(alternative -> alternative.missing().toString())
                            .toList(),
                    denial.reason(),
                    List.of(),
                    true);
        }
    }

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
        Map<String, Set<Key>> kinds = new HashMap<>();
        for (Denial denial : denials) {
            Key key = Key.of(denial);
            if (hasSettings(denial)) {
                Set<Key> known = kinds.computeIfAbsent(denial.client(), first -> new HashSet<>());
                if (!groups.containsKey(key) && known.size() >= MOST_KINDS) {
                    key = Key.ofRest(denial);
                } else {
                    known.add(key);
                }
            }
            groups.computeIfAbsent(key, first -> new ArrayList<>()).add(denial);
        }
        return groups.entrySet().stream()
                .map(group -> of(group.getValue(), group.getKey().isRest))
                .toList();
    }

    private static DenialGroup of(List<Denial> denials, boolean isRest) {
        Denial newest = denials.get(0);
        return new DenialGroup(newest.alternatives(), isRest ? List.of() : newest.needs(), isRest, denials);
    }

    private static boolean hasSettings(Denial denial) {
        return !denial.needs().isEmpty()
                || denial.alternatives().stream()
                        .anyMatch(each -> !each.settings().isEmpty());
    }

    private static List<String> kinds(List<Denial.Need> needs) {
        return needs.stream().map(Denial.Need::kind).distinct().sorted().toList();
    }

    /** Returns what distinguishes the needs of the group from those of other groups with the same reason. */
    public List<String> kinds() {
        return kinds(needs);
    }

    /** Returns true if the rules deny a body of the group beside its needs: they lack a setting for it, or its needs are not known. */
    public boolean isBodyDenied(CreateRules rules) {
        return needs.isEmpty()
                        && denials.stream().anyMatch(denial -> !denial.detail().isEmpty())
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
                        "",
                        List.of());
    }
}
