package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;

/** Values of {@code API_VERSION}. */
class ApiTranslationTest {
    private static final Variables VARIABLES = Variables.load();

    @ParameterizedTest
    @CsvSource({
        "'', ''",
        "' ', ''",
        "auto, auto",
        "AUTO, auto",
        "1.44, 1.44",
        "' 1.44 ', 1.44",
        "1.24, 1.24",
        "1.52, 1.52"
    })
    void valid(String value, String expected) throws Exception {
        ApiTranslation translation = Settings.read(Map.of("API_VERSION", value), VARIABLES)
                .policy()
                .otherwise()
                .values()
                .get(ApiTranslation.KEY);

        assertThat(translation.text()).isEqualTo(expected);
        assertThat(translation.isOn()).isEqualTo(!expected.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.23",
                "1.53",
                "v1.44",
                "1.044",
                "1.44.0",
                "1",
                "1.",
                "2.0",
                "0.44",
                "1,44",
                "yes",
                "latest",
                "1.999999999999"
            })
    void invalid(String value) {
        InvalidSettingsException refused = catchThrowableOfType(
                InvalidSettingsException.class, () -> Settings.read(Map.of("API_VERSION", value), VARIABLES));

        assertThat(refused.problems())
                .singleElement()
                .extracting(problem -> problem.sentence())
                .asString()
                .contains(
                        "API_VERSION",
                        "use auto for the lowest version that the daemon accepts, or a version from 1.24 to 1.52");
    }
}
