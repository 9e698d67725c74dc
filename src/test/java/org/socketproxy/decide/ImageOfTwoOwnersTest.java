package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;

/** An image with a name of the profile and one of others: a removal by the id would remove both names. */
class ImageOfTwoOwnersTest {
    private static final String ID = "a".repeat(64);
    private static final String IMAGE =
            "{\"Id\":\"sha256:" + ID + "\",\"RepoTags\":[\"own:1\",\"other:1\"],\"Config\":{}}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "GET /images/own:1/json,   200",
        "GET /images/ID/json,      200",
        "GET /images/other:1/json, 404",
        "DELETE /images/own:1,     200",
        "DELETE /images/ID,        404",
        "DELETE /images/other:1,   404",
        "DELETE /images/sha256:ID, 404",
    })
    void imageIsNotRemovedByItsId(String request, int status) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(
                        folder, "HTTP/1.1 200 OK\r\nContent-Length: " + IMAGE.length() + "\r\n\r\n" + IMAGE);
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", "images:reference:own"))) {
            assertThat(FakeOwners.send(chain, request.replace("ID", ID), "")).startsWith(status + " ");
        }
    }
}
