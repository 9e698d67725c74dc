package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Builds;
import org.socketproxy.policy.Variables;

/** Settings of builds, and of a policy that is tried. */
class PolicySettingsTest {
    private static final Variables VARIABLES = Variables.load();

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            value = {
                "judged |             | false | -",
                "tunnel |             | true  | -",
                "raw    |             | -      | use judged, or tunnel for a client that judged builds do not support",
                "tunnel | CREATE=safe | -      | CREATE and TARGETS do not apply to what a tunnel carries: unset BUILDS, or CREATE and TARGETS",
            })
    void buildsAreJudgedOrTunneled(String builds, String other, Boolean isTunnel, String advice)
            throws InvalidSettingsException {
        Map<String, String> environment = new HashMap<>(Map.of("BUILDS", builds));
        if (other != null) {
            environment.put(other.split("=")[0], other.split("=")[1]);
        }

        if (advice == null) {
            assertThat(Settings.read(environment, VARIABLES)
                                    .policy()
                                    .otherwise()
                                    .values()
                                    .get(Builds.KEY)
                            == Builds.TUNNEL)
                    .isEqualTo(isTunnel);
        } else {
            InvalidSettingsException refused =
                    catchThrowableOfType(InvalidSettingsException.class, () -> Settings.read(environment, VARIABLES));
            assertThat(refused.problems())
                    .extracting(Problem::sentence)
                    .containsExactly("BUILDS=" + builds + ": " + advice);
        }
    }

    /** A policy that is only tried does not prevent the start. */
    @Test
    void triedPolicyThatCannotBeReadIsAWarning() throws InvalidSettingsException {
        ShadowSettings tried = Settings.read(Map.of("SHADOW_POLICY", "/none.yaml"), VARIABLES)
                .enforcement()
                .shadow();

        assertThat(tried.policy()).isNull();
        assertThat(tried.warnings())
                .containsExactly(
                        "SHADOW_POLICY=/none.yaml cannot be used, so no policy is tried: SHADOW_POLICY=/none.yaml:"
                                + " the file cannot be read; name an existing file of at most 256 KiB, or unset it");
    }
}
