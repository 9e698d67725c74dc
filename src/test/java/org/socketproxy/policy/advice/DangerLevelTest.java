package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;

/** The level of danger that variables add. */
class DangerLevelTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "POST            | CONTAINERS=1                | HIGH",
                "CONTAINERS      | POST=1                      | HIGH",
                "CONTAINERS,POST | PING=1                      | HIGH",
                "POST            | CONTAINERS=1 POST=1         | HIGH", // what it adds although it is on
                "CONTAINERS      | PING=1                      | MEDIUM",
                "IMAGES          | PING=1                      | MEDIUM",
                "ALLOW_RESTARTS  | PING=1                      | LOW",
                "DISTRIBUTION    | PING=1                      | LOW",
                "POST            | PING=1                      | none",
                "PING            | EVENTS=1                    | none",
                "VERSION         | CONTAINERS=1 POST=1         | none",
                "POST            | CONTAINERS=1 CREATE=safe    | MEDIUM",
                "SECRETS         | SERVICES=1 POST=1 CREATE=safe | MEDIUM",
                "SECRETS         | POST=1 CREATE=safe          | LOW",
                "POST            | CONTAINERS=1 CREATE=safe CREATE_ALLOW=privileged | HIGH",
            })
    void levelIsTheWorstThatTheVariablesAdd(String variables, String environment, DangerLevel level) throws Exception {
        Map<String, String> set = new HashMap<>();
        Arrays.stream(environment.split(" ")).map(one -> one.split("=")).forEach(one -> set.put(one[0], one[1]));
        Profile profile = Settings.read(set, Variables.load())
                .policy()
                .otherwise()
                .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());

        assertThat(DangerLevel.of(Set.of(variables.split(",")), profile, CATALOGUE))
                .isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource({
        "HIGH,   high,   root on the host",
        "MEDIUM, medium, 'other containers, files or secrets'",
        "LOW,    low,    limited damage"
    })
    void levelHasALabelAndWords(DangerLevel level, String label, String words) {
        assertThat(level.label()).isEqualTo(label);
        assertThat(level.words()).isEqualTo(words);
    }
}
