package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.status.RenderedPage;
import org.socketproxy.testing.Corpus;
import org.socketproxy.usage.Usage;

/**
 * The rows of {@code advice.txt}.
 *
 * <ul>
 *   <li>{@code preset}: the preset that a client is offered after it was denied these operations; {@code none} for no preset
 *   <li>{@code risk}: the answer to the question whether a client can become root on the host
 * </ul>
 */
class AdviceTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Variables VARIABLES = Variables.load();
    private static final LeastPolicies LEAST = new LeastPolicies(CATALOGUE, VARIABLES);

    static Stream<Arguments> rows() {
        return Corpus.lines(AdviceTest.class, "advice.txt")
                .filter(line -> line.contains(" | ") && !line.startsWith("#"))
                .map(line -> {
                    String[] cells = Arrays.stream(line.split("\\|", -1))
                            .map(String::strip)
                            .toArray(String[]::new);
                    return Arguments.of(cells[0], cells[1], cells[2], cells[3]);
                });
    }

    @ParameterizedTest
    @MethodSource("rows")
    void adviceIsAsInTheTable(String kind, String settings, String asked, String advice) throws Exception {
        Profile profile = profile(settings);
        assertThat(
                        switch (kind) {
                            case "preset" -> preset(profile, asked);
                            case "risk" -> Risk.of(profile, CATALOGUE).answer();
                            default -> throw new IllegalArgumentException(kind);
                        })
                .isEqualTo(advice);
    }

    private static Profile profile(String settings) throws InvalidSettingsException {
        Map<String, String> environment = new HashMap<>();
        if (!settings.equals("-")) {
            Arrays.stream(settings.split(" "))
                    .map(one -> one.split("=", 2))
                    .forEach(one -> environment.put(one[0], one[1]));
        }
        return Settings.read(environment, VARIABLES)
                .policy()
                .otherwise()
                .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of());
    }

    private static String preset(Profile profile, String asked) {
        List<Usage.ClientOperation> operations = Arrays.stream(asked.split(" "))
                .map(id -> new Usage.ClientOperation(
                        id, CATALOGUE.byId(id).orElseThrow().write().isAlways(), 0, 1, RenderedPage.START))
                .toList();
        Usage.ClientUse client = new Usage.ClientUse("10.0.0.1", RenderedPage.START, RenderedPage.START, operations);
        return CoveringPresets.of(LEAST, profile, Preset.ofVariables())
                .of(client)
                .orElse("none");
    }
}
