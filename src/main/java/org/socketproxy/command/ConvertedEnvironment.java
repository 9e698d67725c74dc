package org.socketproxy.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.EnvFile;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.table.NearestName;
import org.socketproxy.yaml.StrictYaml;
import org.socketproxy.yaml.YamlValue;

/** Reads the environment that {@code convert} converts: that of the process, an env file, or a service of a compose file. */
final class ConvertedEnvironment {
    private static final int MAX_BYTES = 1 << 20;
    private static final Pattern YAML = Pattern.compile(".*\\.ya?ml");
    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z_][A-Za-z0-9_.-]*)(?:=(.*))?", Pattern.DOTALL);
    private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);

    private final Path file;
    private final List<String> permissions;
    private final List<String> settings =
            Arrays.stream(Setting.values()).map(Setting::name).toList();
    private final List<String> problems = new ArrayList<>();

    private ConvertedEnvironment(Path file, Variables variables) {
        this.file = file;
        this.permissions = Stream.concat(
                        variables.all().stream().map(Variable::name),
                        Stream.concat(Setting.ofPermissions().stream(), Stream.of(Setting.POLICY))
                                .map(Setting::name))
                .toList();
    }

    /** Returns the environment of the process, overridden by its {@code ENV_FILE}. */
    static Map<String, String> ofProcess(Map<String, String> environment) throws InvalidSettingsException {
        EnvFile env = EnvFile.load(environment);
        if (!env.problems().isEmpty()) {
            throw new InvalidSettingsException(env.problems());
        }
        Map<String, String> merged = env.over(environment);
        merged.remove(Setting.ENV_FILE.name());
        return merged;
    }

    /**
     * Reads a file.
     *
     * @param service of a compose file; null for the only one that has variables of the proxy
     * @throws IllegalArgumentException with a message for the user, which shows no values
     */
    static Map<String, String> ofFile(Path file, @Nullable String service, Variables variables)
            throws InvalidSettingsException {
        if (YAML.matcher(file.toString()).matches()) {
            return new ConvertedEnvironment(file, variables).ofCompose(service);
        }
        if (service != null) {
            throw new IllegalArgumentException(
                    "--service needs a compose file, with a name that ends with .yaml or .yml");
        }
        return ofProcess(Map.of(Setting.ENV_FILE.name(), file.toString()));
    }

    private Map<String, String> ofCompose(@Nullable String service) {
        YamlValue root = StrictYaml.parse(
                text(),
                problem -> problems.add(problem.line() + " column " + problem.column() + ": " + problem.advice()));
        YamlValue services = root == null ? null : root.entries().get("services");
        Map<String, YamlValue> all = services == null ? Map.of() : services.entries();
        refuseProblems();
        Map<String, Map<String, String>> found = new HashMap<>();
        for (Map.Entry<String, YamlValue> each : all.entrySet()) {
            if (service == null || service.equals(each.getKey())) {
                Map<String, YamlValue> keys = each.getValue().entries();
                Map<String, String> environment = environment(keys.get("environment"));
                boolean isOfProxy = environment.keySet().stream().anyMatch(permissions::contains);
                if (service != null || isOfProxy) {
                    found.put(each.getKey(), environment);
                    refuseOthers(keys);
                }
            }
        }
        if (found.size() != 1) {
            throw new IllegalArgumentException(choice(service, found.keySet(), List.copyOf(all.keySet())));
        }
        refuseProblems();
        return found.values().iterator().next();
    }

    private String text() {
        try {
            if (Files.size(file) <= MAX_BYTES) {
                return Files.readString(file);
            }
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(file + " cannot be read as a text", unreadable);
        }
        throw new IllegalArgumentException(file + " is larger than 1 MiB");
    }

    private static String choice(@Nullable String service, Iterable<String> found, List<String> all) {
        if (service != null) {
            return "there is no service " + service
                    + NearestName.advice(service, all, "; the file has " + String.join(", ", all));
        }
        String names = String.join(", ", found);
        return names.isEmpty()
                ? "no service has an environment with variables of the proxy"
                : "several services have variables of the proxy: add --service with one of " + names;
    }

    private void refuseProblems() {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(
                    problems.stream().map(each -> file + " line " + each).collect(Collectors.joining("; ")));
        }
    }

    private static void refuseOthers(Map<String, YamlValue> keys) {
        for (String key : List.of("env_file", "extends")) {
            YamlValue value = keys.get(key);
            if (value != null) {
                value.refuse("the service reads other files with " + key
                        + ", which convert does not: write all variables below environment");
            }
        }
    }

    private Map<String, String> environment(@Nullable YamlValue value) {
        Map<String, String> environment = new HashMap<>();
        if (value == null) {
            return environment;
        }
        if (value.isMapping()) {
            value.entries().forEach((name, text) -> put(environment, text, name, text.ifText(ANY)));
            return environment;
        }
        for (YamlValue element : value.elements()) {
            Matcher assignment = ASSIGNMENT.matcher(element.text());
            if (assignment.matches()) {
                put(environment, element, assignment.group(1), Optional.ofNullable(assignment.group(2)));
            }
        }
        return environment;
    }

    /** Ignores values of other programs. Interpolation depends on the shell, so that the file does not tell the value. */
    private void put(Map<String, String> environment, YamlValue place, String name, Optional<String> value) {
        environment.put(name, value.orElse("").replace("$$", "$"));
        boolean isOpen = value.isEmpty() || value.get().replace("$$", "").contains("$");
        if (isOpen && (permissions.contains(name) || settings.contains(name))) {
            place.refuse("the value of " + name + " comes from outside of this file: write it here");
        }
    }
}
