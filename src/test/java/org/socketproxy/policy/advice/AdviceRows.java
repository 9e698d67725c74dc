package org.socketproxy.policy.advice;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.Arguments;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Consequence;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variables;
import org.socketproxy.status.RenderedPage;
import org.socketproxy.testing.Corpus;
import org.socketproxy.usage.Usage;

/** Reads {@code advice.txt}, and the settings and policies of its rows. */
abstract class AdviceRows {
    static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    static final Variables VARIABLES = Variables.load();
    static final LeastPolicies LEAST = new LeastPolicies(CATALOGUE, VARIABLES);

    static final Predicate<String> IS_LIST =
            Pattern.compile("BINDS|CREATE_.*|.*TARGETS").asMatchPredicate();

    /** Beginning of a policy file, in place of settings. */
    static final String FILE = "profiles:";

    static final Pattern ASSIGNMENT = Pattern.compile("\\b[A-Z_]+=[^ ()]+");

    static Stream<Arguments> rows() {
        return Corpus.lines(AdviceTest.class, "advice.txt")
                .filter(line -> line.contains(" | ") && !line.startsWith("#"))
                .map(line -> {
                    String[] cells = Arrays.stream(line.split("\\|", -1))
                            .map(String::strip)
                            .toArray(String[]::new);
                    return Arguments.of(cells[0], cells[1], cells[2], cells[3]);
                });
    }

    @TempDir
    Path folder;

    /** Returns the sets of variables that allow the operations. */
    static List<String> variables(Profile profile, List<Operation> operations) {
        return operations.size() == 1
                ? profile.decide(operations.get(0)).isAllowed()
                        ? List.of("")
                        : profile.decide(operations.get(0)).alternatives().stream()
                                .map(each -> assignments(each.missing()))
                                .toList()
                : List.of(assignments(LEAST.of(profile, denied(operations)).variables()));
    }

    static String assignments(Collection<String> names) {
        return names.stream().map(name -> name + "=1").collect(Collectors.joining(" "));
    }

    /** Settings that are given already stay, except that a list of permissions grows. */
    static String with(String settings, String others) {
        Map<String, String> all = environment(settings);
        environment(others.isEmpty() ? "-" : others)
                .forEach((name, value) ->
                        all.merge(name, value, (was, more) -> IS_LIST.test(name) ? was + "," + more : more));
        return all.isEmpty()
                ? "-"
                : all.entrySet().stream()
                        .map(each -> each.getKey() + "=" + each.getValue())
                        .collect(Collectors.joining(" "));
    }

    @Nullable
    Profile profileOrNull(String settings) {
        try {
            return profile(settings);
        } catch (InvalidSettingsException excluded) { // such as CREATE=safe beside BUILDS=tunnel
            return null;
        }
    }

    @SuppressWarnings("EnumOrdinal") // the gains are declared from the worst one
    static int severity(Profile profile) {
        Consequence.Gain worst = Risk.enforced(profile, CATALOGUE).worst();
        return worst == null ? 0 : severity(worst);
    }

    @SuppressWarnings("EnumOrdinal")
    static int severity(Consequence.Gain gain) {
        return Consequence.Gain.values().length - gain.ordinal();
    }

    Profile profile(String settings) throws InvalidSettingsException {
        if (settings.startsWith(FILE)) {
            return ConfiguredProfiles.of(
                            Settings.read(file(settings), VARIABLES).policy(),
                            CATALOGUE,
                            ParameterRules.load(),
                            each -> LearnMode.off())
                    .find("a")
                    .orElseThrow()
                    .profile();
        }
        return profile(Settings.read(environment(settings), VARIABLES).policy().otherwise());
    }

    static Map<String, String> environment(String settings) {
        Map<String, String> environment = new HashMap<>();
        if (!settings.equals("-")) {
            Arrays.stream(settings.split(" "))
                    .map(one -> one.split("=", 2))
                    .forEach(one -> environment.put(one[0], one[1]));
        }
        return environment;
    }

    static Profile profile(ProfileSettings settings) {
        return settings.profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());
    }

    Map<String, String> file(String policy) {
        try {
            Path file = policy.startsWith("conf/")
                    ? Path.of(policy)
                    : Files.writeString(folder.resolve("policy.yaml"), policy.replace("\\n", "\n") + "\n");
            return Map.of("POLICY", file.toString());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static List<Usage.ClientOperation> denied(List<Operation> operations) {
        return operations.stream()
                .map(each ->
                        new Usage.ClientOperation(each.id(), each.write().isAlways(), 0, 1, RenderedPage.START, null))
                .toList();
    }
}
