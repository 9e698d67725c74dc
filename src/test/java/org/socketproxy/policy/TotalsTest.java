package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Totals.Total;
import org.socketproxy.policy.create.Resources;
import org.socketproxy.policy.value.ProfileValues;

/** {@code MAX_OBJECTS}. */
class TotalsTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Operation CREATE = CATALOGUE.byId("ContainerCreate").orElseThrow();

    private static Totals totals(String text) {
        return Totals.parse(text).orElseThrow();
    }

    @Test
    void elementsAreReadAndWritten() {
        Totals read = totals("memory:8g, containers:0,cpus:1.5,pids:4096");

        assertThat(read.highest())
                .isEqualTo(Map.of(
                        Total.CONTAINERS, 0L, Total.MEMORY, 8L << 30, Total.CPUS, 1_500_000_000L, Total.PIDS, 4096L));
        assertThat(ProfileValues.NONE.with(Totals.KEY, read).text(Totals.KEY))
                .contains("containers:0,memory:8g,cpus:1.5,pids:4096");
        assertThat(totals("")).isEqualTo(Totals.NONE);
        assertThat(totals("logs:20m").logs()).isEqualTo(20 << 20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "containers",
                "containers:",
                "containers:-1",
                "containers:1g",
                "images:3",
                "memory:0",
                "memory:1k",
                "memory:8x",
                "cpus:0",
                "cpus:-1",
                "cpus:1e3",
                "pids:0",
                "networks:1,networks:2",
                "networks:1,",
                "Networks:1",
                "networks=1",
                "logs:1k",
                "logs:-1"
            })
    void otherTextIsRefused(String text) {
        assertThat(Totals.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "containers:1 | ContainerCreate ContainerCreateLibpod ContainerUpdate ContainerUpdateLibpod PodCreateLibpod ServiceCreate ServiceUpdate",
                "logs:20m     | ''",
                "networks:1   | NetworkCreate NetworkCreateLibpod",
                "volumes:1    | ContainerCreate ContainerCreateLibpod ServiceCreate ServiceUpdate VolumeCreate VolumeCreateLibpod",
            })
    void operationsThatCanExceedATotalAreConcerned(String totals, String operations) {
        assertThat(CATALOGUE.operations().stream()
                        .filter(totals(totals)::concerns)
                        .map(Operation::id)
                        .collect(Collectors.toSet()))
                .isEqualTo(operations.isEmpty() ? Set.of() : Set.of(operations.split(" ")));
        assertThat(Totals.NONE.concerns(CREATE)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "'containers:5,memory:1g', 'the objects of this profile have at most containers:5, memory:1g together (MAX_OBJECTS)'",
        "logs:20m, the log of a container has at most 20m (MAX_OBJECTS)",
        "'logs:20m,containers:5', 'the objects of this profile have at most containers:5 together, and the log of a container has at most 20m (MAX_OBJECTS)'",
    })
    void checkSaysWhatIsLimited(String text, String effect) {
        assertThat(ProfileValues.NONE.with(Totals.KEY, totals(text)).effect(Totals.KEY))
                .contains(effect);
    }

    @Test
    void narrowerTotalsAreWithin() {
        ProfileValues some = ProfileValues.NONE.with(Totals.KEY, totals("containers:5"));
        ProfileValues fewer = ProfileValues.NONE.with(Totals.KEY, totals("containers:4,networks:1"));

        assertThat(fewer.isWithin(some, Totals.KEY)).isTrue();
        assertThat(some.isWithin(fewer, Totals.KEY)).isFalse();
        assertThat(some.isWithin(ProfileValues.NONE, Totals.KEY)).isTrue();
        assertThat(ProfileValues.NONE.isWithin(some, Totals.KEY)).isFalse();
    }

    @Test
    void sentencesSayTheLimitTheUseAndTheRemedy() {
        ProfileOrigin file = new ProfileOrigin("ci", "policy.yaml", Map.of("max", 7));
        Totals totals = totals("containers:5,memory:1g");

        assertThat(totals.sentence(CREATE, Total.CONTAINERS, 5, 1, file))
                .isEqualTo(
                        "ContainerCreate: this profile may have 5 containers, and has 5: remove some, or set max.containers"
                                + " higher (profile ci: policy.yaml line 7); an update that creates new containers before it removes the old"
                                + " ones needs room for both");
        assertThat(totals.sentence(CREATE, Total.MEMORY, 900L << 20, 200L << 20, ProfileOrigin.ENVIRONMENT))
                .isEqualTo(
                        "ContainerCreate: the containers of this profile may have memory of 1g together, also stopped ones, and"
                                + " they have 900m, and this request adds 200m: remove some, ask for less with --memory, or set memory in"
                                + " MAX_OBJECTS higher");
        assertThat(totals.sentence(CREATE, Total.MEMORY, Resources.UNLIMITED, 1 << 20, ProfileOrigin.ENVIRONMENT))
                .contains(
                        "one of them has no limit of it: give it one with docker update --memory 512m, remove it, or set");
    }
}
