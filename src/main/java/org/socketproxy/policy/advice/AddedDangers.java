package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variables;

/** Dangers that a change of the policy adds to its profiles, by all variables and rules before and after it. */
public final class AddedDangers {
    private final ConfiguredProfiles before;
    private final ConfiguredProfiles after;
    private final ProfileRisks risksBefore;
    private final ProfileRisks risksAfter;
    private final Variables variables;
    private final OperationCatalogue catalogue;

    /**
     * @param before the profiles without learn mode
     * @param after as {@code before}
     */
    public AddedDangers(
            ConfiguredProfiles before, ConfiguredProfiles after, Variables variables, OperationCatalogue catalogue) {
        this.before = before;
        this.after = after;
        this.risksBefore = new ProfileRisks(before, catalogue);
        this.risksAfter = new ProfileRisks(after, catalogue);
        this.variables = variables;
        this.catalogue = catalogue;
    }

    /** Returns a clause for root on the host, for each variable with a new danger, and for each ended or wider rule. */
    public List<String> of(ProfileChange change) {
        ConfiguredProfile is = after.find(change.profile()).orElse(null);
        if (is == null) {
            return change.lifted();
        }
        ConfiguredProfile was = before.find(change.profile()).orElse(null);
        List<String> dangers = new ArrayList<>();
        Risk risk = risksAfter.risk(is);
        if (risk.isRoot() && (was == null || !risksBefore.risk(was).isRoot())) {
            dangers.add("its clients can become root on the host: " + risk.reason());
        }
        Profile earlier = was == null ? is.profile().granting(Set.of()) : was.profile();
        dangers.addAll(Dangers.added(variables.all(), earlier, is.profile(), catalogue));
        dangers.addAll(change.lifted());
        return dangers;
    }
}
