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
     * The groups, the one with the newest denial first.
     *
     * @param denials newest first
     */
    static List<DenialGroup> of(List<Denial> denials) {
        Map<Key, List<Denial>> groups = new LinkedHashMap<>();
        for (Denial denial : denials) {
            // How many operations a way opens may change with the variables; what it takes is what makes it the same.
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

    /** Code of the newest one's reason. */
    public String reason() {
        return denials.get(0).reason();
    }

    /** Ids of the operations, each once. */
    public List<String> operations() {
        return denials.stream()
                .map(Denial::operation)
                .filter(operation -> operation != null)
                .distinct()
                .toList();
    }

    /** Addresses of the clients, each once. */
    public List<String> clients() {
        return denials.stream().map(Denial::client).distinct().toList();
    }
}
