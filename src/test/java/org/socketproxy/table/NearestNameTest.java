package org.socketproxy.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
    private static final List<String> KNOWN = List.of("binds", "ci", "ContainerList", "ContainerListLibpod", "IMAGES");

    @ParameterizedTest
    @CsvSource({
        "bind, binds",
        "bidns, binds",
        "images, IMAGES",
        "containerlist, ContainerList",
        "ContianersList, ContainerList",
        "ContainerListLibpo, ContainerListLibpod",
    })
    void aNameWithATypoHasANearestName(String written, String meant) {
        assertThat(NearestName.of(written, KNOWN)).contains(meant);
        assertThat(NearestName.advice(written, KNOWN, "")).isEqualTo("; did you mean " + meant + "?");
    }

    @ParameterizedTest
    @CsvSource({"cii", "cd", "bnd", "bnads", "IMGE", "ContaineLst1234", "''"})
    void shortOrDifferentNamesHaveNone(String written) {
        assertThat(NearestName.of(written, KNOWN)).isEmpty();
        assertThat(NearestName.advice(written, KNOWN, "; try --help")).isEqualTo("; try --help");
    }

    @Test
    void aLongNameIsNotCompared() {
        assertThat(NearestName.of("x".repeat(10_000_000), KNOWN)).isEmpty();
    }
}
