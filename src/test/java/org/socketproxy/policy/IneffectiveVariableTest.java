package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Variables.Variable;

/** Tests the hint for variables that are on without effect. */
class IneffectiveVariableTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ParameterRules RULES = ParameterRules.load();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "EXEC                         | EXEC=1 has no effect without CONTAINERS=1 and POST=1",
                "EXEC CONTAINERS              | EXEC=1 has no effect without POST=1",
                "EXEC CONTAINERS POST         |",
                "LIBPOD_EXEC                  | LIBPOD_EXEC=1 has no effect without LIBPOD_CONTAINERS=1 and POST=1",
                "ALLOW_LOGS                   | ALLOW_LOGS=1 has no effect without CONTAINERS=1 or LIBPOD_CONTAINERS=1",
                "ALLOW_LOGS CONTAINERS        |",
                "ALLOW_LOGS LIBPOD_CONTAINERS |",
                "ALLOW_ARCHIVE                | ALLOW_ARCHIVE=1 has no effect without CONTAINERS=1 or LIBPOD_CONTAINERS=1",
                "POST                         | POST=1 has no effect without AUTH=1 or BUILD=1 or SESSION=1 or GRPC=1, or another section",
                "POST IMAGES                  |",
                "POST EVENTS PING VERSION     | POST=1 has no effect without AUTH=1 or BUILD=1 or SESSION=1 or GRPC=1, or another section",
                "AUTH                         | AUTH=1 has no effect without POST=1",
                "CONTAINERS                   |",
                "ALLOW_START                  |",
                "ALLOW_START CONTAINERS POST  |",
                "SYSTEM                       |",
            })
    void ineffectiveVariableIsReportedWithMissingVariables(String granted, String sentence) {
        assertThat(ineffective(Set.of(granted.split(" ")), Compatibility.LINUXSERVER))
                .isEqualTo(sentence == null ? List.of() : List.of(sentence));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ALLOW_RESTARTS  | ALLOW_RESTARTS=1 has no effect without POST=1",
                "LIBPOD_VOLUMES  | LIBPOD_VOLUMES=1 has no effect with this COMPAT",
            })
    void compatibilityChangesIneffectiveVariables(String granted, String sentence) {
        assertThat(ineffective(Set.of(granted), Compatibility.TECNATIVA)).containsExactly(sentence);
    }

    /** Each row: alternatives separated by spaces, and the end of the sentence. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "A            | A=1",
                "A,B C        | C=1",
                "A,ON B,C     | A=1",
                "A B A        | A=1 or B=1",
                "A B C D      | A=1 or B=1 or C=1 or D=1",
                "A B C D E    | A=1 or B=1 or C=1 or D=1, or another section",
                "A B C D E,F  | A=1 or B=1 or C=1 or D=1",
            })
    void theShortestAlternativesAreNamed(String alternatives, String advice) {
        List<List<String>> sets = Arrays.stream(alternatives.split(" "))
                .map(names -> List.of(names.split(",")))
                .toList();

        assertThat(IneffectiveVariable.sentence("X", sets, Set.of("ON")))
                .isEqualTo("X=1 has no effect without " + advice);
    }

    @Test
    void defaultsAndAllVariablesAreEffective() {
        Set<String> all =
                Set.copyOf(Variables.load().all().stream().map(Variable::name).toList());
        Set<String> byDefault = Set.of("EVENTS", "PING", "VERSION", "LIBPOD_PING", "LIBPOD_VERSION");

        assertThat(ineffective(all, Compatibility.LINUXSERVER)).isEmpty();
        assertThat(ineffective(byDefault, Compatibility.LINUXSERVER)).isEmpty();
    }

    private static List<String> ineffective(Set<String> granted, Compatibility compatibility) {
        return Policy.of(CATALOGUE, RULES, granted, compatibility).ineffective(granted);
    }
}
