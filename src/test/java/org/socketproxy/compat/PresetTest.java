package org.socketproxy.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.CallList;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;

/** Tests that each preset is sufficient and minimal for the recorded calls of its client. */
class PresetTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Variables VARIABLES = Variables.load();

    static Stream<Preset> presets() {
        return Preset.all().stream();
    }

    @Test
    void presetsAndCallListsMatch() {
        assertThat(presets().map(Preset::name))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(CallList.names());
    }

    @ParameterizedTest
    @MethodSource("presets")
    void callListNamesClientAndSource(Preset preset) {
        CallList calls = CallList.of(preset.name());

        assertThat(calls.client()).matches(".*[A-Za-z]+ .*\\d.*");
        assertThat(calls.sources()).isNotEmpty();
        assertThat(calls.requests()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("presets")
    void presetVariablesExist(Preset preset) {
        assertThat(VARIABLES.all()).extracting("name").containsAll(preset.variables());
    }

    @ParameterizedTest
    @MethodSource("presets")
    void presetAllowsEveryCall(Preset preset) throws Exception {
        assertThat(denied(Map.of("PRESET", preset.name()), preset)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("presets")
    void presetHasNoUnneededVariable(Preset preset) throws Exception {
        for (String variable : preset.variables()) {
            assertThat(denied(Map.of("PRESET", preset.name(), variable, "0"), preset))
                    .as("what is denied under PRESET=%s %s=0", preset.name(), variable)
                    .isNotEmpty();
        }
    }

    @Test
    void variableOverridesPreset() throws Exception {
        assertThat(granted(Map.of("PRESET", "watchtower", "POST", "0", "EXEC", "1")))
                .containsExactlyInAnyOrder("CONTAINERS", "EXEC", "IMAGES", "NETWORKS", "PING");
    }

    @Test
    void presetReplacesDefaults() throws Exception {
        assertThat(granted(Map.of("PRESET", "Homepage"))).containsExactly("CONTAINERS");
    }

    @ParameterizedTest
    @CsvSource({
        "docker-ci-safe, '',   true",
        "docker-ci-safe, safe, true",
        "docker-ci-safe, 0,    false",
        "docker-ci,      '',   false",
        "docker-ci,      safe, true",
    })
    void presetJudgesBodiesUnlessTheSettingIsSet(String preset, String create, boolean isJudging) throws Exception {
        Settings settings = Settings.read(Map.of("PRESET", preset, "CREATE", create), VARIABLES);

        assertThat(settings.policy().otherwise().create() != null).isEqualTo(isJudging);
    }

    @Test
    void settingsOfCreateApplyWithTheSafePreset() throws Exception {
        Map<String, String> environment =
                Map.of("PRESET", "docker-ci-safe", "CREATE_REQUIRE", "memory", "TARGETS", "label:a=b");

        assertThat(Settings.read(environment, VARIABLES).policy().otherwise().targets())
                .isNotNull();
    }

    @Test
    void unknownPresetIsRejectedWithNames() {
        InvalidSettingsException refusal =
                catchThrowableOfType(InvalidSettingsException.class, () -> granted(Map.of("PRESET", "nobody")));

        assertThat(refusal)
                .hasMessageContaining("nobody")
                .hasMessageContaining(
                        "use one of traefik, portainer, portainer-readonly, watchtower, homepage, dozzle,"
                                + " diun, autoheal, prometheus, docker-ci, docker-ci-safe, ansible, testcontainers, glances, podman-compose");
        assertThatThrownBy(() -> granted(Map.of("PRESET", "treafik")))
                .hasMessage("PRESET=treafik: there is no such preset; did you mean traefik?");
    }

    @Test
    void portainerReadonlyCallsNoWrites() {
        assertThat(CallList.of("portainer-readonly").requests())
                .extracting(CallList.Request::method)
                .containsOnly("GET", "HEAD");
    }

    /** Autoheal sends its filter as unescaped JSON with quotes and braces, unlike other clients. */
    @Test
    void unescapedAutohealFilterIsForwardedUnchanged(@TempDir Path folder) throws Exception {
        String target = CallList.of("autoheal").requests().get(0).target();
        assertThat(target).contains("{\"health\":[\"unhealthy\"]");

        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("PRESET", "autoheal"))) {
            assertThat(proxy.ask("GET", target)).startsWith("HTTP/1.1 200 ");
            assertThat(daemon.takeHead()).startsWith("GET " + target + " HTTP/1.1\r\n");
        }
    }

    private static Iterable<String> granted(Map<String, String> environment) throws InvalidSettingsException {
        return Settings.read(environment, VARIABLES).policy().otherwise().granted();
    }

    private static List<CallList.Request> denied(Map<String, String> environment, Preset preset)
            throws InvalidSettingsException {
        Settings settings = Settings.read(environment, VARIABLES);
        Profile profile = settings.policy()
                .otherwise()
                .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());
        return CallList.of(preset.name()).requests().stream()
                .filter(request -> !isAllowed(profile, request))
                .toList();
    }

    private static boolean isAllowed(Profile profile, CallList.Request request) {
        try {
            RequestTarget target = RequestTarget.parse(request.target());
            Operation operation = CATALOGUE.find(request.method(), target).orElse(null);
            return profile.decide(operation, target, RequestHead.EMPTY).isAllowed();
        } catch (BadTargetException refused) {
            return false;
        }
    }
}
