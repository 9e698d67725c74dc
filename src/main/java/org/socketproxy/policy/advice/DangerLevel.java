package org.socketproxy.policy.advice;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Consequence.Gain;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;

/** Gain of a hostile client by variables, in three levels, by the table of consequences. */
public enum DangerLevel {
    HIGH("root on the host"),
    MEDIUM("other containers, files or secrets"),
    LOW("limited damage");

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

    static DangerLevel of(Gain gain) {
        return switch (gain) {
            case ROOT -> HIGH;
            case CONTAINERS, FILES, SECRETS -> MEDIUM;
            case NETWORK, LOSS -> LOW;
        };
    }

    /** Returns the level that an operation adds to a profile that allows it by its id, or null. */
    public static @Nullable DangerLevel of(Operation operation, Profile profile, OperationCatalogue catalogue) {
        Profile without = profile.granting(profile.policy().granted());
        return Risk.worstAdded(without, profile.remedies().allowing(operation), catalogue)
                .map(DangerLevel::of)
                .orElse(null);
    }

    /** Returns the worst level that the variables add to the other variables of a profile, or null. */
    public static @Nullable DangerLevel of(Set<String> variables, Profile profile, OperationCatalogue catalogue) {
        Set<String> with = new HashSet<>(profile.policy().granted());
        with.addAll(variables);
        Set<String> without = new HashSet<>(profile.policy().granted());
        without.removeAll(variables);
        return Risk.worstAdded(profile.granting(without), profile.granting(with), catalogue)
                .map(DangerLevel::of)
                .orElse(null);
    }
}
