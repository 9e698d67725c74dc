package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.ParameterRules.ParameterDenial;
import org.socketproxy.policy.ParameterRules.ParameterRule;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.TestProfile;

/** Tests stage 2 of a decision: denied parameters of allowed operations. */
class ParameterRulesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ParameterRules RULES = ParameterRules.load();
    private static final Set<String> EVERYTHING =
            Variables.load().all().stream().map(Variable::name).collect(Collectors.toUnmodifiableSet());

    private record Case(String granted, String head, String method, String target, String reason) {}

    static Stream<Case> cases() {
        return Corpus.lines(ParameterRulesTest.class, "parameter-rules.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" +\\| +"))
                .map(cells ->
                        new Case(cells[1], cells[2], cells[3].split(" ", 2)[0], cells[3].split(" ", 2)[1], cells[0]));
    }

    private static Decision decide(Case given) throws Exception {
        Set<String> granted = given.granted.equals("*") ? EVERYTHING : Set.of(given.granted.split(","));
        RequestTarget target = RequestTarget.parse(given.target);
        Operation operation = CATALOGUE.find(given.method, target).orElseThrow();
        return TestProfile.granting(granted).policy().decide(operation, target, HeadLines.parse(given.head));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void violatingParameterIsDenied(Case given) throws Exception {
        assertThat(decide(given).reason().code()).isEqualTo(given.reason);
    }

    static Stream<Case> denied() {
        return cases().filter(given -> !List.of("section", "alone").contains(given.reason));
    }

    @ParameterizedTest
    @MethodSource("denied")
    void learnModeDeniesViolationDespiteMissingVariable(Case given) throws Exception {
        Case withoutVariables = new Case("-", given.head, given.method, given.target, given.reason);

        assertThat(decide(withoutVariables).reason().code()).isEqualTo(given.reason);
    }

    @Test
    void corpusViolatesEveryRule() {
        Set<ParameterDenial> violated = cases().map(given -> {
                    try {
                        return decide(given).rule();
                    } catch (Exception unexpected) {
                        throw new AssertionError(unexpected);
                    }
                })
                .filter(rule -> rule != null)
                .collect(Collectors.toSet());

        assertThat(violated).containsAll(RULES.rules());
    }

    @Test
    void everyRuleHasAllowableOperationAndDenialCode() {
        assertThat(RULES.rules()).allSatisfy(rule -> {
            assertThat(rule.operation().equals("*")
                            || CATALOGUE
                                    .byId(rule.operation())
                                    .filter(operation -> operation.section() != null)
                                    .isPresent())
                    .as(rule.operation())
                    .isTrue();
            assertThat(rule.reason().isAllowed()).isFalse();
            assertThat(rule.daemon()).isIn("docker", "podman", "both");
            assertThat(rule.message()).isNotBlank();
        });
    }

    @Test
    void requirementIsTheCellOfTheTable() {
        assertThat(ParameterRules.TABLE.parse(ParameterRules.TABLE.header()
                        + "\nImagePush\tquery\tx\tempty\tparameter-path\tm\tpodman"
                        + "\nImagePush\tquery\ty\tone-of:a|b\tparameter-path\tm\tpodman"))
                .extracting(ParameterRule::requirement)
                .containsExactly("empty", "one-of:a|b");
    }

    @Test
    void rulesOfAnOperationAreItsOwnAndTheGeneralOnes() {
        assertThat(rulesOf("ImagePush"))
                .startsWith("* VERSION at-least:1.24", "* HEADER no-form")
                .allMatch(rule -> rule.startsWith("* ") || rule.startsWith("ImagePush "));
        assertThat(rulesOf("ImagePushLibpod"))
                .startsWith("* HEADER no-form")
                .allMatch(rule -> rule.equals("* HEADER no-form") || rule.startsWith("ImagePushLibpod "));
    }

    @Test
    void ruleOfAnOperationReplacesTheGeneralOneForTheSameParameter() {
        assertThat(rulesOf("ImageBuildLibpod"))
                .contains("ImageBuildLibpod HEADER no-query-form")
                .doesNotContain("* HEADER no-form");
    }

    private static List<String> rulesOf(String id) {
        return RULES.of(CATALOGUE.byId(id).orElseThrow())
                .map(rule -> rule.operation() + " " + rule.part() + " " + rule.requirement())
                .toList();
    }

    @Test
    void parameterNamesAreUniquePerOperation() {
        assertThat(RULES.rules().stream().map(rule -> rule.operation() + rule.part() + rule.name()))
                .doesNotHaveDuplicates();
    }

    @Test
    void denialMessageHasOperationAndRule() throws Exception {
        Decision denied = decide(new Case("*", "-", "POST", "/images/x/push?destination=dir:/x", ""));

        assertThat(DenialMessage.sentence(
                        denied,
                        ProfileOrigin.ENVIRONMENT,
                        () -> new TreeSet<String>().stream().toList()))
                .isEqualTo("ImagePush (POST /images/{name}/push) is not allowed:"
                        + " destination may name a path of the host: push to the name of the image");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ImagePush\tquery\tx\tempty\tparameter-path\tmessage",
                "ImagePush\tquery\tx\tunheard-of\tparameter-path\tmessage\tpodman",
                "ImagePush\tquery\tx\tempty\tunheard-of\tmessage\tpodman",
                "ImagePush\tcookie\tx\tempty\tparameter-path\tmessage\tpodman",
            })
    void malformedRowIsReportedWithLine(String row) {
        assertThatThrownBy(() -> ParameterRules.TABLE.parse(ParameterRules.TABLE.header() + "\n" + row))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("parameter-rules.tsv, line 2: ");
    }
}
