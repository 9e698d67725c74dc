package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** Each filter that asks the daemon registers the exchange while it waits: a stop of the proxy ends it. */
class UnansweredQuestionTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // filter          | TARGETS          | request                                  | body
                "TargetStep      | label:owner=ci   | GET /v1.45/containers/web/json           | ",
                "ResponseScopeStep  | name:web         | GET /v1.45/tasks                         | ",
                "ContainerStep   |                  | POST /v1.45/containers/web/start         | ",
                "ContainerStep   |                  | POST /v5.4.0/libpod/pods/web/start       | ",
                "BodyTargetsStep  | label:owner=ci   | POST /v1.45/containers/create            | {\"Image\":\"a\"}",
                "BodyObjectsStep  |                  | POST /v1.45/containers/create            | {\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"v:/v\"]}}",
                "BodyObjectsStep  |                  | POST /v5.0.0/libpod/containers/create    | {\"image\":\"a/b\",\"pod\":\"p\"}",
            })
    void stopEndsTheExchange(String filter, String targets, String request, String body) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.readToEnd();
                });
                ChainUnderTest chain = ChainUnderTest.safe(
                        daemon.host(), Duration.ofMinutes(5), targets == null ? Map.of() : Map.of("TARGETS", targets));
                RawClient client = chain.connect()) {
            String json = body == null ? "" : body;
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + json.length() + "\r\n\r\n" + json);
            assertThat(daemon.takeHead()).as(filter).startsWith("GET ").doesNotStartWith(request + " ");
            assertThat(chain.openExchanges()).isOne();

            assertThat(chain.stopExchanges(Duration.ZERO)).isOne();

            assertThat(chain.openExchanges()).isZero();
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void stopEndsAnExchangeThatWaitsForAnotherRemoval() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.readToEnd();
                });
                ChainUnderTest chain =
                        ChainUnderTest.safe(daemon.host(), Duration.ofMinutes(5), Map.of("TARGETS", "label:owner=ci"));
                RawClient first = chain.connect();
                RawClient second = chain.connect()) {
            first.send("DELETE /v1.45/networks/a HTTP/1.1\r\nHost: d\r\n\r\n");
            daemon.takeHead();
            second.send("DELETE /v1.45/networks/b HTTP/1.1\r\nHost: d\r\n\r\n");
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 2)).isTrue();
            assertThat(daemon.isUntouched()).isTrue();

            assertThat(chain.stopExchanges(Duration.ZERO)).isEqualTo(2);

            assertThat(chain.openExchanges()).isZero();
            assertThat(first.readToEnd() + second.readToEnd()).isEmpty();
        }
    }
}
