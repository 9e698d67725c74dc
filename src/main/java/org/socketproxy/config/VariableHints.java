package org.socketproxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.socketproxy.policy.Variables;

/** Generates hints about unexpected effects of a valid configuration. */
final class VariableHints {
    private VariableHints() {}

    /**
     * @param isTls whether a listener speaks TLS
     */
    static List<String> of(Map<String, String> environment, PolicySettings policy, boolean isTls) {
        List<String> hints = new ArrayList<>();
        for (ProfileSettings profile : policy.all()) {
            String prefix = policy.isOfFile() ? "profile " + profile.name() + ": " : "";
            ofProfile(environment, profile).forEach(hint -> hints.add(prefix + hint));
        }
        addTls(environment, isTls, hints);
        return hints;
    }

    private static List<String> ofProfile(Map<String, String> environment, ProfileSettings profile) {
        List<String> hints = new ArrayList<>();
        Set<String> granted = profile.granted();
        List<String> missing = Variables.BUILDKIT.stream()
                .filter(name -> !granted.contains(name))
                .toList();
        boolean isBuildWanted = granted.contains("BUILD") || granted.contains("SESSION") || granted.contains("GRPC");
        if (isBuildWanted && !missing.isEmpty()) {
            hints.add("docker build needs BUILD, SESSION, GRPC and POST together; without "
                    + String.join(" and ", missing) + " buildx uses another driver without a message");
        }
        boolean areContainersOn = profile.enabledExplicitly().contains("CONTAINERS");
        boolean areDetailsUnset = PermissionReader.ON_IN_TECNATIVA.stream()
                .noneMatch(name -> environment.containsKey(name) || granted.contains(name));
        if (areContainersOn && areDetailsUnset && !profile.origin().isOfFile()) {
            hints.add("CONTAINERS does not allow logs, top, diff, cp and export, unlike in Tecnativa's proxy:"
                    + " set the variables that you need of " + String.join(", ", PermissionReader.ON_IN_TECNATIVA)
                    + ", or COMPAT=tecnativa for all");
        }
        return hints;
    }

    private static void addTls(Map<String, String> environment, boolean isTls, List<String> hints) {
        boolean areFilesGiven = Stream.of(Setting.TLS_CERT, Setting.TLS_KEY, Setting.TLS_CLIENT_CA)
                .anyMatch(
                        setting -> !environment.getOrDefault(setting.name(), "").isBlank());
        if (areFilesGiven && !isTls) {
            hints.add("TLS_CERT, TLS_KEY and TLS_CLIENT_CA apply only to tls:// addresses, and LISTEN has none:"
                    + " connections are not encrypted, and clients need no certificate");
        }
    }
}
