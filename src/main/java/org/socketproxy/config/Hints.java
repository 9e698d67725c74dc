package org.socketproxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.policy.Variables;

/** What people may not expect of a configuration that is valid, in sentences. */
final class Hints {
    private Hints() {}

    /** @param granted names of the variables that are on */
    static List<String> of(Map<String, String> environment, Set<String> granted) {
        List<String> hints = new ArrayList<>();
        List<String> missing = Variables.BUILDKIT.stream()
                .filter(name -> !granted.contains(name))
                .toList();
        boolean isBuildWanted = granted.contains("BUILD") || granted.contains("SESSION") || granted.contains("GRPC");
        if (isBuildWanted && !missing.isEmpty()) {
            hints.add("docker build needs BUILD, SESSION, GRPC and POST together; without "
                    + String.join(" and ", missing) + " buildx silently takes another driver");
        }
        boolean areContainersAskedFor = TruthWord.isYes(environment.getOrDefault("CONTAINERS", ""));
        boolean isInsideUnsaid = GrantReader.ON_IN_TECNATIVA.stream()
                .noneMatch(name -> environment.containsKey(name) || granted.contains(name));
        if (areContainersAskedFor && isInsideUnsaid) {
            hints.add("CONTAINERS opens no logs, top, diff, cp or export here, as it does in Tecnativa's proxy:"
                    + " set those that you need of " + String.join(", ", GrantReader.ON_IN_TECNATIVA)
                    + ", or COMPAT=tecnativa for all");
        }
        return hints;
    }
}
