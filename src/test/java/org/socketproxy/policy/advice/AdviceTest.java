package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Consequence;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
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
 *   <li>{@code deny}: the advice in the denial of an operation without a body
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

    private static final Pattern ASSIGNMENT = Pattern.compile("\\b[A-Z_]+=[^ ()]+");

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
                            case "deny" -> denial(profile(settings), asked);
                            case "risk" -> Risk.of(profile(settings), CATALOGUE).answer();
                            case "body" -> body(profile(settings), asked);
                            case "danger" -> danger(profile(settings), asked);
                            case "note" -> note(settings);
                            case "problem" -> problem(settings);
                            default -> throw new IllegalArgumentException(kind);
                        })
                .isEqualTo(advice);
    }

    static Stream<Arguments> offers() {
        return rows().filter(row -> Set.of("deny", "preset").contains(row.get()[0])
                && ASSIGNMENT.matcher((String) row.get()[3]).find());
    }

    /** The question is the request under the setting that prevents most. */
    @ParameterizedTest
    @MethodSource("offers")
    void adviceIsNoMoreDangerousThanTheQuestion(String kind, String settings, String asked, String advice)
            throws Exception {
        List<Operation> operations = Arrays.stream(asked.split(" "))
                .map(id -> CATALOGUE.byId(id).orElseThrow())
                .toList();
        String offered = ASSIGNMENT
                .matcher(advice.replaceFirst(" \\(.*", ""))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.joining(" "));
        Profile advised = profile(with(settings, offered));
        List<Profile> ways = new ArrayList<>();
        for (String variables : variables(profile(settings), operations)) {
            for (String setting : List.of("", "CREATE=safe", "CREATE=safe CREATE_ALLOW=image-load", "MASK=tokens")) {
                ways.add(profileOrNull(with(with(settings, variables), setting)));
            }
        }

        assertThat(operations).allMatch(advised::allows);
        assertThat(severity(advised))
                .isLessThanOrEqualTo(ways.stream()
                        .filter(Objects::nonNull)
                        .filter(way -> operations.stream().allMatch(way::allows))
                        .mapToInt(AdviceTest::severity)
                        .min()
                        .orElseThrow());
    }

    /** Returns the sets of variables that allow the operations. */
    private static List<String> variables(Profile profile, List<Operation> operations) {
        return operations.size() == 1
                ? profile.decide(operations.get(0)).isAllowed()
                        ? List.of("")
                        : profile.decide(operations.get(0)).alternatives().stream()
                                .map(each -> assignments(each.missing()))
                                .toList()
                : List.of(assignments(
                        LEAST.of(profile.policy(), denied(operations)).variables()));
    }

    private static String assignments(Collection<String> names) {
        return names.stream().map(name -> name + "=1").collect(Collectors.joining(" "));
    }

    /** Settings that are given already stay, except that a list of permissions grows. */
    private static String with(String settings, String others) {
        Map<String, String> all = environment(settings);
        environment(others.isEmpty() ? "-" : others)
                .forEach((name, value) ->
                        all.merge(name, value, (was, more) -> name.startsWith("CREATE_") ? was + "," + more : more));
        return all.isEmpty()
                ? "-"
                : all.entrySet().stream()
                        .map(each -> each.getKey() + "=" + each.getValue())
                        .collect(Collectors.joining(" "));
    }

    private static @Nullable Profile profileOrNull(String settings) {
        try {
            return profile(settings);
        } catch (InvalidSettingsException excluded) { // such as CREATE=safe beside BUILDS=tunnel
            return null;
        }
    }

    @SuppressWarnings("EnumOrdinal") // the gains are declared from the worst one
    private static int severity(Profile profile) {
        Consequence.Gain worst = Risk.enforced(profile, CATALOGUE).worst();
        return worst == null ? 0 : Consequence.Gain.values().length - worst.ordinal();
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

    private static String denial(Profile profile, String id) {
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        Decision decision = profile.decide(operation);
        String subject = operation.id() + " (" + operation.signature() + ") is not allowed: ";
        String sentence = DenialMessage.sentence(decision, profile.origin(), List::of);
        assertThat(sentence).startsWith(subject);
        return sentence.substring(subject.length());
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
        List<Operation> operations = Arrays.stream(asked.split(" "))
                .map(id -> CATALOGUE.byId(id).orElseThrow())
                .toList();
        Usage.ClientUse client =
                new Usage.ClientUse("10.0.0.1", RenderedPage.START, RenderedPage.START, denied(operations), 0);
        return CoveringPresets.of(LEAST, profile, Preset.ofVariables())
                .of(client)
                .map(offer -> offer.words(AssignmentForm.ENVIRONMENT))
                .orElse("none");
    }

    private static List<Usage.ClientOperation> denied(List<Operation> operations) {
        return operations.stream()
                .map(each ->
                        new Usage.ClientOperation(each.id(), each.write().isAlways(), 0, 1, RenderedPage.START, null))
                .toList();
    }
}
