package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Problem;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.status.RenderedPage;
import org.socketproxy.testing.Corpus;
import org.socketproxy.usage.Usage;

/**
 * The rows of {@code advice.txt}.
 *
 * <ul>
 *   <li>{@code preset}: the preset that a client is offered after it was denied these operations; {@code none} for no preset
 *   <li>{@code risk}: the answer to the question whether a client can become root on the host
 *   <li>{@code body}: what a denial says about a body
 *   <li>{@code danger}: the danger of a variable that is on
 *   <li>{@code note}: the notes about the profiles of a policy file, whose lines are separated by {@code \\n}
 *   <li>{@code problem}: the problems with a policy file
 * </ul>
 */
class AdviceTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Variables VARIABLES = Variables.load();
    private static final LeastPolicies LEAST = new LeastPolicies(CATALOGUE, VARIABLES);

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

    @ParameterizedTest
    @MethodSource("rows")
    void adviceIsAsInTheTable(String kind, String settings, String asked, String advice) throws Exception {
        assertThat(
                        switch (kind) {
                            case "preset" -> preset(profile(settings), asked);
                            case "risk" -> Risk.of(profile(settings), CATALOGUE).answer();
                            case "body" -> body(profile(settings), asked);
                            case "danger" -> danger(profile(settings), asked);
                            case "note" -> note(settings);
                            case "problem" -> problem(settings);
                            default -> throw new IllegalArgumentException(kind);
                        })
                .isEqualTo(advice);
    }

    private static Profile profile(String settings) throws InvalidSettingsException {
        return profile(Settings.read(environment(settings), VARIABLES).policy().otherwise());
    }

    private static Map<String, String> environment(String settings) {
        Map<String, String> environment = new HashMap<>();
        if (!settings.equals("-")) {
            Arrays.stream(settings.split(" "))
                    .map(one -> one.split("=", 2))
                    .forEach(one -> environment.put(one[0], one[1]));
        }
        return environment;
    }

    private static Profile profile(ProfileSettings settings) {
        return settings.profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of());
    }

    private static String danger(Profile profile, String variable) {
        return Objects.requireNonNullElse(
                Dangers.effective(VARIABLES.find(variable).orElseThrow(), profile, CATALOGUE)
                        .danger(),
                "none");
    }

    private static String body(Profile profile, String asked) {
        String[] request = asked.split(" ", 2);
        Operation operation = CATALOGUE.byId(request[0]).orElseThrow();
        JsonBody body = JsonBody.of(StandardCharsets.UTF_8.encode(request[1].replace('\'', '"')));
        return Objects.requireNonNull(profile.create()).judgeBody(operation, body).stream()
                .map(Violation::sentence)
                .collect(Collectors.joining("; "));
    }

    private Map<String, String> file(String policy) throws IOException {
        Path file = policy.startsWith("conf/")
                ? Path.of(policy)
                : Files.writeString(folder.resolve("policy.yaml"), policy.replace("\\n", "\n") + "\n");
        return Map.of("POLICY", file.toString());
    }

    private String note(String policy) throws Exception {
        PolicySettings settings = Settings.read(file(policy), VARIABLES).policy();
        List<String> notes = new ProfileNotes(
                        ConfiguredProfiles.of(settings, CATALOGUE, ParameterRules.load(), each -> LearnMode.off()),
                        CATALOGUE)
                .sentences();
        return notes.isEmpty() ? "none" : String.join("; ", notes);
    }

    private String problem(String policy) throws IOException {
        try {
            Settings.read(file(policy), VARIABLES);
            return "none";
        } catch (InvalidSettingsException invalid) {
            return String.join(
                    "; ", invalid.problems().stream().map(Problem::advice).toList());
        }
    }

    private static String preset(Profile profile, String asked) {
        List<Usage.ClientOperation> operations = Arrays.stream(asked.split(" "))
                .map(id -> new Usage.ClientOperation(
                        id, CATALOGUE.byId(id).orElseThrow().write().isAlways(), 0, 1, RenderedPage.START, null))
                .toList();
        Usage.ClientUse client = new Usage.ClientUse("10.0.0.1", RenderedPage.START, RenderedPage.START, operations, 0);
        return CoveringPresets.of(LEAST, profile, Preset.ofVariables())
                .of(client)
                .orElse("none");
    }
}
