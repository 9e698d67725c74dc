package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids of objects as the docker CLI prints them. */
class ObjectIdsTest {
    private static final String ID = "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @CsvSource({
        "/containers/ID, /containers/0123456789ab…",
        "/containers/ID/top/ID, /containers/0123456789ab…/top/0123456789ab…",
        "/containers/IDa/top, /containers/IDa/top",
        "/images/x:ID, /images/x:ID",
        "ID, ID",
        "/, /",
    })
    void onlyFullIdsThatAreASegmentAreShortened(String path, String shown) {
        assertThat(ObjectIds.shortenIn(path.replace("ID", ID))).isEqualTo(shown.replace("ID", ID));
    }
}
