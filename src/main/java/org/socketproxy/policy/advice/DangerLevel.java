package org.socketproxy.policy.advice;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.advice.Consequence.Gain;
import org.socketproxy.policy.create.CreateRules;

/** Gain of a hostile client by variables, in three levels, by the table of consequences. */
public enum DangerLevel {
    HIGH("root on the host"),
    MEDIUM("other containers, files or secrets"),
    LOW("limited damage");

    private static final List<Consequence> CONSEQUENCES = Consequence.load();

    private final String words;

    DangerLevel(String words) {
        this.words = words;
    }

    /** Returns words such as {@code root on the host}. */
    public String words() {
        return words;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static DangerLevel of(Gain gain) {
        return switch (gain) {
            case ROOT -> HIGH;
            case CONTAINERS, FILES, SECRETS -> MEDIUM;
            case NETWORK, LOSS -> LOW;
        };
    }

    /** Returns the worst level that the variables add to the other variables of a profile, or null. */
    public static @Nullable DangerLevel of(Set<String> variables, Profile profile, OperationCatalogue catalogue) {
        Set<String> with = new HashSet<>(profile.policy().granted());
        with.addAll(variables);
        Set<String> without = new HashSet<>(profile.policy().granted());
        without.removeAll(variables);
        Policy more = profile.policy().withGranted(with);
        Policy less = profile.policy().withGranted(without);
        CreateRules create = profile.create();
        CreateRules rules = create == null || create.rootSetting() != null ? null : create;
        return CONSEQUENCES.stream()
                .filter(consequence -> isPossible(consequence, more, rules, catalogue)
                        && !isPossible(consequence, less, rules, catalogue))
                .map(consequence -> of(consequence.gain()))
                .min(DangerLevel::compareTo)
                .orElse(null);
    }

    private static boolean isPossible(
            Consequence consequence, Policy policy, @Nullable CreateRules rules, OperationCatalogue catalogue) {
        return !consequence.isPreventedBy(rules == null ? null : rules.with(policy.granted()))
                && consequence.operations().stream()
                        .map(id -> catalogue.byId(id).orElseThrow())
                        .allMatch(operation ->
                                policy.allows(operation, operation.write().isAlways()));
    }
}
