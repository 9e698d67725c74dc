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
import org.socketproxy.testing.Footprint;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** A request that meets a kept connection when the daemon closes it is sent once more, if that can do no harm. */
class StaleConnectionRetryTest {
    private static final int TRIES = 50;
    /** Its end is written only when the daemon's connection can be had again. */
    private static final String OK = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n";

    @TempDir
    Path folder;

    private final AtomicInteger asked = new AtomicInteger();

    /** What the daemon answers to a second request on a connection before it closes; the first is answered well. */
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
    void onlyWhatMayBeRepeatedIsSentAgain(FakeDaemon.Kind kind, String line, String headers, String answer, String seen)
            throws Exception {
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
                            .as("met a kept connection, try " + i)
                            .isEqualTo(1);
                    assertThat(second).as("try " + i).startsWith(seen);
                }
            }
            assertThat(Footprint.await(() -> proxy.openExchanges() == 0)).isTrue();
        }
    }

    /** A new connection that is closed is closed for the request's sake. */
    @ParameterizedTest
    @EnumSource
    void itIsSentTwiceAtMost(FakeDaemon.Kind kind) throws Exception {
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
            assertThat(heads.get()).as("on a kept one, and a new one").isEqualTo(3);
        }
    }

    /** All its connections are closed at once, in the moment when the next request comes or before. */
    @ParameterizedTest
    @EnumSource
    void aDaemonThatClosesBehindEachAnswerIsNotNoticed(FakeDaemon.Kind kind) throws Exception {
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
