package org.socketproxy.testing;

import java.util.Map;
import java.util.Set;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileOrigin;

/** Profiles with the parameter rules that the program ships. */
public final class TestProfile {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ParameterRules RULES = ParameterRules.load();

    private TestProfile() {}

    /** A profile without learn mode, under which exactly these variables are on. */
    public static Profile granting(Set<String> variables) {
        return named("test", LearnMode.off(), variables);
    }

    public static Profile named(String name, LearnMode learning, Set<String> variables) {
        return Profile.of(
                        new ProfileOrigin(name, "", Map.of()),
                        Policy.of(CATALOGUE, RULES, variables, Compatibility.LINUXSERVER))
                .learning(learning)
                .build();
    }
}
