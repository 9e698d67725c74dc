package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Consequence;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.status.RenderedPage;
import org.socketproxy.usage.Usage;

/**
 * The rows of {@code advice.txt}.
 *
 * <ul>
 *   <li>{@code preset}: the preset that a client is offered after it was denied these operations; {@code none} for no preset
 *   <li>{@code deny}: the advice in the denial of an operation without a body; the settings can be a policy file with one profile
 *   <li>{@code need}: the same for a request with this body
 *   <li>{@code suggest}: the lines of {@code /suggest} after the client was denied these operations
 *   <li>{@code name}: what a denial says about a name in a request that the targets do not select
 *   <li>{@code risk}: the answer to the question whether a client can become root on the host
 *   <li>{@code body}: what a denial says about a body
 *   <li>{@code danger}: the danger of a variable that is on
 *   <li>{@code note}: the notes about the profiles of a policy file, whose lines are separated by {@code \\n}
 *   <li>{@code problem}: the problems with a policy file
 * </ul>
 */
class AdviceTest extends AdviceRows {
    private static final List<Consequence> CONSEQUENCES = Consequence.load();
    private static final Pattern KEY = Pattern.compile("; (allow: [^ ]+) allows it");

    @ParameterizedTest
    @MethodSource("rows")
    void adviceIsAsInTheTable(String kind, String settings, String asked, String advice) throws Exception {
        assertThat(
                        switch (kind) {
                            case "preset" -> preset(profile(settings), asked);
                            case "deny" -> denial(profile(settings), asked);
                            case "need" -> need(profile(settings), asked);
                            case "suggest" -> suggest(profile(settings), asked);
                            case "name" -> name(profile(settings), asked);
                            case "risk" -> Risk.of(profile(settings), CATALOGUE).answer();
                            case "body" -> body(profile(settings), asked);
                            case "danger" -> danger(profile(settings), asked);
                            case "note" -> note(settings);
                            case "problem" -> problem(settings);
                            default -> throw new IllegalArgumentException(kind);
                        })
                .isEqualTo(advice);
    }

    static Stream<Arguments> keys() {
        return rows().filter(row -> row.get()[0].equals("deny")
                && ((String) row.get()[1]).startsWith(FILE)
                && KEY.matcher((String) row.get()[3]).find());
    }

    /** Adds the advised key to the profile. */
    @ParameterizedTest
    @MethodSource("keys")
    void adviceForAPolicyFileAllowsTheOperation(String kind, String policy, String asked, String advice)
            throws Exception {
        Matcher key = KEY.matcher(advice);
        assertThat(key.find()).isTrue();
        String advised = policy.substring(0, policy.length() - 2) + ", " + key.group(1) + "}}";

        assertThat(profile(advised).decide(CATALOGUE.byId(asked).orElseThrow()).isAllowed())
                .isTrue();
        assertThat(severity(profile(advised)))
                .isEqualTo(Math.max(
                        severity(profile(policy)),
                        CONSEQUENCES.stream()
                                .filter(row -> row.operations().equals(List.of(asked)))
                                .filter(row ->
                                        !row.isPreventedBy(profileOrNull(policy).mask()))
                                .mapToInt(row -> severity(row.gain()))
                                .max()
                                .orElse(0)));
    }

    static Stream<Arguments> elements() {
        return rows().filter(row -> row.get()[0].equals("name")
                && !((String) row.get()[1]).startsWith(FILE)
                && ASSIGNMENT.matcher((String) row.get()[3]).find());
    }

    @ParameterizedTest
    @MethodSource("elements")
    void adviceForTargetsSelectsTheName(String kind, String settings, String asked, String advice) throws Exception {
        Matcher element = ASSIGNMENT.matcher(advice);
        assertThat(element.find()).isTrue();
        String[] request = asked.split(" ", 2);
        Operation operation = CATALOGUE.byId(request[0]).orElseThrow();
        Profile advised = profile(with(settings, element.group()));

        assertThat(NameRules.fault(
                        advised.objectRules(operation, true).get(0).scope(),
                        operation,
                        RequestTarget.parse(request[1])))
                .isNull();
    }

    static Stream<Arguments> needs() {
        return rows().filter(row -> row.get()[0].equals("need"))
                .filter(row -> !((String) row.get()[1]).startsWith(FILE))
                .filter(row ->
                        ((String) row.get()[3]).startsWith("set ") && !((String) row.get()[1]).contains("tunnel"));
    }

    /** Only the values that the advice calls not allowed remain. */
    @ParameterizedTest
    @MethodSource("needs")
    void adviceForABodyAllowsIt(String kind, String settings, String asked, String advice) throws Exception {
        String offered = ASSIGNMENT
                .matcher(advice.replaceFirst("(?: \\(|; its body).*", ""))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.joining(" "));
        String[] request = asked.split(" ", 2);
        Operation operation = CATALOGUE.byId(request[0]).orElseThrow();
        Profile advised = profile(with(settings, offered));

        assertThat(advised.allows(operation)).isTrue();
        assertThat(Objects.requireNonNull(advised.create()).judgeBody(operation, json(request[1])))
                .allSatisfy(left -> assertThat(advice).contains("; its body: ", left.subject()));
        assertThat(Risk.enforced(advised, CATALOGUE).isRoot())
                .isEqualTo(Risk.enforced(profile(settings), CATALOGUE).isRoot());
    }

    private static String denial(Profile profile, String id) {
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        return denial(profile, operation, profile.decide(operation));
    }

    private static String need(Profile profile, String asked) {
        String[] request = asked.split(" ", 2);
        Operation operation = CATALOGUE.byId(request[0]).orElseThrow();
        Decision decision = profile.decide(operation);
        return denial(
                profile,
                operation,
                profile.remedies().isOfBody(decision)
                        ? profile.remedies().needing(decision, json(request[1]), rules -> rules)
                        : decision);
    }

    private static JsonBody json(String text) {
        return JsonBody.of(StandardCharsets.UTF_8.encode(text.replace('\'', '"')));
    }

    private static String denial(Profile profile, Operation operation, Decision decision) {
        String subject = operation.id() + " (" + operation.signature() + ") is not allowed: ";
        String sentence = DenialMessage.sentence(decision, profile.origin(), List::of);
        assertThat(sentence).startsWith(subject);
        return sentence.substring(subject.length());
    }

    private static String suggest(Profile profile, String asked) {
        List<Operation> operations = Arrays.stream(asked.split(" "))
                .map(id -> CATALOGUE.byId(id).orElseThrow())
                .toList();
        Usage.ClientUse client =
                new Usage.ClientUse("10.0.0.1", RenderedPage.START, RenderedPage.START, denied(operations), 0);
        Usage usage = new Usage(RenderedPage.START, List.of(), List.of(), List.of(client), List.of());
        CoveringPresets presets = CoveringPresets.of(LEAST, profile, Preset.ofVariables());
        String text = Suggestion.asText(List.of(
                new Suggestion(LEAST, profile, usage, presets, profile.origin().form())));
        return text.lines()
                .map(line -> line.strip().replaceAll(" {2,}", " "))
                .filter(line ->
                        !line.matches("# (The minimum|They allow|Replace|Keep|Requested|The variables|on by).*"))
                .filter(line -> !line.matches("(profiles|a|variables):|[A-Z_]+[=:] ?0.*"))
                .collect(Collectors.joining("; "));
    }

    private static String name(Profile profile, String asked) throws BadTargetException {
        String[] request = asked.split(" ", 2);
        Operation operation = CATALOGUE.byId(request[0]).orElseThrow();
        RequestTarget target = RequestTarget.parse(request[1]);
        ObjectRule rule = profile.objectRules(operation, true).get(0);
        String fault = Objects.requireNonNull(NameRules.fault(rule.scope(), operation, target));
        return DenialMessage.ofName(
                rule, operation, fault, rule.remedies(NameRules.images(operation, target)), profile.origin());
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
        return Objects.requireNonNull(profile.create()).judgeBody(operation, json(request[1])).stream()
                .map(Violation::sentence)
                .collect(Collectors.joining("; "));
    }

    private String note(String policy) throws Exception {
        PolicySettings settings = Settings.read(file(policy), VARIABLES).policy();
        List<String> notes = new ProfileNotes(
                        ConfiguredProfiles.of(settings, CATALOGUE, ParameterRules.load(), each -> LearnMode.off()),
                        CATALOGUE)
                .sentences();
        return notes.isEmpty() ? "none" : String.join("; ", notes);
    }

    private String problem(String policy) {
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
}
