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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** Tests the behaviour that all kinds of listeners share. */
class ListenerKindsTest {
    private static final String STREAM_OF =
            "<code class=\"path\" title=\"/events\">/events</code>\n<span class=\"client\">";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String EXEC = "POST /exec/a/start HTTP/1.1\r\nHost:\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            + "Content-Length: 2\r\n\r\n{}";
    private static final long LIMIT_MILLIS = 300_000;

    enum ListenerKind {
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

    private static Http2Client http2(ListenerKind listener, Path folder, ProxyUnderTest proxy) throws IOException {
        return Http2Client.over(
                listener == ListenerKind.TLS
                        ? TlsClient.showing(files, "alice", "ca")
                                .speaking("http/1.1", "h2")
                                .connect(proxy.port())
                        : listener.connect(folder, proxy));
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

    /** Answers requests, echoes tunnels up to their end, and streams events until the proxy closes the connection. */
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

    private ProxyUnderTest proxy(FakeDaemon daemon, ListenerKind listener, String... settings) {
        Map<String, String> environment =
                new HashMap<>(Map.of("LISTEN", listener.listen(folder), "POST", "1", "EXEC", "1"));
        environment.put("TLS_CERT", files.file("server.pem").toString());
        environment.put("TLS_KEY", files.file("server-key.pem").toString());
        environment.put("TLS_CLIENT_CA", files.file("ca.pem").toString());
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        return ProxyUnderTest.with(daemon.socket(), environment);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @EnumSource
    void connectionIsReusedAfterAllowedAndDeniedRequests(ListenerKind listener) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, listener);
                RawClient client = listener.connect(folder, proxy)) {
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

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @EnumSource
    void http2IsServedWithTheSamePolicy(ListenerKind listener) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, listener);
                Http2Client client = http2(listener, folder, proxy)) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.ask("GET", "/_ping").body()).isEqualTo("OK");
                assertThat(client.ask("GET", "/images/json").body()).contains("set IMAGES=1");
                assertThat(client.ask("GET", "/a/../b").status()).isEqualTo(400);
            }
            int events = client.request("GET", "/events");
            assertThat(client.head(events).status()).isEqualTo(200);
            client.frame(Http2Client.RST_STREAM, 0, events, new byte[] {0, 0, 0, 8});
            assertThat(streamEnded.await(LIMIT_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
            assertThat(client.ask("GET", "/_ping").body()).isEqualTo("OK");
        }
    }

    @ParameterizedTest
    @EnumSource
    void tunnelForwardsAllBytesAndHalfClose(ListenerKind listener) throws Exception {
        String payload = "0123456789abcdef".repeat(64 * 1024);
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, listener);
                RawClient client = listener.connect(folder, proxy)) {
            client.send(EXEC + "early ");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.read(12)).isEqualTo("hello early ");
            Thread writer = new Thread(() -> sendAndEnd(client, payload));
            writer.start();
            assertThat(client.readToEnd()).isEqualTo(payload + "[end]");
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

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @EnumSource
    void disconnectOfTheClientEndsTheStreamOfTheDaemon(ListenerKind listener) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, listener)) {
            try (RawClient client = listener.connect(folder, proxy)) {
                client.request("GET", "/events").readHead();
                assertThat(client.read(6)).isEqualTo("3\r\none");
            }
            assertThat(streamEnded.await(LIMIT_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @EnumSource
    void connectionsOfOneClientAreLimited(ListenerKind listener) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, listener, "MAX_CONNECTIONS_PER_CLIENT", "1");
                RawClient first = listener.connect(folder, proxy)) {
            assertThat(first.request("GET", "/_ping").readResponse()).endsWith("OK");
            try (RawClient second = listener.connect(folder, proxy)) {
                assertThat(second.request("GET", "/_ping").readToEnd())
                        .startsWith("HTTP/1.1 429 ")
                        .endsWith("or set MAX_CONNECTIONS_PER_CLIENT higher\"}\n");
            }
            assertThat(proxy.refused(RejectionCounter.Cause.CONNECTIONS_OF_CLIENT))
                    .isOne();
            first.close();
            awaitServed(listener, proxy);
        }
    }

    private void awaitServed(ListenerKind listener, ProxyUnderTest proxy) throws Exception {
        String answer = "";
        for (long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
                !answer.endsWith("OK") && System.nanoTime() < end; ) {
            try (RawClient client = listener.connect(folder, proxy)) {
                answer = client.request("GET", "/_ping").readResponse();
            }
        }
        assertThat(answer).endsWith("OK");
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @EnumSource
    void slowHeadGets408AndSilentClientGetsNoResponse(ListenerKind listener) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, listener, "HEADER_TIMEOUT", "2s");
                RawClient slow = listener.connect(folder, proxy);
                RawClient silent = listener.connect(folder, proxy)) {
            slow.send("GET /_ping HTTP/1.1\r\nHo");
            assertThat(slow.readToEnd()).startsWith("HTTP/1.1 408 ");
            assertThat(silent.readToEnd()).isEmpty();
            assertThat(proxy.refused(RejectionCounter.Cause.HEADER_TIMEOUT)).isOne();
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @EnumSource
    void clientIsShownOnThePage(ListenerKind listener) throws Exception {
        String client = switch (listener) {
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
                ProxyUnderTest proxy = proxy(daemon, listener, "STATUS_LISTEN", "tcp://127.0.0.1:0");
                RawClient denied = listener.connect(folder, proxy);
                RawClient stream = listener.connect(folder, proxy)) {
            assertThat(denied.request("GET", "/images/json").readResponse()).startsWith("HTTP/1.1 403 ");
            stream.request("GET", "/events").readHead();
            assertThat(stream.read(6)).isEqualTo("3\r\none");

            String page = "";
            for (long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
                    !page.contains(STREAM_OF + client + "</span>") && System.nanoTime() < end; ) {
                TimeUnit.MILLISECONDS.sleep(20);
                page = page(proxy); // the page lists only exchanges of some duration
            }
            assertThat(page)
                    .contains(
                            STREAM_OF + client + "</span>",
                            "<span class=\"client\">" + client + "</span>",
                            ", requested by " + client + ". IMAGES=1 would allow it.");
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
