package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.forward.DaemonFault.NO_HTTP;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests that a safe request is retried once after a stale connection. */
class StaleConnectionRetryTest {
    private static final int TRIES = 50;
    /** Chunked, so that the client receives its end only after the daemon's connection is back in the pool. */
    private static final String OK = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n";

    @TempDir
    Path folder;

    private final AtomicInteger asked = new AtomicInteger();

    /** Answers the first request of a connection with OK and the second one with the given text, then closes it. */
    private FakeDaemon.Script closingAtTheSecond(String answer) {
        return peer -> {
            peer.readRequest();
            peer.write(OK);
            if (peer.readRequest() != null) {
                asked.incrementAndGet();
                peer.write(answer);
            }
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "UNIX | GET /info                         |                        | ''           | 200 OK",
                "TCP  | GET /info                         |                        | ''           | 200 OK",
                "UNIX | HEAD /containers/x/archive        |                        | ''           | 200",
                "UNIX | GET /info                         | Content-Length: 0      | ''           | 200 OK",
                "UNIX | GET /info                         | Content-Length: 2      | ''           | 502",
                "UNIX | GET /containers/a/attach/ws       | Connection: Upgrade,Upgrade: websocket | '' | 502",
                "UNIX | GET /libpod/containers/a/healthcheck |                     | ''           | 502",
                "UNIX | POST /containers/a/start          | Content-Length: 0      | ''           | 502",
                "UNIX | DELETE /containers/a              |                        | ''           | 502",
                "UNIX | PUT /containers/x/archive         | Content-Length: 2      | ''           | 502",
                "UNIX | GET /info                         |                        | HTTP/1.1 2   | 502",
                "TCP  | GET /info                         |                        | HTTP/1.1 2   | 502",
            })
    void onlySafeRequestsWithoutABodyAreRetried(
            FakeDaemon.Kind kind, String line, String headers, String answer, String seen) throws Exception {
        String fields = headers == null ? "" : headers.replace(",", "\r\n") + "\r\n";
        String body = fields.contains(": 2") ? "{}" : "";
        String request = line + " HTTP/1.1\r\nHost: d\r\n" + fields + "\r\n" + body;
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, closingAtTheSecond(answer));
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of())) {
            for (int i = 0; i < TRIES; i++) {
                try (RawClient client = proxy.connect()) {
                    String first =
                            client.request("GET", "/version").readAnswer("GET").toString();
                    assertThat(first).isEqualTo("200 OK");
                    asked.set(0);
                    String second = client.send(request)
                            .readAnswer(line.substring(0, line.indexOf(' ')))
                            .toString();
                    assertThat(asked.get())
                            .as("used a pooled connection, try " + i)
                            .isEqualTo(1);
                    assertThat(second).as("try " + i).startsWith(seen);
                }
            }
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
        }
    }

    /** A failure on a new connection is not a stale connection. */
    @ParameterizedTest
    @EnumSource
    void requestIsRetriedOnlyOnce(FakeDaemon.Kind kind) throws Exception {
        AtomicInteger heads = new AtomicInteger();
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        if (head.startsWith("GET /info ")) {
                            heads.incrementAndGet();
                            return;
                        }
                        peer.write(OK);
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of());
                RawClient client = proxy.connect()) {
            assertThat(client.request("GET", "/info").readAnswer("GET").toString())
                    .endsWith(NO_HTTP.substring(4));
            assertThat(heads.get()).as("on a new connection").isEqualTo(1);

            assertThat(client.request("GET", "/version").readAnswer("GET").toString())
                    .isEqualTo("200 OK");
            assertThat(client.request("GET", "/info").readAnswer("GET").toString())
                    .endsWith(NO_HTTP.substring(4));
            assertThat(heads.get()).as("on a pooled connection and a new one").isEqualTo(3);
        }
    }

    /** Each pooled connection becomes stale before or during the next request. */
    @ParameterizedTest
    @EnumSource
    void clientSeesNoStaleConnection(FakeDaemon.Kind kind) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, peer -> {
                    peer.readRequest();
                    peer.write(OK);
                });
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 20 * TRIES; i++) {
                assertThat(client.request("GET", "/info").readAnswer("GET").toString())
                        .as("try " + i)
                        .isEqualTo("200 OK");
            }
        }
    }
}
