package org.socketproxy.war;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** The WAR behind connectors that the program itself does not have: HTTP/2, and HTTP/1.1 with the PROXY protocol. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignConnectorIT {
    private static final String PROXY_V1 = "PROXY TCP4 192.0.2.7 192.0.2.1 50000 80\r\n";
    private static final String STREAM_HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String EXEC =
            "POST /exec/a/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

    private final CountDownLatch go = new CountDownLatch(1);
    private FakeDaemon daemon;
    private DeployedWar war;

    @BeforeAll
    void deploy(@TempDir Path folder) throws Exception {
        daemon = FakeDaemon.running(folder, this::serve);
        Map<String, String> environment = Map.of(
                "SOCKET_PATH", daemon.socket().toString(),
                "CONTAINERS", "1",
                "EXEC", "1",
                "INFO", "1",
                "POST", "1");
        war = DeployedWar.embedded(folder, environment, Map.of());
        assertThat(daemon.takeHead()).startsWith("GET /_ping "); // for the report of the start
    }

    @AfterAll
    void close() throws IOException {
        if (war != null) {
            war.close();
        }
        daemon.close();
    }

    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (head.contains("\r\nUpgrade: ")) {
                peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                peer.write(peer.read(4));
                peer.readToEnd();
                return;
            }
            if (head.startsWith("GET /events ")) {
                peer.write(STREAM_HEAD);
                peer.readToEnd();
                return;
            }
            if (head.startsWith("POST /containers/a/wait ")) {
                await(go);
            }
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    @Test
    void proxyProtocolRequestsAreForwardedOnAPersistentConnection() throws Exception {
        try (RawClient client = RawClient.connect(war.proxyProtocolPort())) {
            client.send(PROXY_V1);
            assertThat(client.request("GET", "/info").readResponse()).endsWith("OK");
            assertThat(client.request("GET", "/volumes").readResponse()).startsWith("HTTP/1.1 403 ");
            assertThat(client.request("GET", "/version").readResponse()).endsWith("OK");
            daemon.takeHead();
            daemon.takeHead();
        }
    }

    /** The disconnect detection also covers a stream that starts later. */
    @Test
    void proxyProtocolClientDisconnectEndsTheDaemonsExchange() throws Exception {
        try (RawClient waiting = RawClient.connect(war.proxyProtocolPort());
                RawClient plain = RawClient.connect(war.port());
                RawClient proxied = RawClient.connect(war.proxyProtocolPort())) {
            waiting.send(PROXY_V1).request("POST", "/containers/a/wait");
            assertThat(daemon.takeHead()).startsWith("POST /containers/a/wait ");
            plain.request("GET", "/events").readHead();
            proxied.send(PROXY_V1).request("GET", "/events").readHead();
            daemon.takeHead();
            daemon.takeHead();

            plain.close();
            daemon.awaitEnding();
            proxied.close();
            daemon.awaitEnding();

            go.countDown();
            assertThat(waiting.readResponse()).as("what was watched completes").endsWith("OK");
            assertThat(waiting.request("GET", "/info").readResponse()).endsWith("OK");
            daemon.takeHead();
        }
    }

    @Test
    void proxyProtocolHijackIsATunnel() throws Exception {
        try (RawClient client = RawClient.connect(war.proxyProtocolPort())) {
            assertThat(client.send(PROXY_V1 + EXEC).readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.send("echo").read(4)).isEqualTo("echo");
            daemon.takeHead();
        }
        daemon.awaitEnding();
    }

    /** HTTP/2 is rejected: a hijack would take over all streams of the connection, and a body may have no Content-Length. */
    @ParameterizedTest
    @CsvSource({
        "GET, /info",
        "POST, /exec/a/start",
        "POST, /containers/a/attach?stream=1",
        "POST, /containers/a/start",
        "GET, /volumes"
    })
    void overHttp2NothingReachesTheDaemon(String method, String target) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        assertRefused(
                send(client, "GET", "/version")); // the JDK's client upgrades to HTTP/2 with a request without a body

        assertRefused(send(client, method, target));
    }

    private HttpResponse<String> send(HttpClient client, String method, String target) throws Exception {
        HttpRequest.BodyPublisher body =
                method.equals("GET") ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString("{}");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + war.http2Port() + target))
                .method(method, body)
                .timeout(Duration.ofSeconds(60))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private void assertRefused(HttpResponse<String> response) {
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.statusCode()).isEqualTo(505);
        assertThat(response.body()).startsWith("{\"message\":\"socket-proxy: ").contains("HTTP/1.1");
        assertThat(daemon.isUntouched()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /info", "POST /containers/a/start"})
    void theConnectorOfHttp2ServesHttp11AsAnyOther(String request) throws Exception {
        try (RawClient client = RawClient.connect(war.http2Port())) {
            String[] words = request.split(" ");
            assertThat(client.request(words[0], words[1]).readResponse()).endsWith("OK");
            assertThat(daemon.takeHead()).startsWith(request);
        }
    }
}
