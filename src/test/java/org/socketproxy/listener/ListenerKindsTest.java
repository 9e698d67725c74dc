package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** What holds on each kind of listener. */
@Timeout(60)
class ListenerKindsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String EXEC = "POST /exec/a/start HTTP/1.1\r\nHost:\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            + "Content-Length: 2\r\n\r\n{}";
    private static final long PATIENCE_MILLIS = 30_000;

    /** A kind of listener. */
    enum Door {
        TCP,
        UNIX,
        TLS;

        String listen(Path folder) {
            return switch (this) {
                case TCP -> "tcp://127.0.0.1:0";
                case TLS -> "tls://127.0.0.1:0";
                case UNIX -> "unix://" + folder.resolve("proxy.sock");
            };
        }

        RawClient connect(Path folder, ProxyUnderTest proxy) throws IOException {
            return switch (this) {
                case TCP -> proxy.connect();
                case TLS -> TlsClient.showing(files, "alice", "ca").connect(proxy.port());
                case UNIX -> RawClient.connect(folder.resolve("proxy.sock"));
            };
        }
    }

    @TempDir
    static Path certificates;

    private static Certificates files;

    @TempDir
    Path folder;

    @BeforeAll
    static void makeCertificates() {
        files = Certificates.in(certificates)
                .server("server", "ca")
                .client("alice", "/CN=alice", "ca", "DNS:alice.example");
    }

    private final CountDownLatch streamEnded = new CountDownLatch(1);

    /** Answers, echoes tunnels to their end and says so, and streams until the proxy leaves. */
    private FakeDaemon daemon() throws IOException {
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                if (head.contains("\r\nUpgrade: ")) {
                    peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello ");
                    peer.input().transferTo(peer.output());
                    peer.write("[end]");
                    return;
                }
                if (head.startsWith("GET /events ")) {
                    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
                    peer.readToEnd();
                    streamEnded.countDown();
                    return;
                }
                peer.write(OK);
            }
        });
    }

    private ProxyUnderTest proxy(FakeDaemon daemon, Door door, String... settings) {
        Map<String, String> environment =
                new HashMap<>(Map.of("LISTEN", door.listen(folder), "POST", "1", "EXEC", "1"));
        environment.put("TLS_CERT", files.file("server.pem").toString());
        environment.put("TLS_KEY", files.file("server-key.pem").toString());
        environment.put("TLS_CLIENT_CA", files.file("ca.pem").toString());
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        return ProxyUnderTest.with(daemon.socket(), environment);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionIsKeptOverExchangesAllowedDeniedAndMalformed(Door door) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, door);
                RawClient client = door.connect(folder, proxy)) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/_ping").readResponse()).endsWith("OK");
                assertThat(client.request("GET", "/images/json").readResponse())
                        .startsWith("HTTP/1.1 403 ")
                        .contains("set IMAGES=1");
                assertThat(client.request("GET", "/a/../b").readResponse()).startsWith("HTTP/1.1 400 ");
            }
            assertThat(client.send("GET /_ping HTTP/1.1\r\n\r\n").readToEnd()).startsWith("HTTP/1.1 400 ");
            assertThat(proxy.refused(RejectionCounter.Cause.MALFORMED)).isOne();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTunnelLosesNoByteAndIsHalfClosed(Door door) throws Exception {
        String much = "0123456789abcdef".repeat(64 * 1024);
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, door);
                RawClient client = door.connect(folder, proxy)) {
            client.send(EXEC + "early ");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.read(12)).isEqualTo("hello early ");
            Thread writer = new Thread(() -> sendAndEnd(client, much));
            writer.start();
            assertThat(client.readToEnd()).isEqualTo(much + "[end]");
            writer.join();
        }
    }

    private static void sendAndEnd(RawClient client, String bytes) {
        try {
            client.send(bytes).shutdownOutput();
        } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatLeavesAStreamFreesTheDaemon(Door door) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, door)) {
            try (RawClient client = door.connect(folder, proxy)) {
                client.request("GET", "/events").readHead();
                assertThat(client.read(6)).isEqualTo("3\r\none");
            }
            assertThat(streamEnded.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectionsOfOneClientAreLimited(Door door) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, door, "MAX_CONNECTIONS_PER_CLIENT", "1");
                RawClient first = door.connect(folder, proxy)) {
            assertThat(first.request("GET", "/_ping").readResponse()).endsWith("OK");
            try (RawClient second = door.connect(folder, proxy)) {
                assertThat(second.request("GET", "/_ping").readToEnd())
                        .startsWith("HTTP/1.1 429 ")
                        .endsWith("or set MAX_CONNECTIONS_PER_CLIENT higher\"}\n");
            }
            assertThat(proxy.refused(RejectionCounter.Cause.CONNECTIONS_OF_CLIENT))
                    .isOne();
            first.close();
            awaitServed(door, proxy);
        }
    }

    private void awaitServed(Door door, ProxyUnderTest proxy) throws Exception {
        String answer = "";
        for (long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
                !answer.endsWith("OK") && System.nanoTime() < end; ) {
            try (RawClient client = door.connect(folder, proxy)) {
                answer = client.request("GET", "/_ping").readResponse();
            }
        }
        assertThat(answer).endsWith("OK");
    }

    @ParameterizedTest
    @EnumSource
    void aHeadThatDoesNotEndIsAnsweredAndSilenceIsNot(Door door) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, door, "HEADER_TIMEOUT", "2s");
                RawClient slow = door.connect(folder, proxy);
                RawClient silent = door.connect(folder, proxy)) {
            slow.send("GET /_ping HTTP/1.1\r\nHo");
            assertThat(slow.readToEnd()).startsWith("HTTP/1.1 408 ");
            assertThat(silent.readToEnd()).isEmpty();
            assertThat(proxy.refused(RejectionCounter.Cause.HEADER_TIMEOUT)).isOne();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoAsksIsShownOnThePage(Door door) throws Exception {
        String who = switch (door) {
            case TCP -> "127.0.0.1";
            case TLS -> "127.0.0.1/CN=alice";
            case UNIX ->
                "unix:"
                        + Cli.in(folder, Map.of())
                                .script("echo $(id -un):$(id -gn)")
                                .stdout()
                                .strip();
        };
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, door, "STATUS_LISTEN", "tcp://127.0.0.1:0");
                RawClient denied = door.connect(folder, proxy);
                RawClient stream = door.connect(folder, proxy)) {
            assertThat(denied.request("GET", "/images/json").readResponse()).startsWith("HTTP/1.1 403 ");
            stream.request("GET", "/events").readHead();
            assertThat(stream.read(6)).isEqualTo("3\r\none");

            String page = "";
            for (long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
                    !page.contains("<td>" + who + "</td>") && System.nanoTime() < end; ) {
                page = page(proxy); // what has lasted for a while is on it
            }
            assertThat(page)
                    .contains(
                            "<td>" + who + "</td>",
                            "<span class=\"client\">" + who + "</span>",
                            ", asked by " + who + ". IMAGES=1 would allow it.");
        }
    }

    private static String page(ProxyUnderTest proxy) throws IOException {
        try (RawClient browser =
                RawClient.connect(URI.create(proxy.statusPage()).getPort())) {
            return browser.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        }
    }
}
