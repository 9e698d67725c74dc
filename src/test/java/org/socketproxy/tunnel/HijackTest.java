package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests hijacked exchanges, which forward raw bytes in both directions. */
class HijackTest {
    private static final String UPGRADED =
            "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
                    + "Connection: Upgrade\r\nUpgrade: %s\r\n\r\n";
    private static final String ECHO_END = "[end]";

    @TempDir
    Path folder;

    /** Upgrades as dockerd does, sends "hello " after its head, echoes its input, and sends a marker at its end. */
    private FakeDaemon echoing() throws IOException {
        return FakeDaemon.running(folder, peer -> {
            String head = peer.readRequest();
            String token = head.replaceAll("(?s).*\r\nUpgrade: (\\w+)\r\n.*", "$1");
            peer.write(String.format(UPGRADED, token) + "hello ");
            peer.input().transferTo(peer.output());
            peer.write(ECHO_END);
        });
    }

    private static ProxyUnderTest tunnelling(FakeDaemon daemon) {
        Map<String, String> settings = ProxyUnderTest.everything();
        settings.put("BUILDS", "tunnel");
        return ProxyUnderTest.with(daemon.socket(), settings);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1.45/exec/abc/start, tcp",
        "POST, /containers/x/attach?stream=1&stdin=1, tcp",
        "POST, /libpod/exec/abc/start, tcp",
        "POST, /session, h2c",
        "GET, /containers/x/attach/ws?stream=1, websocket",
    })
    void bytesBeforeAndAfterTheUpgradeAreForwarded(String method, String target, String token) throws Exception {
        try (FakeDaemon daemon = echoing();
                ProxyUnderTest proxy = tunnelling(daemon);
                RawClient client = proxy.connect()) {
            // The bytes after the client's head arrive before the daemon has answered 101.
            String length = method.equals("POST") ? "Content-Length: 2\r\n" : "";
            String body = method.equals("POST") ? "{}" : "";
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: " + token
                    + "\r\nSec-WebSocket-Key: abc\r\n" + length + "\r\n" + body + "early ");

            String head = daemon.takeHead();
            assertThat(head).startsWith(method + " " + target + " HTTP/1.1\r\n");
            assertThat(head)
                    .contains("Connection: Upgrade\r\n", "Upgrade: " + token + "\r\n", "Sec-WebSocket-Key: abc\r\n");
            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 101 ")
                    .contains("Connection: Upgrade\r\n", "Upgrade: " + token + "\r\n");
            assertThat(client.read(12)).isEqualTo("hello early ");
            assertThat(client.send("late").read(4)).isEqualTo("late");
            client.shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo(ECHO_END);
        }
    }

    /** The exact bytes that Go's http.Client writes when Docker's or Portainer's code hijacks a connection. */
    @ParameterizedTest
    @ValueSource(strings = {"/exec/abc/start", "/v1.41/containers/x/attach?stderr=1&stdin=1&stdout=1&stream=1"})
    void goClientWithABlankHostGets101(String target) throws Exception {
        try (FakeDaemon daemon = echoing();
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send(
                    "POST " + target + " HTTP/1.1\r\nHost: \r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 27\r\n"
                            + "Connection: Upgrade\r\nContent-Type: application/json\r\nUpgrade: tcp\r\n\r\n"
                            + "{\"Detach\":false,\"Tty\":true}");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.send("ls\n").read(9)).isEqualTo("hello ls\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/exec/abc/start", "/containers/x/attach?stream=1&stdin=1"})
    void clientWithoutUpgradeHeadersGets200AndTheRawStream(String target) throws Exception {
        try (FakeDaemon daemon = echoing();
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}early ");
            assertThat(client.readHead())
                    .isEqualTo("HTTP/1.1 200 OK\r\n"
                            + "Content-Type: application/vnd.docker.raw-stream\r\n"
                            + "Connection: close\r\n\r\n");
            assertThat(client.read(12)).isEqualTo("hello early ");
            client.send("late").shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("late" + ECHO_END);
        }
    }

    /** The response of dockerd to an invalid {@code detachKeys}. */
    @ParameterizedTest
    @ValueSource(strings = {"Connection: Upgrade\r\nUpgrade: tcp\r\n", "Expect: 100-continue\r\n", ""})
    void errorThatEndsWithTheConnectionIsForwardedLikeThat(String headers) throws Exception {
        String error = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/vnd.docker.raw-stream\r\n%s\r\n"
                + "Invalid detach keys (ctrl-A,a) provided\r\n";
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write(error.formatted(""));
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /containers/x/attach?detachKeys=ctrl-A,a&stream=1 HTTP/1.1\r\nHost: d\r\n" + headers
                    + "Content-Length: 0\r\n\r\n");
            assertThat(client.readToEnd()).isEqualTo(error.formatted("Connection: close\r\n"));
        }
    }

    @Test
    void callsOfBuildsAreForwardedAsBytesWithTheSetting() throws Exception {
        try (FakeDaemon daemon = echoing();
                ProxyUnderTest proxy =
                        ProxyUnderTest.with(daemon.socket(), Map.of("GRPC", "1", "POST", "1", "BUILDS", "tunnel"));
                RawClient client = proxy.connect()) {
            client.send("POST /grpc HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nearly ");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            client.send("late").shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("hello early late" + ECHO_END);
        }
    }

    /** dockerd checks only this header. */
    @ParameterizedTest
    @CsvSource({
        "/v1.45/exec/abc/start, tcp",
        "/containers/x/attach?stream=1&stdin=1, TCP",
        "/libpod/exec/abc/start, tcp",
        "/session, h2c",
    })
    void upgradeHeaderSufficesWithoutConnectionHeader(String target, String token) throws Exception {
        try (FakeDaemon daemon = echoing();
                ProxyUnderTest proxy = tunnelling(daemon);
                RawClient client = proxy.connect()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nUpgrade: " + token
                    + "\r\nContent-Length: 2\r\n\r\n{}early ");
            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 101 ")
                    .containsIgnoringCase("Upgrade: " + token + "\r\n");
            assertThat(client.read(12)).isEqualTo("hello early ");
            client.send("late").shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("late" + ECHO_END);
        }
    }

    @ParameterizedTest
    @CsvSource({"POST, /containers/create, tcp", "GET, /_ping, h2c", "POST, /grpc, tcp", "POST, /session, tcp"})
    void upgradeHeaderIsRemovedForOtherOperations(String method, String target, String token) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 2; i++) {
                client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nUpgrade: " + token
                        + "\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.readResponse())
                        .startsWith("HTTP/1.1 200 OK\r\n")
                        .endsWith("OK");
                assertThat(daemon.takeHead()).doesNotContainIgnoringCase("upgrade");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /containers/create, tcp",
        "GET, /containers/json, websocket",
        "GET, /_ping, h2c",
        "POST, /grpc, tcp",
        "GET, /containers/x/attach/ws, tcp",
    })
    void unknownUpgradeTokenIsNotForwarded(String method, String target, String token) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: " + token
                    + "\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(daemon.takeHead()).doesNotContainIgnoringCase("upgrade");
        }
    }

    @Test
    void unrequestedUpgradeOfTheDaemonIsA502() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, String.format(UPGRADED, "tcp"));
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket())) {
            assertThat(proxy.ask("GET", "/containers/json")).startsWith("HTTP/1.1 502 ");
        }
    }

    @Test
    void rejectedHijackKeepsTheConnection() throws Exception {
        String refusal = "HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        try (FakeDaemon daemon = FakeDaemon.answering(folder, refusal);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                client.send("POST /exec/abc/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                        + "Content-Length: 2\r\n\r\n{}");
                assertThat(client.readResponse()).isEqualTo(refusal);
            }
            assertThat(daemon.accepted()).isEqualTo(1);
        }
    }

    @Test
    void allOutputArrivesWhenTheDaemonClosesFirst() throws Exception {
        int size = 100_000; // fits into the socket buffers, so that the daemon can close before the client reads
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write(String.format(UPGRADED, "tcp"));
                    peer.output().write(new byte[size]);
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /exec/abc/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 2\r\n\r\n{}");
            client.readHead();
            daemon.awaitEnding();
            for (int i = 0; i < 100; i++) {
                client.send("the daemon does not read this");
            }
            assertThat(client.readToEnd()).hasSize(size);
        }
    }

    @Test
    void largePayloadIsForwardedUnchanged() throws Exception {
        byte[] bytes = new byte[48 << 20];
        new Random(2).nextBytes(bytes);
        try (FakeDaemon daemon = echoing();
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /exec/abc/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 2\r\n\r\n{}");
            client.readHead();
            client.read(6);
            Thread writer = new Thread(() -> {
                try {
                    client.output().write(bytes);
                    client.shutdownOutput();
                } catch (IOException broken) {
                    throw new java.io.UncheckedIOException(broken);
                }
            });
            writer.start();
            assertThat(client.input().readNBytes(bytes.length)).isEqualTo(bytes);
            assertThat(client.readToEnd()).isEqualTo(ECHO_END);
            writer.join();
        }
    }

    @Test
    void resetOfTheClientClosesTheDaemonConnection() throws Exception {
        try (FakeDaemon daemon = echoing();
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket())) {
            RawClient client = proxy.connect();
            client.send("POST /exec/abc/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 0\r\n\r\n");
            client.readHead();
            client.reset();
            daemon.awaitEnding();
        }
    }

    @Test
    void openTunnelsNeedNoThreads() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try (FakeDaemon daemon = echoing();
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket())) {
            for (int i = 0; i < 500; i++) {
                RawClient client = proxy.connect();
                clients.add(client);
                client.send("POST /exec/abc/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                        + "Content-Length: 0\r\n\r\n");
                client.readHead();
                client.read(6);
            }
            long threads = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> !thread.getName().startsWith("fake-daemon"))
                    .count();
            assertThat(threads).isLessThan(60);
            for (RawClient client : clients) {
                assertThat(client.send("x").read(1)).isEqualTo("x");
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }
}
