package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.socketproxy.policy.Decision;

/**
 * Denials that the same variables would have allowed; or, where nothing would, that have the same reason.
 *
 * @param alternatives narrowest first; empty if nothing would have allowed them
 * @param denials newest first, at least one
 */
public record DenialGroup(List<Decision.Alternative> alternatives, List<Denial> denials) {
    public DenialGroup {
        alternatives = List.copyOf(alternatives);
        denials = List.copyOf(denials);
    }

    private record Key(List<List<String>> missing, String reason) {}

    /**
     * Groups denials; the group with the newest denial is first.
     *
     * @param denials newest first
     */
    static List<DenialGroup> of(List<Denial> denials) {
        Map<Key, List<Denial>> groups = new LinkedHashMap<>();
        for (Denial denial : denials) {
            // The key contains only the missing variables: the number of operations may change with the policy.
            Key key = new Key(
                    denial.alternatives().stream()
                            .map(Decision.Alternative::missing)
                            .toList(),
                    denial.alternatives().isEmpty() ? denial.reason() : "");
            groups.computeIfAbsent(key, first -> new ArrayList<>()).add(denial);
        }
        return groups.values().stream()
                .map(group -> new DenialGroup(group.get(0).alternatives(), group))
                .toList();
    }

    /** Returns the reason code of the newest denial. */
    public String reason() {
        return denials.get(0).reason();
    }

    /** Returns the ids of the operations without duplicates. */
    public List<String> operations() {
        return denials.stream()
                .map(Denial::operation)
                .filter(operation -> operation != null)
                .distinct()
                .toList();
    }

    /** Returns the names of the clients without duplicates. */
    public List<String> clients() {
        return denials.stream().map(Denial::client).distinct().toList();
    }
}
