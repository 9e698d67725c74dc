package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** Names that select an object, and names that a confined client gives. */
class TargetNameTest {
    @TempDir
    Path folder;

    private final FakeObjects objects = new FakeObjects();
    private FakeDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, objects);
        objects.exist("ci");
    }

    @AfterEach
    void stop() throws Exception {
        daemon.close();
    }

    private ChainUnderTest chain(String targets) throws Exception {
        return ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", targets));
    }

    private static String send(ChainUnderTest chain, String request) throws Exception {
        try (RawClient client = chain.connect()) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            var answer = client.readAnswer(request.split(" ")[0]);
            return answer.status() + " " + answer.body().strip() + " " + chain.takeRecord();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /containers/thing/stop                    | 200",
                "POST /containers/aaaa/stop                     | 200",
                "POST /containers/Thing/stop                    | 404",
                "POST /containers/bbbb/stop                     | 404",
                "POST /containers/thing2/stop                   | 404",
                "GET /containers/a/b/json                       | 404",
                "DELETE /networks/thing                         | 200",
                "DELETE /networks/aaaa                          | 200",
                "DELETE /networks/thin                          | 404",
                "DELETE /volumes/thing                          | 200",
                "DELETE /volumes/thin                           | 404",
                "DELETE /services/bbb                           | 200",
                "GET /tasks/thing                               | 404",
                "GET /images/thing:1/history                    | 200",
                "GET /images/thing%3A1/history                  | 200",
                "GET /images/docker.io/library/thing:1/history  | 200",
                "GET /images/sha256:aaaa/history                | 200",
                "GET /images/aaaa/history                       | 200",
                "GET /images/thing/history                      | 404",
                "GET /images/other:1/history                    | 404",
                "GET /images/bbbb/history                       | 404",
            })
    void descriptionMustBeThatOfTheNamedObject(String request, int status) throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(send(chain, request)).startsWith(status + " ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "label:owner=ci,containers:name:ci-* | POST /containers/thing/rename?name=ci-2    | 404 target-outside",
                "containers:name:thing*     | POST /containers/thing/rename?name=thing2           | 200 allow",
                "containers:name:thing*     | POST /containers/thing/rename?name=/thing2          | 200 allow",
                "containers:name:thing*     | POST /containers/thing/rename?name=prod             | 403 target-name",
                "containers:name:thing*     | POST /containers/thing/rename                       | 403 target-name",
                "containers:name:thing*     | POST /containers/thing/rename?name=thing2&name=prod | 403 target-name",
                "containers:name:thing*     | POST /containers/thing/rename?name=thing2&NAME=prod | 403 target-name",
                "label:owner=ci             | POST /containers/thing/rename?name=prod             | 200 allow",
                "images:reference:thing     | POST /images/thing:1/tag?repo=thing&tag=2           | 200 allow",
                "images:reference:thing     | POST /images/thing:1/tag?repo=thing:2               | 200 allow",
                "images:reference:thing:1   | POST /images/thing:1/tag?repo=thing&tag=2           | 403 target-name",
                "images:reference:thing     | POST /images/thing:1/tag?repo=nginx&tag=1           | 403 target-name",
                "images:reference:thing     | POST /images/thing:1/tag?repo=thing:1&tag=1         | 403 target-name",
                "images:reference:thing     | POST /images/thing:1/tag?repo=thing&repo=nginx      | 403 target-name",
                "images:reference:thing     | POST /images/thing:1/tag?tag=1                      | 403 target-name",
                "label:owner=ci             | POST /images/thing:1/tag?repo=thing&tag=2           | 403 target-name",
                "label:owner=ci             | POST /images/thing/push?tag=1                       | 200 allow",
                "label:owner=ci             | POST /images/thing/push                             | 403 target-name",
                "label:owner=ci             | POST /images/thing/push?tag=                        | 403 target-name",
                "label:owner=ci             | POST /images/thing/push?Tag=1                       | 403 target-name",
                "label:owner=ci             | POST /images/thing/push?tag=%zz                     | 403 target-name",
                "label:owner=ci             | POST /images/thing/push?tag=&tag=1                  | 403 target-name",
                "label:owner=ci             | POST /images/thing/push?tag=1&all=1                 | 403 target-name",
                "label:owner=ci             | POST /images/thing:1/push?tag=1                     | 403 target-name",
                "label:owner=ci             | GET /images/thing/get                               | 403 target-name",
                "label:owner=ci             | GET /images/aaaa/get                                | 403 target-name",
                "label:owner=ci             | GET /images/thing:1/get                             | 200 allow",
                "images:reference:thing     | DELETE /images/aaaa                                 | 200 allow",
                "images:reference:thing     | DELETE /images/thing:1                              | 200 allow",
                "images:reference:nothing   | DELETE /images/aaaa                                 | 404 target-outside",
                "images:reference:thing:2   | DELETE /images/thing:1                              | 404 target-outside",
                "containers:name:thing      | DELETE /networks/thing                              | 404 target-outside",
                "label:owner=c              | DELETE /networks/thing                              | 404 target-outside",
                "label:owner=ci,label:a=b   | DELETE /networks/thing                              | 404 target-outside",
                "label:owner=other          | DELETE /volumes/thing?force=1                       | 204 target-outside",
                "label:owner=other          | POST /containers/thing/kill                         | 404 target-outside",
            })
    void selectorsDecide(String targets, String request, String outcome) throws Exception {
        try (ChainUnderTest chain = chain(targets)) {
            assertThat(send(chain, request))
                    .startsWith(outcome.split(" ")[0] + " ")
                    .contains(" " + outcome.split(" ")[1] + " ");
        }
    }

    @Test
    void nameIsAskedAgainAfterARename() throws Exception {
        try (ChainUnderTest chain = chain("containers:name:thing")) {
            String stop = "POST /containers/" + FakeObjects.LONG + "/stop";
            assertThat(send(chain, stop)).startsWith("200 ");
            objects.rename("prod");
            assertThat(send(chain, stop)).startsWith("404 {\"message\":\"No such container: " + FakeObjects.LONG);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /containers/thing/start",
                "POST /containers/thing/attach?stream=1",
                "GET /containers/thing/archive?path=%2F",
                "POST /containers/thing/update",
                "POST /exec/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/start",
            })
    void ownContainerThatIsPrivilegedIsNotEntered(String request) throws Exception {
        objects.privilege();
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(send(chain, request)).startsWith("403 ").contains("HostConfig.Privileged is true");
            assertThat(send(chain, "POST /containers/thing/stop")).startsWith("200 ");
            assertThat(send(chain, request)).startsWith("403 ");
        }
    }

    @Test
    void errorThatTellsOfOtherObjectsIsNotSent() throws Exception {
        try (FakeDaemon ambiguous = FakeDaemon.answering(
                        java.nio.file.Files.createDirectory(folder.resolve("x")),
                        "HTTP/1.1 400 X\r\nContent-Length: 43\r\n\r\n{\"message\":\"multiple IDs found with prefix\"}");
                ChainUnderTest chain = ChainUnderTest.safe(ambiguous.host(), Map.of("TARGETS", "label:owner=ci"))) {
            assertThat(send(chain, "POST /containers/aa/stop"))
                    .startsWith("404 {\"message\":\"No such container: aa\"}");
        }
    }

    @Test
    void swarmThatIsOffIsReported() throws Exception {
        try (FakeDaemon off = FakeDaemon.answering(
                        java.nio.file.Files.createDirectory(folder.resolve("x")),
                        "HTTP/1.1 503 X\r\nContent-Length: 15\r\n\r\n{\"message\":\"n\"}");
                ChainUnderTest chain = ChainUnderTest.safe(off.host(), Map.of("TARGETS", "label:owner=ci"))) {
            assertThat(send(chain, "GET /services/x")).startsWith("502 ").contains("deny service-lookup");
        }
    }
}
