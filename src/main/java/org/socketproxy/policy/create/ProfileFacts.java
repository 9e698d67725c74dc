package org.socketproxy.policy.create;

import java.util.HashSet;
import java.util.Set;

/**
 * Facts about the other settings of a profile, and about other profiles, that its rules for bodies use.
 *
 * @param variables names of the variables that are on, for fields that need one, and {@link CreateRules#CONFINED} for a profile with
 *     targets
 * @param clientLabels labels by which profiles select clients
 */
public record ProfileFacts(Set<String> variables, ClientLabels clientLabels) {
    static final ProfileFacts NONE = new ProfileFacts(Set.of(), ClientLabels.NONE);

    public ProfileFacts {
        variables = Set.copyOf(variables);
    }

    boolean isConfined() {
        return variables.contains(CreateRules.CONFINED);
    }

    /** Returns the facts with other variables; the profile stays confined. */
    ProfileFacts granting(Set<String> granted) {
        Set<String> names = new HashSet<>(granted);
        if (isConfined()) {
            names.add(CreateRules.CONFINED);
        }
        return new ProfileFacts(names, clientLabels);
    }
}
