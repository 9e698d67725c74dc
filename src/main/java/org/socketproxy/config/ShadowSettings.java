package org.socketproxy.config;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.HostNames;
import org.socketproxy.config.ConfigurationFiles.TextFile;
import org.socketproxy.policy.Variables;

/**
 * The policy in {@code SHADOW_POLICY}, which is tried beside the policy in force.
 *
 * @param file name of the file; empty without one
 * @param policy null if the file cannot be used
 * @param problems why it cannot be used
 */
public record ShadowSettings(String file, @Nullable PolicySettings policy, List<Problem> problems) {
    private static final HostNames NO_HOSTS = new HostNames();

    public ShadowSettings {
        problems = List.copyOf(problems);
    }

    /** Reads a file whose name ends in {@code .yaml} or {@code .yml} like that in {@code POLICY}, and another one like {@code ENV_FILE}. */
    static ShadowSettings read(Map<String, String> environment, ConfigurationFiles files, Variables variables) {
        TextFile file = files.shadow();
        if (!file.isNamed() || !file.problems().isEmpty()) {
            return new ShadowSettings(file.name(), null, file.problems());
        }
        String name = file.name().toLowerCase(Locale.ROOT);
        boolean isOfProfiles = name.endsWith(".yaml") || name.endsWith(".yml");
        Map<String, String> others = new HashMap<>(isOfProfiles ? files.env().over(environment) : environment);
        others.remove(Setting.ENV_FILE.name());
        others.remove(Setting.POLICY.name());
        if (isOfProfiles) {
            variables.all().forEach(variable -> others.remove(variable.name()));
            Setting.ofPermissions().forEach(setting -> others.remove(setting.name()));
        }
        ConfigurationFiles tried = isOfProfiles
                ? new ConfigurationFiles(EnvFile.load(Map.of()), file, TextFile.NONE)
                : new ConfigurationFiles(EnvFile.parse(file.name(), file.text()), TextFile.NONE, TextFile.NONE);
        try {
            return new ShadowSettings(
                    file.name(), SettingsReader.read(others, tried, variables).policy(), List.of());
        } catch (InvalidSettingsException invalid) {
            return new ShadowSettings(file.name(), null, invalid.problems());
        }
    }

    /** Returns the host names in the conditions of the profiles; without a policy none. */
    public HostNames hosts() {
        return policy == null ? NO_HOSTS : policy.hosts();
    }

    /** Returns a warning for each problem. */
    public List<String> warnings() {
        return problems.stream()
                .map(problem ->
                        "SHADOW_POLICY=" + file + " cannot be used, so no policy is tried: " + problem.sentence())
                .toList();
    }
}
