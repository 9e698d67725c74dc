package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Variables.Variable;

/** Risks that variables add to those that are already on. */
class DangersTest {
    private static final List<Variable> VARIABLES = List.of(
            variable("A", "reads; with POST writes"),
            variable("B", "shows secrets"),
            new Variable("C", false, "opens c", List.of()),
            new Variable("POST", false, "writes", List.of()));

    private static Variable variable(String name, String danger) {
        return new Variable(name, false, "opens", List.of(new Variables.Danger(danger, "", "", Set.of())));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // already on | added    | risks
                "``           | A        | A reads; with POST writes",
                "``           | A,B      | A reads; with POST writes, B shows secrets",
                "``           | C        | ``",
                "``           | POST     | ``",
                "A,B          | POST     | A reads; with POST writes",
                "A            | B        | B shows secrets",
                "A,POST       | C        | ``",
                "B            | POST,C   | ``",
            })
    void risksOfAddedVariables(String before, String added, String risks) {
        assertThat(String.join(
                        ", ", Variables.addedDangers(VARIABLES, Set.of(before.split(",")), Set.of(added.split(",")))))
                .isEqualTo(risks);
    }
}
