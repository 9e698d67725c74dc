package org.socketproxy.command;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.ProfileChange;

/** Prints the differences of two policy files: settings and allowed operations of each profile. */
final class PolicyDifference {
    private final OperationCatalogue catalogue;
    private final Variables variables;
    private final PolicySettings before;
    private final PolicySettings after;

    PolicyDifference(OperationCatalogue catalogue, Variables variables, PolicySettings before, PolicySettings after) {
        this.catalogue = catalogue;
        this.variables = variables;
        this.before = before;
        this.after = after;
    }

    void print(PrintStream out) {
        List<ProfileChange> changes = ProfileChange.between(before, after, variables);
        List<String> ofOrder = ProfileChange.ofOrder(before, after);
        ConfiguredProfiles old = profiles(before);
        ConfiguredProfiles young = profiles(after);
        for (ProfileChange change : changes) {
            out.println("profile " + change.profile() + ": " + change.text());
            for (Operation operation : catalogue.operations()) {
                boolean wasAllowed = isAllowed(old.find(change.profile()), operation);
                boolean isAllowed = isAllowed(young.find(change.profile()), operation);
                if (wasAllowed != isAllowed) {
                    out.println("  " + (isAllowed ? "+ " : "- ") + operation.id());
                }
            }
        }
        ofOrder.forEach(out::println);
        if (changes.isEmpty() && ofOrder.isEmpty()) {
            out.println("no difference");
        }
    }

    private ConfiguredProfiles profiles(PolicySettings policy) {
        return ConfiguredProfiles.of(policy, catalogue, ParameterRules.load(), any -> LearnMode.off());
    }

    private static boolean isAllowed(Optional<ConfiguredProfile> profile, Operation operation) {
        return profile.isPresent() && profile.get().profile().decide(operation).isAllowed();
    }
}
