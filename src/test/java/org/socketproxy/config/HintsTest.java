package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;

class HintsTest {
    /** The page shows the difference to Tecnativa's proxy after such a denial. */
    @Test
    void containersWithoutDetailsHaveNoHint() throws Exception {
        assertThat(hints(Map.of("CONTAINERS", "1"))).isEmpty();
        assertThat(hints(Map.of("PRESET", "traefik"))).isEmpty();
        assertThat(hints(Map.of())).isEmpty();
    }

    @Test
    void incompleteBuildVariablesHaveHint() throws Exception {
        assertThat(hints(Map.of("BUILD", "1", "POST", "1")))
                .isEqualTo("docker build needs BUILD, SESSION, GRPC and POST together;"
                        + " without SESSION and GRPC buildx hides the denial and uses another driver");
        assertThat(hints(Map.of("BUILD", "1", "SESSION", "1", "GRPC", "1", "POST", "1")))
                .isEmpty();
    }

    @Test
    void variableWithoutWhichTheClientOfAPresetHangsHasHint() throws Exception {
        assertThat(hints(Map.of("PRESET", "devcontainer", "EVENTS", "0")))
                .isEqualTo("EVENTS=0 with PRESET=devcontainer: the CLI waits for ever for the start of the container");
        assertThat(hints(Map.of("PRESET", "devcontainer", "VERSION", "0"))).isEmpty();
        // has the variables of uptime-kuma
        assertThat(hints(Map.of("PRESET", "homepage", "CONTAINERS", "0"))).isEmpty();
    }

    @Test
    void nonRootWithoutNoNewPrivilegesHasHint() throws Exception {
        Map<String, String> safe = Map.of("CREATE", "safe", "CREATE_REQUIRE", "non-root");

        assertThat(hints(safe))
                .isEqualTo(
                        "CREATE_REQUIRE has non-root without no-new-privileges: a set-uid file of the image, such as su,"
                                + " makes its user root in the container; add no-new-privileges");
        assertThat(hints(Map.of("CREATE", "safe", "CREATE_REQUIRE", "non-root,no-new-privileges")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLS_CERT", "TLS_KEY", "TLS_CLIENT_CA"})
    void filesOfTlsWithoutATlsListenerHaveHint(String setting) throws Exception {
        assertThat(hints(Map.of(setting, "/run/file.pem")))
                .isEqualTo("TLS_CERT, TLS_KEY and TLS_CLIENT_CA apply only to tls:// addresses, and LISTEN has none:"
                        + " connections are not encrypted, and clients need no certificate");
        assertThat(hints(Map.of(setting, " "))).isEmpty();
    }

    @Test
    void filesOfATlsListenerHaveNoHint() throws Exception {
        assertThat(hints(Map.of("LISTEN", "tls://:2376", "TLS_CERT", "/c", "TLS_KEY", "/k")))
                .isEmpty();
    }

    private static String hints(Map<String, String> environment) throws InvalidSettingsException {
        return String.join(
                "\n", Settings.read(environment, Variables.load()).findings().hints());
    }
}
