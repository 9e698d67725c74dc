package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Variables;
import org.socketproxy.status.RenderedPage;
import org.socketproxy.testing.TestProfile;
import org.socketproxy.usage.Usage;

class SuggestionTest {
    private static final Instant SINCE = Instant.parse("2026-01-02T03:04:05Z");

    private static Suggestion suggestion(Usage.ClientUse... clients) {
        Usage usage = new Usage(SINCE, List.of(), List.of(), List.of(clients), List.of());
        return suggestion(AssignmentForm.COMPOSE, usage);
    }

    private static Suggestion suggestion(AssignmentForm form, Usage usage) {
        return new Suggestion(
                new LeastPolicies(OperationCatalogue.load(), Variables.load()),
                TestProfile.granting(Set.of()),
                usage,
                RenderedPage.presets(),
                form);
    }

    private static Usage.ClientUse client(String address, Usage.ClientOperation... asked) {
        return new Usage.ClientUse(address, SINCE, SINCE, List.of(asked), 0);
    }

    private static Usage.ClientOperation asked(String operation, boolean isWrite) {
        return new Usage.ClientOperation(operation, isWrite, 1, 2, SINCE, null);
    }

    @Test
    void textIsComposeBlockWithOperationsPerVariable() {
        String text = suggestion(client(
                        "172.18.0.3",
                        asked("SystemPing", false),
                        asked("ContainerList", false),
                        asked("ContainerRestart", true),
                        asked(null, false)))
                .asText();

        assertThat(text.lines())
                .containsExactly(
                        "# The minimum variables that allow all operations requested since 2026-01-02T03:04:05Z.",
                        "# Keep the settings that are not named here, such as LISTEN.",
                        "# They allow 9 of 173 operations of the Docker API and 6 of 140 of Podman's API.",
                        "environment:",
                        "  - CONTAINERS=1                 # ContainerList; DANGER: shows every container's environment",
                        "  - EVENTS=0                     # on by default, and no client requested it",
                        "  - PING=1                       # SystemPing",
                        "  - VERSION=0                    # on by default, and no client requested it",
                        "  - LIBPOD_PING=0                # on by default, and no client requested it",
                        "  - LIBPOD_VERSION=0             # on by default, and no client requested it",
                        "  - ALLOW_RESTARTS=1             # ContainerRestart");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ENVIRONMENT | '# SystemPing~PING=1~'",
                "ENV_FILE    | '# SystemPing~PING=1~'",
                "COMPOSE     | 'environment:~'",
                "KUBERNETES  | 'env:~'",
                "KUBERNETES  | '~  - {name: PING, value: \"1\"}                       # SystemPing~'",
            })
    void textHasTheFormOfThePlaceThatConfiguresTheVariables(AssignmentForm form, String expected) {
        Usage usage =
                new Usage(SINCE, List.of(), List.of(), List.of(client("c", asked("SystemPing", false))), List.of());

        assertThat(suggestion(form, usage).asText()).contains(expected.replace('~', '\n'));
    }

    @Test
    void optionalVariablesAreCommentsWithTheirReason() throws Exception {
        Usage.ClientOperation info = new Usage.ClientOperation("SystemInfo", false, 0, 2, SINCE, SINCE);
        Suggestion suggestion = suggestion(client("172.18.0.3", asked("SystemPing", false), info));

        assertThat(suggestion.asText())
                .contains("- PING=1")
                .doesNotContain("INFO=1")
                .endsWith(
                        "# Perhaps optional, because other requests of the client succeeded within a minute after the last denial:\n"
                                + "#   INFO for SystemInfo\n");
        JsonNode all = new ObjectMapper().readTree(suggestion.asJson()).get("all");
        assertThat(all.get("environment").has("INFO")).isFalse();
        assertThat(all.get("optional").toString()).isEqualTo("{\"INFO\":[\"SystemInfo\"]}");
    }

    @Test
    void operationThatOneClientNeedsIsNotOptional() {
        Usage.ClientOperation optional = new Usage.ClientOperation("SystemInfo", false, 0, 2, SINCE, SINCE);

        String text = suggestion(client("172.18.0.3", optional), client("172.18.0.4", asked("SystemInfo", false)))
                .asText();

        assertThat(text.split("\n\n")[0]).contains("- INFO=1").doesNotContain("optional");
    }

    @Test
    void eachClientHasItsOwnMinimum() {
        String text = suggestion(
                        client("172.18.0.3", asked("ContainerList", false)),
                        client("172.18.0.4", asked("ImageList", false)))
                .asText();

        String[] parts = text.split("\n\n");
        assertThat(parts).hasSize(3);
        assertThat(parts[0]).contains("- CONTAINERS=1", "- IMAGES=1");
        assertThat(parts[1])
                .startsWith("# Only for 172.18.0.3.")
                .contains("- CONTAINERS=1")
                .doesNotContain("IMAGES");
        assertThat(parts[2])
                .startsWith("# Only for 172.18.0.4.")
                .contains("- IMAGES=1")
                .doesNotContain("CONTAINERS");
    }

    @Test
    void jsonHasSameContent() throws Exception {
        JsonNode json = new ObjectMapper()
                .readTree(suggestion(client("unix", asked("ContainerStart", true), asked("SystemPing", false)))
                        .asJson());

        assertThat(json.at("/since").asText()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(json.at("/all/environment/ALLOW_START").asText()).isEqualTo("1");
        assertThat(json.at("/all/environment/EVENTS").asText()).isEqualTo("0");
        assertThat(json.at("/all/needed/ALLOW_START/0").asText()).isEqualTo("ContainerStart");
        assertThat(json.at("/all/opens").asInt()).isPositive();
        assertThat(json.at("/clients/0/client").asText()).isEqualTo("unix");
        assertThat(json.at("/clients/0/least")).isEqualTo(json.at("/all"));
    }

    @Test
    void narrowestPresetFollowsClientBlock() throws Exception {
        Usage.ClientUse narrow = client("172.18.0.3", asked("SystemPing", false), asked("ContainerList", false));
        Usage.ClientUse broad = client("172.18.0.4", asked("ContainerList", false), asked("ImageList", false));
        Usage.ClientUse none = client("172.18.0.5", asked("ContainerList", false), asked("NodeList", false));
        Suggestion all = suggestion(narrow, broad, none);

        String[] parts = all.asText().split("\n\n");
        assertThat(parts[0]).doesNotContain("PRESET");
        assertThat(parts[1]).endsWith("\n# PRESET=narrow covers this client.");
        assertThat(parts[2]).endsWith("\n# PRESET=broad covers this client.");
        assertThat(parts[3]).doesNotContain("PRESET");
        assertThat(suggestion(narrow).asText()).endsWith("\n# PRESET=narrow covers this client.\n");
        JsonNode json = new ObjectMapper().readTree(all.asJson());
        assertThat(json.at("/clients/1/preset").asText()).isEqualTo("broad");
        assertThat(json.at("/clients/2").has("preset")).isFalse();
    }

    @Test
    void noRequestsNeedNoVariables() {
        assertThat(suggestion().asText())
                .contains(
                        "# They allow 0 of 173 operations of the Docker API and 0 of 140 of Podman's API.", "- PING=0")
                .doesNotContain("=1");
    }

    @Test
    void neverAllowedOperationIsListed() {
        assertThat(suggestion(client("c", asked("GetDebugPprof", false), asked("SystemPing", false)))
                        .asText())
                .doesNotContain("null");
    }
}
