package org.socketproxy.policy;

import java.util.List;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.mask.UnmaskableOperations;

/** Describes a mask, for the start report, {@code check} and the status page. */
public final class MaskSummary {
    private MaskSummary() {}

    /** Returns the assignment, such as {@code MASK=env,args}, or an empty string if nothing is masked. */
    public static String assignment(MaskRules rules) {
        return rules.groups().isEmpty() ? "" : "MASK=" + String.join(",", words(rules.groups()));
    }

    /** Returns the words of groups, in their order. */
    public static List<String> words(Set<MaskGroup> groups) {
        return groups.stream().sorted().map(MaskGroup::word).toList();
    }

    /** Returns the groups that are masked, in their order. */
    public static List<MaskGroup> groups(MaskRules rules) {
        return rules.groups().stream().sorted().toList();
    }

    /** Returns a note on the allowed operations whose responses cannot be masked; none without a mask. */
    public static List<String> notes(Profile profile, OperationCatalogue catalogue) {
        if (profile.mask().groups().isEmpty()) {
            return List.of();
        }
        List<String> open = UnmaskableOperations.reasons().keySet().stream()
                .map(id -> catalogue.byId(id).orElseThrow())
                .filter(operation -> profile.decide(operation).isAllowed())
                .map(Operation::id)
                .toList();
        return open.isEmpty()
                ? List.of()
                : List.of("MASK cannot mask the responses of " + String.join(", ", open)
                        + ", which are allowed (docs/masking.md)");
    }
}
