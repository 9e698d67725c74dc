package org.socketproxy.testing;

import java.util.Map;
import java.util.Set;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.mask.MaskRules;

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
        return new Profile(
                new ProfileOrigin(name, "", Map.of()),
                Policy.of(CATALOGUE, RULES, variables, Compatibility.LINUXSERVER),
                null,
                null,
                MaskRules.NONE,
                0,
                learning,
                ProfileLimits.NONE);
    }
}
