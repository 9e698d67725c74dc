package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.Preset;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.CoveringPresets.Offer;
import org.socketproxy.status.RenderedPage;
import org.socketproxy.testing.CallList;
import org.socketproxy.testing.TestProfile;
import org.socketproxy.usage.Usage;

/** Tests that the requests of well-known clients lead to their presets. */
class CoveringPresetsTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final CoveringPresets PRESETS = CoveringPresets.of(
            new LeastPolicies(CATALOGUE, Variables.load()), TestProfile.granting(Set.of()), Preset.ofVariables());

    static Stream<String> names() {
        return CallList.names().stream().filter(Preset.ofVariables()::containsKey);
    }

    @ParameterizedTest
    @MethodSource("names")
    void clientIsCoveredByItsPresetOrOneWithTheSameVariables(String name) throws Exception {
        Map<String, Set<String>> variables = Preset.ofVariables();

        assertThat(PRESETS.of(client("10.0.0.1", recorded(name)))
                        .map(Offer::name)
                        .map(variables::get))
                .contains(variables.get(name));
    }

    @Test
    void firstDenialOfTraefikFindsPreset() throws Exception {
        List<Usage.ClientOperation> first = recorded("traefik").subList(0, 4);

        assertThat(first).extracting(Usage.ClientOperation::operation).last().isEqualTo("ContainerList");
        assertThat(PRESETS.of(client("10.0.0.1", first)).map(Offer::name)).contains("traefik");
    }

    @Test
    void readingPortainerIsCoveredByReadOnlyPreset() throws Exception {
        List<Usage.ClientOperation> snapshot =
                recorded("portainer").stream().filter(asked -> !asked.isWrite()).toList();

        assertThat(PRESETS.of(client("10.0.0.1", snapshot)).map(Offer::name)).contains("portainer-readonly");
    }

    @Test
    void clientOutsideAllPresetsHasNoPreset() throws Exception {
        List<Usage.ClientOperation> asked = new ArrayList<>(recorded("traefik"));
        asked.add(new Usage.ClientOperation("NodeList", false, 0, 1, RenderedPage.START, null));

        assertThat(PRESETS.of(client("10.0.0.1", asked))).isEmpty();
    }

    @Test
    void neverAllowedOperationHasNoPreset() {
        assertThat(PRESETS.of(client("10.0.0.1", List.of(asked("QuadletListLibpod", false, 1)))))
                .isEmpty();
    }

    @Test
    void unlistedRequestIsIgnored() throws Exception {
        List<Usage.ClientOperation> asked = new ArrayList<>(recorded("traefik"));
        asked.add(new Usage.ClientOperation(null, false, 0, 1, RenderedPage.START, null));

        assertThat(PRESETS.of(client("10.0.0.1", asked)).map(Offer::name)).contains("traefik");
        assertThat(PRESETS.of(client("10.0.0.1", List.of(asked.get(asked.size() - 1)))))
                .isEmpty();
    }

    @Test
    void clientWithoutDenialsHasNoPreset() {
        assertThat(PRESETS.of(client("10.0.0.1", List.of(asked("ContainerList", false, 0)))))
                .isEmpty();
    }

    @Test
    void evictedClientsHaveNoPreset() throws Exception {
        assertThat(PRESETS.of(client(Usage.OTHERS, recorded("traefik")))).isEmpty();
    }

    private static Usage.ClientUse client(String address, List<Usage.ClientOperation> asked) {
        return new Usage.ClientUse(address, RenderedPage.START, RenderedPage.START, asked, 0);
    }

    /** Each operation of the call list once, in the order of the first calls, all denied. */
    private static List<Usage.ClientOperation> recorded(String name) throws Exception {
        List<Usage.ClientOperation> recorded = new ArrayList<>();
        for (CallList.Request request : CallList.of(name).requests()) {
            RequestTarget target = RequestTarget.parse(request.target());
            Operation operation = CATALOGUE.find(request.method(), target).orElseThrow();
            recorded.add(asked(operation.id(), operation.isWrite(target), 1));
        }
        return recorded.stream().distinct().toList();
    }

    private static Usage.ClientOperation asked(String operation, boolean isWrite, long denied) {
        return new Usage.ClientOperation(operation, isWrite, 1, denied, RenderedPage.START, null);
    }
}
