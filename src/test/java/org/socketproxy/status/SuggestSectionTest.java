package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.usage.Usage;

/** The section with the difference between what is on and what the clients need. */
class SuggestSectionTest {
    private static final Instant NOW = RenderedPage.START.plusSeconds(60);
    private static final Usage USAGE = new Usage(
            RenderedPage.START,
            List.of(),
            List.of(),
            List.of(
                    client("10.0.0.1", NOW, "ContainerList", "SystemPing", "ContainerRestart"),
                    client("10.0.0.66", NOW.minusSeconds(9), "SwarmInspect", "ContainerList")),
            List.of());

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                          | add MASK=tokens, add SWARM, add ALLOW_RESTARTS, remove INFO, keep CONTAINERS, keep PING",
                "without=10.0.0.66                           | add ALLOW_RESTARTS, remove INFO, keep CONTAINERS, keep PING",
                "without=SwarmInspect                        | add ALLOW_RESTARTS, remove INFO, keep CONTAINERS, keep PING",
                "without=ContainerRestart&without=10.0.0.66  | remove INFO, keep CONTAINERS, keep PING",
                "without=10.0.0.1&without=10.0.0.66          | remove CONTAINERS, remove INFO, remove PING",
                "without=nothing                             | add MASK=tokens, add SWARM, add ALLOW_RESTARTS, remove INFO, keep CONTAINERS, keep PING",
            })
    void differenceLeavesOutWhatTheQueryNames(String query, String changes) {
        assertThat(String.join(
                        ", ",
                        section(query).changes().stream()
                                .map(change -> change.kind().word() + " " + change.variable())
                                .toList()))
                .isEqualTo(changes);
    }

    @Test
    void linesToCopyAreCompleteAndSwitchOffDefaults() {
        assertThat(section("without=10.0.0.66").text()).isEqualTo("""
                environment:
                  - CONTAINERS=1
                  - EVENTS=0
                  - PING=1
                  - VERSION=0
                  - ALLOW_RESTARTS=1""");
    }

    @Test
    void itemsAreClientsAndOperationsAndThoseThatAreDeniedNowComeFirst() {
        SuggestSection section = section("without=SwarmInspect");

        assertThat(section.clients()).map(SuggestSection.Item::name).containsExactly("10.0.0.1", "10.0.0.66");
        assertThat(section.operations())
                .map(SuggestSection.Item::name)
                .containsExactly("ContainerRestart", "SwarmInspect", "ContainerList", "SystemPing");
        assertThat(section.operations())
                .filteredOn(SuggestSection.Item::isLeftOut)
                .map(SuggestSection.Item::name)
                .containsExactly("SwarmInspect");
        assertThat(section.operations().get(2).detail()).isEqualTo("2 allowed, 4 denied");
    }

    private static SuggestSection section(String query) {
        return SuggestSection.of(
                RenderedPage.facts(
                        RenderedPage.setup(
                                RenderedPage.profile("CONTAINERS", "INFO", "PING"),
                                "unix:///run/docker.sock",
                                List.of()),
                        USAGE),
                PageQuery.parse(query));
    }

    private static Usage.ClientUse client(String name, Instant last, String... operations) {
        return new Usage.ClientUse(
                name,
                NOW,
                last,
                List.of(operations).stream()
                        .map(operation -> new Usage.ClientOperation(
                                operation, operation.equals("ContainerRestart"), 1, 2, NOW, null))
                        .toList(),
                0);
    }
}
