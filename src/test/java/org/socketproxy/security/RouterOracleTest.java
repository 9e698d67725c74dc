package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.security.RouterOracle.Outcome;
import org.socketproxy.security.RouterOracle.Reading;
import org.socketproxy.testing.Corpus;

/** Compares the oracle with recorded behaviour of dockerd. */
class RouterOracleTest {
    private static final RouterOracle ORACLE = new RouterOracle();

    static Stream<List<String>> requests() {
        return Corpus.read(RouterOracleTest.class, "oracle.txt", 4);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void oracleMatchesRecordedDockerd(List<String> row) {
        assertThat(ORACLE.read(row.get(2), row.get(3))).isEqualTo(expected(row));
    }

    static Reading expected(List<String> row) {
        for (Outcome outcome : Outcome.values()) {
            if (outcome.name().equals(row.get(0))) {
                return Reading.of(outcome);
            }
        }
        String name = row.get(1).equals("-") ? null : row.get(1);
        // The only route with a name that may be empty, which the table cannot contain.
        String captured = name == null && row.get(0).equals("VolumeInspect") ? "" : name;
        return new Reading(Outcome.OPERATION, row.get(0), captured);
    }

    @Test
    void oracleRoutesMatchCatalogue() {
        Set<String> known = OperationCatalogue.load().operations().stream()
                .filter(operation -> !operation.isLibpod() && !operation.isGrpc())
                .map(Operation::id)
                .collect(Collectors.toSet());
        Set<String> routed = ORACLE.operations().collect(Collectors.toSet());

        assertThat(known).hasSize(124);
        assertThat(routed).hasSize(121).contains("Options");
        known.removeAll(routed);
        assertThat(known)
                .containsExactlyInAnyOrder(
                        "ContainerCopy", "ContainerLinkDelete", "ImageAttestations", "PluginInspectOld");
    }
}
