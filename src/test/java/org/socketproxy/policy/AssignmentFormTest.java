package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The form of assignments for each place that configures the permissions. */
class AssignmentFormTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "COMPOSE     | - EXEC=0                       | EXEC=0  | PRESET=traefik",
                "KUBERNETES  | '- {name: EXEC, value: \"0\"}' | EXEC=0  | PRESET=traefik",
                "ENVIRONMENT | EXEC=0                         | EXEC=0  | PRESET=traefik",
                "ENV_FILE    | EXEC=0                         | EXEC=0  | PRESET=traefik",
                "POLICY_FILE | 'EXEC: 0'                      | 'EXEC: 0' | 'preset: traefik'",
            })
    void assignmentHasTheSyntaxOfItsPlace(AssignmentForm form, String line, String words, String preset) {
        assertThat(form.line("EXEC", false)).isEqualTo(line);
        assertThat(form.words("EXEC", false)).isEqualTo(words);
        assertThat(form.ofPreset("traefik")).isEqualTo(preset);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "KUBERNETES  | '- {name: BINDS, value: \"/a\\\"\\\\b\"}'",
                "COMPOSE     | '- \"BINDS=/a\\\"\\\\b\"'",
            })
    void valueIsQuotedForYaml(AssignmentForm form, String line) {
        assertThat(form.assignment("BINDS", "/a\"\\b")).isEqualTo(line);
    }
}
