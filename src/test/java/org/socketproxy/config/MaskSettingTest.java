package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.mask.MaskGroup;

/** Values of {@code MASK}. */
class MaskSettingTest {
    private static final Variables VARIABLES = Variables.load();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''             | ''",
                "0              | ''",
                "none           | ''",
                "off            | ''",
                "1              | args env options paths tokens",
                "True           | args env options paths tokens",
                "env            | env",
                "ENV, args      | args env",
                "tokens,tokens  | tokens",
            })
    void groups(String value, String expected) throws Exception {
        Settings settings = Settings.read(Map.of("MASK", value), VARIABLES);

        assertThat(settings.policy().otherwise().mask().stream()
                        .map(MaskGroup::word)
                        .sorted()
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "traefik    | ''     | args env",
                "Homepage   | ''     | args env",
                "autoheal   | ' '    | args env",
                "prometheus | ''     | args env options",
                "traefik    | 0      | ''",
                "traefik    | none   | ''",
                "traefik    | tokens | tokens",
                "dozzle     | ''     | ''",
                "diun       | ''     | ''",
                "watchtower | ''     | ''",
                "portainer  | ''     | ''",
                "portainer-readonly | '' | ''",
                "docker-ci  | ''     | ''",
                "docker-ci-safe | '' | ''",
                "glances    | ''     | ''",
            })
    void presetMasksUnlessTheSettingIsSet(String preset, String value, String expected) throws Exception {
        Settings settings = Settings.read(Map.of("PRESET", preset, "MASK", value), VARIABLES);

        assertThat(settings.policy().otherwise().mask().stream()
                        .map(MaskGroup::word)
                        .sorted()
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @Test
    void everyInvalidWordIsReported() {
        InvalidSettingsException invalid = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> Settings.read(Map.of("MASK", "enw,,args,all", "CREATE", "maybe"), VARIABLES));

        assertThat(invalid.problems().stream().map(Problem::sentence))
                .hasSize(4)
                .anyMatch(sentence -> sentence.contains("MASK=enw: use some of env, args,"))
                .anyMatch(sentence -> sentence.contains("MASK") && sentence.contains("all"))
                .anyMatch(sentence -> sentence.contains("CREATE"));
    }
}
