package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.advice.Consequence.Gain;
import org.socketproxy.policy.create.CreateRules;

/**
 * Gain of a hostile client of a profile, by the table of consequences.
 *
 * @param reason the operations that give root, such as {@code ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1}, or empty
 * @param others the other gains, each with its first operation
 */
public record Risk(boolean isRoot, String reason, Map<Gain, String> others) {
    private static final List<Consequence> CONSEQUENCES = Consequence.load();

    /** Gains by objects of other profiles, which a confined client does not reach. */
    private static final Set<Gain> OF_OTHERS = EnumSet.of(Gain.CONTAINERS, Gain.FILES, Gain.SECRETS, Gain.LOSS);

    public static Risk of(Profile profile, OperationCatalogue catalogue) {
        if (!profile.learning().left().isZero()) {
            return new Risk(true, "learn mode forwards what the variables deny", Map.of());
        }
        Map<Gain, String> gains = new TreeMap<>();
        for (Consequence consequence : CONSEQUENCES) {
            String by = by(consequence, profile, catalogue);
            if (by != null) {
                gains.putIfAbsent(consequence.gain(), by);
            }
        }
        CreateRules create = profile.create();
        String widening = create == null ? null : create.rootSetting();
        if (widening != null && isAnyCreated(profile, catalogue)) {
            gains.putIfAbsent(Gain.ROOT, widening);
        }
        String root = gains.remove(Gain.ROOT);
        return new Risk(root != null, root == null ? "" : root, gains);
    }

    /** Returns the reason why the operations are allowed; null if one is denied, or rules or targets prevent the attack. */
    private static @Nullable String by(Consequence consequence, Profile profile, OperationCatalogue catalogue) {
        if (consequence.isPreventedBy(profile.create())) {
            return null;
        }
        if (consequence.isConfined()
                && OF_OTHERS.contains(consequence.gain())
                && consequence.operations().stream()
                        .allMatch(id -> profile.confines(catalogue.byId(id).orElseThrow()))) {
            return null;
        }
        return by(consequence.operations(), profile, catalogue);
    }

    /** Returns the operations and variables, such as {@code ContainerStop by ALLOW_STOP=1}; null if one is denied. */
    static @Nullable String by(List<String> operations, Profile profile, OperationCatalogue catalogue) {
        Set<String> variables = new LinkedHashSet<>();
        List<String> byId = new ArrayList<>();
        for (String id : operations) {
            Operation operation = catalogue.byId(id).orElseThrow();
            if (!isAllowed(profile, operation)) {
                return null;
            }
            Decision decision = profile.decide(operation);
            variables.addAll(decision.by());
            if (decision.by().isEmpty()) {
                byId.add(id);
            }
        }
        List<String> words =
                new ArrayList<>(variables.stream().map(name -> name + "=1").toList());
        if (!byId.isEmpty()) {
            words.add("allow");
        }
        return String.join(" and ", operations) + " by " + String.join(" and ", words);
    }

    /** Returns this risk with root by a takeover. */
    public Risk asRoot(String how) {
        return new Risk(true, how, others);
    }

    private static boolean isAnyCreated(Profile profile, OperationCatalogue catalogue) {
        return CONSEQUENCES.stream()
                .filter(consequence -> consequence.isJudged() && consequence.gain() == Gain.ROOT)
                .anyMatch(consequence -> consequence.operations().stream()
                        .allMatch(id -> isAllowed(profile, catalogue.byId(id).orElseThrow())));
    }

    /** The policy first, because a denial searches for alternatives. */
    private static boolean isAllowed(Profile profile, Operation operation) {
        return profile.policy().allows(operation, operation.write().isAlways())
                && profile.decide(operation).isAllowed();
    }

    /** Returns a sentence, such as {@code Yes: ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1.} */
    public String answer() {
        if (isRoot) {
            return "Yes: " + reason + ".";
        }
        if (others.isEmpty()) {
            return "No.";
        }
        return others.entrySet().stream()
                .map(gain -> gain.getKey().words() + " (" + gain.getValue() + ")")
                .collect(Collectors.joining(", ", (isIndirect() ? "Not directly" : "No") + ", but it can ", "."));
    }

    /** Another container can be privileged: changing its program gives root on the host. */
    private boolean isIndirect() {
        return others.containsKey(Gain.CONTAINERS);
    }
}
