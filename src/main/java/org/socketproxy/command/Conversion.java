package org.socketproxy.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.config.ConfigurationFiles.TextFile;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.EnvFile;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Preset;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.ProfileKeys;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.ProfileChange;
import org.socketproxy.policy.create.CommandPattern;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Turns the permissions of an environment into a policy file.
 *
 * <p>Security: reads the text again, and fails unless it decides like the environment.
 */
final class Conversion {
    private static final String NAME = "policy.yaml";
    /** Column of comments. */
    private static final int COLUMN = 40;
    /** Settings that stay in the environment, and on which rules of a profile depend. */
    private static final Set<Setting> BESIDE =
            EnumSet.of(Setting.SOCKET_PATH, Setting.DOCKER_HOST, Setting.MAX_BODY, Setting.PROTECT, Setting.STRICT);

    private static final Set<Setting> OF_LEARNING = EnumSet.of(Setting.MODE, Setting.LEARN_FOR, Setting.LEARN_UNTIL);

    private final OperationCatalogue catalogue;
    private final Variables variables;
    private final Map<String, String> environment;
    private final Settings before;
    private final boolean isTecnativa;
    private final @Nullable Preset preset;

    /** @throws InvalidSettingsException if the permissions of the environment are not valid */
    Conversion(OperationCatalogue catalogue, Variables variables, Map<String, String> environment)
            throws InvalidSettingsException {
        this.catalogue = catalogue;
        this.variables = variables;
        this.environment = new HashMap<>(environment);
        Set<Setting> read = EnumSet.copyOf(BESIDE);
        read.addAll(Setting.ofPermissions());
        Arrays.stream(Setting.values())
                .filter(setting -> !read.contains(setting))
                .forEach(setting -> this.environment.remove(setting.name()));
        if (!environment.getOrDefault(Setting.POLICY.name(), "").isBlank()) {
            throw new IllegalArgumentException("POLICY names a policy file already");
        }
        this.before = Settings.read(this.environment, variables);
        ProfileSettings profile = before.policy().otherwise();
        this.isTecnativa = profile.grants().compatibility() == Compatibility.TECNATIVA;
        this.preset = profile.grants().preset();
    }

    /** Returns the notices of a start, such as misspelt names. */
    List<String> notices() {
        return before.findings().notices().stream()
                .map(notice -> notice.sentence())
                .toList();
    }

    String text() throws InvalidSettingsException {
        List<String> denied = isTecnativa ? differing(read(text(List.of()))) : List.of();
        String text = text(denied);
        PolicySettings after = read(text);
        List<String> changes = ProfileChange.between(before.policy(), after, variables).stream()
                .flatMap(change -> Stream.concat(
                        isTecnativa ? Stream.of() : Stream.concat(change.on().stream(), change.off().stream()),
                        change.others().stream()
                                .filter(other -> !other.startsWith("learn "))
                                .filter(other -> !isTecnativa || !other.startsWith("deny +"))))
                .toList();
        List<String> differing = differing(after);
        if (!changes.isEmpty() || !differing.isEmpty()) {
            throw new IllegalArgumentException("a policy file cannot express this: "
                    + Stream.concat(changes.stream(), differing.stream()).collect(Collectors.joining(", ")));
        }
        return text;
    }

    private PolicySettings read(String text) throws InvalidSettingsException {
        Map<String, String> others = new HashMap<>(environment);
        variables.all().forEach(variable -> others.remove(variable.name()));
        Setting.ofPermissions().forEach(setting -> others.remove(setting.name()));
        TextFile none = new TextFile("", "", List.of());
        EnvFile env = new EnvFile("", Map.of(), List.of());
        TextFile policy = new TextFile(NAME, text, List.of());
        return Settings.read(others, new ConfigurationFiles(env, policy, none), variables)
                .policy();
    }

    /** Returns the operations about which the environment and the file decide differently. */
    private List<String> differing(PolicySettings after) {
        Policy was = policy(before.policy());
        Policy is = policy(after);
        return catalogue.operations().stream()
                .filter(operation -> was.allows(operation, true) != is.allows(operation, true)
                        || !operation.write().isAlways() && was.allows(operation, false) != is.allows(operation, false))
                .map(Operation::id)
                .toList();
    }

    private Policy policy(PolicySettings settings) {
        return ConfiguredProfiles.of(settings, catalogue, ParameterRules.load(), any -> LearnMode.off())
                .otherwise()
                .profile()
                .policy();
    }

    private String text(List<String> denied) {
        String name = before.policy().otherwise().name();
        Set<String> moved = new LinkedHashSet<>();
        List<String> lines = new ArrayList<>();
        addKeys(lines, moved);
        addVariables(lines, moved);
        if (!denied.isEmpty()) {
            lines.add(commented("deny: [" + String.join(", ", denied) + "]", "COMPAT=tecnativa does not allow these"));
        }
        addLearning(lines, moved);
        StringBuilder text =
                new StringBuilder("# Set POLICY to the path of this file. It applies to all clients: to tell them"
                        + " apart, give each profile\n# clients, such as clients: [{network: 172.20.0.0/24}].\n");
        if (!moved.isEmpty()) {
            text.append("# Remove from the environment: ")
                    .append(String.join(", ", moved))
                    .append('\n');
        }
        text.append("profiles:\n  ").append(name).append(lines.isEmpty() ? ": {}\n" : ":\n");
        lines.forEach(line -> text.append("    ").append(line).append('\n'));
        return text.append("otherwise: ").append(name).append('\n').toString();
    }

    private static String commented(String line, String comment) {
        return line.length() + 2 > COLUMN
                ? "# " + comment + ":\n    " + line
                : String.format("%-" + COLUMN + "s# %s", line, comment);
    }

    /** Adds the settings, each key with the names from which it comes. */
    private void addKeys(List<String> lines, Set<String> moved) {
        Map<String, List<Remedy>> byKey = new LinkedHashMap<>();
        ProfileKeys.all().forEach((setting, key) -> {
            String value = environment.getOrDefault(setting, "").strip();
            if (!value.isEmpty()) {
                elements(setting, value)
                        .forEach(element -> byKey.computeIfAbsent(ProfileKeys.key(setting), any -> new ArrayList<>())
                                .add(new Remedy(setting, element, "")));
            }
        });
        List<Remedy> create = byKey.get(ProfileKeys.key(Setting.CREATE.name()));
        if (create != null && create.stream().noneMatch(each -> each.setting().equals(Setting.CREATE.name()))) {
            create.add(0, new Remedy(Setting.CREATE.name(), "safe", "")); // from the preset
        }
        byKey.values().forEach(settings -> {
            List<String> names =
                    settings.stream().map(Remedy::setting).distinct().toList();
            moved.addAll(names.stream().filter(environment::containsKey).toList());
            lines.add(commented(ProfileKeys.lines(settings).get(0), String.join(", ", names)));
        });
        Setting.ofPermissions().stream()
                .map(Setting::name)
                .filter(environment::containsKey)
                .forEach(moved::add);
    }

    /** A command can contain commas. */
    private static List<String> elements(String setting, String value) {
        if (setting.equals(Setting.PRESET.name())) {
            return Preset.find(value).map(Preset::name).stream().toList();
        }
        return setting.equals(Setting.EXEC_ALLOW.name())
                ? CommandPattern.parse(value).patterns().stream()
                        .map(CommandPattern::toString)
                        .toList()
                : List.of(value);
    }

    private void addVariables(List<String> lines, Set<String> moved) {
        boolean isFirst = true;
        Set<String> granted = before.policy().otherwise().granted();
        for (Variable variable : variables.all()) {
            boolean isSet = environment.containsKey(variable.name());
            boolean isOn = granted.contains(variable.name())
                    && !(isTecnativa && variable.name().startsWith("LIBPOD_"));
            boolean isOnInFile = preset == null
                    ? variable.isOnByDefault()
                    : preset.variables().contains(variable.name());
            if (isSet) {
                moved.add(variable.name());
            }
            if (isSet || isOn != isOnInFile) {
                if (isFirst) {
                    lines.add("variables:");
                }
                isFirst = false;
                lines.add(commented("  " + variable.name() + ": " + (isOn ? 1 : 0), variable.opens()));
            }
        }
    }

    private void addLearning(List<String> lines, Set<String> moved) {
        if (before.enforcement().learnFor() != null) {
            String length = environment
                    .getOrDefault(Setting.LEARN_FOR.name(), Setting.LEARN_FOR.defaultValue())
                    .strip();
            String learn = before.enforcement().learnUntil() == null
                    ? length
                    : "until " + before.enforcement().learnUntil();
            lines.add(commented("learn: " + learn, "MODE=learn"));
        }
        OF_LEARNING.stream().map(Setting::name).filter(environment::containsKey).forEach(moved::add);
    }
}
