package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;

class MisspellingsTest {
    private static final Variables VARIABLES = Variables.load();

    @ParameterizedTest
    @CsvSource({
        "CONTAINER, CONTAINERS",
        "CONTAINTERS, CONTAINERS",
        "CONTAIENRS, CONTAINERS",
        "containers, CONTAINERS",
        "IMAGE, IMAGES",
        "VOLUME, VOLUMES",
        "EVENT, EVENTS",
        "SERVICE, SERVICES",
        "ALLOW_LOG, ALLOW_LOGS",
        "ALLOW_RESTART, ALLOW_RESTARTS",
        "ALLOW_STOPS, ALLOW_STOP",
        "LIBPOD_CONTAINER, LIBPOD_CONTAINERS",
        "LIBPOD_ALLOW_PODS_START, LIBPOD_ALLOW_POD_START",
        "SOCKETPATH, SOCKET_PATH",
        "SOCKET_PATHS, SOCKET_PATH",
        "STATUS_LISTENER, STATUS_LISTEN",
        "LOGLEVEL, LOG_LEVEL",
        "LOGLEVELS, LOG_LEVEL",
        "LISTENS, LISTEN",
    })
    void similarNameIsReported(String written, String meant) throws InvalidSettingsException {
        assertThat(Settings.read(Map.of(written, "1"), VARIABLES).findings().notices())
                .extracting(Problem::sentence)
                .containsExactly(written + "=1: there is no such variable; did you mean " + meant + "?");
    }

    /** An earlier design had a variable of this name; a file that still sets it grants nothing by it. */
    @Test
    void operationsIsNoSetting() throws InvalidSettingsException {
        Settings settings = Settings.read(Map.of("OPERATIONS", "ContainerList,ContainerCreate"), VARIABLES);
        assertThat(settings).isEqualTo(Settings.read(Map.of(), VARIABLES));
        assertThatThrownBy(() -> Settings.read(Map.of("OPERATION", "1", "STRICT", "maybe"), VARIABLES))
                .hasMessageNotContaining("OPERATION");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ALLOWED_PATHS", "ALLOW_EVERYTHING", "LIBPOD_NONSENSE", "ALLOW_VERSION", "ALLOW_HOME"})
    void unknownNameWithPrefixIsReported(String written) throws InvalidSettingsException {
        assertThat(Settings.read(Map.of(written, "1"), VARIABLES).findings().notices())
                .extracting(Problem::sentence)
                .containsExactly(written + "=1: there is no such variable; --help lists all variables");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CONTAINR",
                "HOSTNAME",
                "PATH",
                "HOME",
                "HOST",
                "PORT",
                "PINGS",
                "TASK",
                "INFOS",
                "NODE",
                "PWD",
                "LANG",
                "TERM",
                "DOCKER_PORT",
                "EVENTS_SERVICE_HOST",
                "EVENTS_SERVICE_PORT",
                "EVENTS_PORT_2375_TCP",
                "JAVA_VERSION",
                "JAVA_HOME",
                "LD_LIBRARY_PATH",
                "SHLVL",
                "KUBERNETES_PORT",
                "PUID",
                "S6_OVERLAY",
                "LC_ALL"
            })
    void commonNamesAreNotReported(String name) throws InvalidSettingsException {
        assertThat(Settings.read(Map.of(name, "1"), VARIABLES).findings().notices())
                .isEmpty();
    }

    @Test
    void knownNamesAreNotReported() throws InvalidSettingsException {
        for (Setting setting : Setting.values()) {
            assertThat(Settings.read(Map.of(setting.name(), setting.defaultValue()), VARIABLES)
                            .findings()
                            .notices())
                    .isEmpty();
        }
    }

    @Test
    void strictPreventsStart() {
        assertThatThrownBy(() -> Settings.read(Map.of("STRICT", "1", "CONTAINER", "1"), VARIABLES))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessage("CONTAINER=1: there is no such variable; did you mean CONTAINERS?");
    }
}
