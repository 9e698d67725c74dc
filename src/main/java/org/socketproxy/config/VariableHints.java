package org.socketproxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.socketproxy.policy.Variables;

/** What people may not expect of a configuration that is valid, in sentences. */
final class VariableHints {
    private VariableHints() {}

    /**
     * @param granted names of the variables that are on
     * @param isTls whether a listener speaks TLS
     */
    static List<String> of(Map<String, String> environment, Set<String> granted, boolean isTls) {
        List<String> hints = new ArrayList<>();
        List<String> missing = Variables.BUILDKIT.stream()
                .filter(name -> !granted.contains(name))
                .toList();
        boolean isBuildWanted = granted.contains("BUILD") || granted.contains("SESSION") || granted.contains("GRPC");
        if (isBuildWanted && !missing.isEmpty()) {
            hints.add("docker build needs BUILD, SESSION, GRPC and POST together; without "
                    + String.join(" and ", missing) + " buildx silently takes another driver");
        }
        boolean areContainersAskedFor = BooleanSetting.isYes(environment.getOrDefault("CONTAINERS", ""));
        boolean isInsideUnsaid = PermissionReader.ON_IN_TECNATIVA.stream()
                .noneMatch(name -> environment.containsKey(name) || granted.contains(name));
        if (areContainersAskedFor && isInsideUnsaid) {
            hints.add("CONTAINERS opens no logs, top, diff, cp or export here, as it does in Tecnativa's proxy:"
                    + " set those that you need of " + String.join(", ", PermissionReader.ON_IN_TECNATIVA)
                    + ", or COMPAT=tecnativa for all");
        }
        boolean areFilesGiven = Stream.of(Setting.TLS_CERT, Setting.TLS_KEY, Setting.TLS_CLIENT_CA)
                .anyMatch(
                        setting -> !environment.getOrDefault(setting.name(), "").isBlank());
        if (areFilesGiven && !isTls) {
            hints.add("TLS_CERT, TLS_KEY and TLS_CLIENT_CA are for tls:// addresses, and LISTEN has none:"
                    + " nothing is encrypted, and no certificate is asked for");
        }
        return hints;
    }
}
