package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests the limits for clients, and the responses beyond them. */
class LimitsTest {
    private static final String PING = "GET /_ping HTTP/1.1\r\nHost: d\r\n";
    private static final String UPGRADED = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private final List<RawClient> clients = new ArrayList<>();

    @BeforeEach
    void startDaemon() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                boolean isUpgrade = head.contains("\r\nUpgrade: ");
                peer.write(isUpgrade ? UPGRADED : OK);
                if (isUpgrade) {
                    peer.readToEnd();
                    return;
                }
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        daemon.close();
    }

    private ProxyUnderTest proxy(String... settings) {
        Map<String, String> environment = new java.util.HashMap<>(Map.of("POST", "1", "EXEC", "1", "AUTH", "1"));
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        return ProxyUnderTest.with(daemon.socket(), environment);
    }

    /** Connects a client and waits until the proxy serves it. */
    private RawClient served(ProxyUnderTest proxy) throws IOException {
        RawClient client = proxy.connect();
        clients.add(client);
        assertThat(client.request("GET", "/_ping").readResponse()).endsWith("OK");
        return client;
    }

    private static void awaitServed(ProxyUnderTest proxy) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
        String answer = proxy.ask("GET", "/_ping");
        while (!answer.endsWith("OK") && System.nanoTime() < deadline) {
            answer = proxy.ask("GET", "/_ping");
        }
        assertThat(answer).endsWith("OK");
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MAX_CONNECTIONS            | CONNECTIONS           | 503 Service Unavailable"
                        + " | there are 3 connections already; close some, or set MAX_CONNECTIONS higher",
                "MAX_CONNECTIONS_PER_CLIENT | CONNECTIONS_OF_CLIENT | 429 Too Many Requests"
                        + " | there are 3 connections of this client already; close some, or set MAX_CONNECTIONS_PER_CLIENT higher",
            })
    void clientBeyondLimitIsRejectedWithReasonUntilConnectionEnds(
            String setting, RejectionCounter.Cause cause, String status, String sentence) throws Exception {
        try (ProxyUnderTest proxy = proxy(setting, "3")) {
            RawClient first = served(proxy);
            served(proxy);
            served(proxy);
            try (RawClient refused = proxy.connect()) {
                String body = "{\"message\":\"socket-proxy: " + sentence + "\"}\n";
                assertThat(refused.request("GET", "/_ping").readToEnd())
                        .isEqualTo("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length() + "\r\nRetry-After: 5\r\nConnection: close\r\n\r\n" + body);
            }
            assertThat(proxy.refused(cause)).isOne();
            first.close();
            awaitServed(proxy);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GET",
                "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\nGET /_ping HTTP/1.1\r\nHost: d\r\n\r\n",
                "POST /auth HTTP/1.1\r\nHost: d\r\nContent-Length: 100000\r\n\r\n#",
                "\u0016\u0003\u0001 hello over TLS",
            })
    void rejectedClientReceivesCompleteResponse(String bytes) throws Exception {
        try (ProxyUnderTest proxy = proxy("MAX_CONNECTIONS", "1")) {
            served(proxy);
            try (RawClient refused = proxy.connect()) {
                refused.send(bytes.replace("#", "#".repeat(100_000)));
                assertThat(refused.readToEnd()).startsWith("HTTP/1.1 503 ").endsWith("higher\"}\n");
            }
        }
    }

    @Test
    void userThatFillsOneUnixSocketIsServedOnAnother() throws Exception {
        Path full = folder.resolve("full.sock");
        Path free = folder.resolve("free.sock");
        try (ProxyUnderTest unused =
                proxy("MAX_CONNECTIONS_PER_CLIENT", "2", "LISTEN", "unix://" + full + ",unix://" + free)) {
            for (int i = 0; i < 2; i++) {
                RawClient idle = RawClient.connect(full);
                clients.add(idle);
                assertThat(idle.request("GET", "/_ping").readResponse()).endsWith("OK");
            }
            try (RawClient refused = RawClient.connect(full);
                    RawClient other = RawClient.connect(free)) {
                assertThat(refused.request("GET", "/_ping").readToEnd()).startsWith("HTTP/1.1 429 ");
                assertThat(other.request("GET", "/_ping").readResponse()).endsWith("OK");
            }
        }
    }

    @Test
    void thousandRejectedClientsDoNotAffectOthers() throws Exception {
        try (ProxyUnderTest proxy = proxy("MAX_CONNECTIONS", "1")) {
            RawClient first = served(proxy);
            for (int i = 0; i < 1000; i++) {
                clients.add(proxy.connect());
            }
            for (int i = 0; i < 100; i++) {
                assertThat(first.request("GET", "/_ping").readResponse()).endsWith("OK");
            }
            for (RawClient refused : clients.subList(1, clients.size())) {
                // Beyond the limit of pending rejections, the proxy closes without a response.
                assertThat(refused.readToEnd()).matches("(?s)|HTTP/1.1 503 .*higher\"}\n");
            }
            assertThat(proxy.refused(RejectionCounter.Cause.CONNECTIONS)).isEqualTo(1000);
            first.close();
            awaitServed(proxy);
        }
    }

    @Test
    void tunnelCountsAsConnectionUntilEnd() throws Exception {
        try (ProxyUnderTest proxy = proxy("MAX_CONNECTIONS", "1");
                RawClient exec = proxy.connect()) {
            exec.send("POST /exec/a/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 0\r\n\r\n");
            assertThat(exec.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(proxy.ask("GET", "/_ping")).startsWith("HTTP/1.1 503 ");
            exec.close();
            awaitServed(proxy);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "in the request line           |                   | GE",
                "in the headers                |                   | GET /_ping HTTP/1.1~Host: d~X-Slow: ",
                "at the last line end          |                   | GET /_ping HTTP/1.1~Host: d~~-",
                "in a later request's line     | /_ping            | G",
                "in a later request's headers  | /_ping            | GET /_ping HTTP/1.1~Host:",
                "behind a denied request       | /containers/json  | GET /_ping HTTP/1.1~Host:",
            })
    void slowHeadGets408(String where, String before, String begin) throws Exception {
        try (ProxyUnderTest proxy = proxy("HEADER_TIMEOUT", "500ms");
                RawClient client = proxy.connect()) {
            if (before != null) {
                client.request("GET", before).readResponse();
            }
            String head = begin.replace("~", "\r\n");
            client.send(head.endsWith("-") ? head.substring(0, head.length() - 2) : head);
            Thread drip = drip(client, head.endsWith("-") ? "" : "x");
            assertThat(client.readToEnd())
                    .as(where)
                    .startsWith("HTTP/1.1 408 Request Timeout\r\n")
                    .endsWith("{\"message\":\"socket-proxy: the request's headers did not come within 500 ms;"
                            + " send them faster, or set HEADER_TIMEOUT higher\"}\n");
            client.close();
            drip.join();
            assertThat(proxy.refused(RejectionCounter.Cause.HEADER_TIMEOUT)).isOne();
        }
    }

    /** Sends a byte ten times a second until the connection is closed. */
    private static Thread drip(RawClient client, String one) {
        Thread drip = new Thread(() -> {
            try {
                while (!one.isEmpty()) {
                    client.send(one);
                    TimeUnit.MILLISECONDS.sleep(100);
                }
            } catch (IOException | InterruptedException closed) {
                // The loop ends when the proxy closes the connection.
            }
        });
        drip.start();
        return drip;
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void silentConnectionIsClosedWithoutResponse() throws Exception {
        try (ProxyUnderTest proxy = proxy("HEADER_TIMEOUT", "300ms");
                RawClient silent = proxy.connect()) {
            assertThat(silent.readToEnd()).isEmpty();
            assertThat(proxy.refused(RejectionCounter.Cause.HEADER_TIMEOUT)).isZero();
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void headerTimeoutDoesNotApplyToIdleBodyOrTunnel() throws Exception {
        try (ProxyUnderTest proxy = proxy("HEADER_TIMEOUT", "2s");
                RawClient exec = proxy.connect();
                RawClient upload = proxy.connect();
                RawClient silent = proxy.connect()) {
            exec.send("POST /exec/a/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 0\r\n\r\n");
            assertThat(exec.readHead()).startsWith("HTTP/1.1 101 ");
            upload.send("POST /auth HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{");
            RawClient kept = served(proxy);
            // A slow connection measures the header timeout twice.
            assertThat(silent.readToEnd()).isEmpty();
            try (RawClient another = proxy.connect()) {
                assertThat(another.readToEnd()).isEmpty();
            }
            assertThat(kept.request("GET", "/_ping").readResponse()).endsWith("OK");
            assertThat(upload.send("}").readResponse()).endsWith("OK");
            exec.send("still there").shutdownOutput();
            assertThat(exec.readToEnd()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "80k, 1, 65536, 200",
        "80k, 1, 82000, 431",
        "128k, 1, 65536, 200",
        "128k, 1, 130000, 200",
        "128k, 1, 140000, 431",
        "128k, 1, 1048576, 431",
        "128k, 100, 1000, 200",
        "128k, 100, 1400, 431",
        "256k, 1, 260000, 200",
        "256k, 1, 263000, 431",
        "1024, 1, 900, 200",
        "1024, 1, 1100, 431",
    })
    void headerSizeLimitIsExact(String limit, int headers, int bytesOfEach, String status) throws Exception {
        try (ProxyUnderTest proxy = proxy("MAX_HEADER_SIZE", limit);
                RawClient client = proxy.connect()) {
            StringBuilder request = new StringBuilder(PING);
            for (int i = 0; i < headers; i++) {
                request.append("X")
                        .append(i)
                        .append(": ")
                        .append("x".repeat(bytesOfEach))
                        .append("\r\n");
            }
            try {
                client.send(request.append("\r\n").toString());
            } catch (IOException closed) {
                // The proxy may respond and close before the client has sent all bytes.
            }
            boolean isTaken = status.equals("200");
            assertThat(isTaken ? client.readResponse() : headOrReset(client)).startsWith("HTTP/1.1 " + status + " ");
            assertThat(proxy.refused(RejectionCounter.Cause.HEADER_SIZE)).isEqualTo(isTaken ? 0 : 1);
            assertThat(proxy.ask("GET", "/_ping")).endsWith("OK");
        }
    }

    @ParameterizedTest
    @CsvSource({"199, 200", "200, 431", "5000, 431"})
    void headerFieldLimitIs200(int besidesHost, String status) throws Exception {
        try (ProxyUnderTest proxy = proxy();
                RawClient client = proxy.connect()) {
            client.send(PING + "A:\r\n".repeat(besidesHost) + "\r\n");
            boolean isTaken = status.equals("200");
            String answer = client.readResponse();
            assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
            assertThat(answer.contains("the request has more than 200 header fields; send fewer"))
                    .isEqualTo(!isTaken);
            assertThat(proxy.refused(RejectionCounter.Cause.HEADER_FIELDS)).isEqualTo(isTaken ? 0 : 1);
        }
    }

    /** Trailers count like header fields; otherwise an upload could hold an unlimited number. */
    @Test
    void trailerLimitIs200() throws Exception {
        try (ProxyUnderTest proxy = proxy();
                RawClient client = proxy.connect()) {
            client.send("POST /auth HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
                    + "A: b\r\n".repeat(300) + "\r\n");
            assertThat(client.readToEnd()).doesNotStartWith("HTTP/1.1 200 ");
            assertThat(proxy.ask("GET", "/_ping")).endsWith("OK");
        }
    }

    @Test
    void statusPageHasSmallerLimits() throws Exception {
        try (ProxyUnderTest proxy = proxy("STATUS_LISTEN", "tcp://127.0.0.1:0")) {
            int port = java.net.URI.create(proxy.statusPage()).getPort();
            try (RawClient client = RawClient.connect(port)) {
                assertThat(client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(9000)
                                        + "\r\n\r\n")
                                .readToEnd())
                        .startsWith("HTTP/1.1 431 ")
                        .endsWith("the request's headers are larger than 8192 bytes; make them smaller\"}\n");
            }
            for (int i = 0; i < 32; i++) {
                RawClient client = RawClient.connect(port);
                clients.add(client);
                client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").readHead();
            }
            try (RawClient refused = RawClient.connect(port)) {
                assertThat(refused.request("GET", "/healthz").readToEnd())
                        .startsWith("HTTP/1.1 429 ")
                        .endsWith("there are 32 connections of this client already; close some\"}\n");
            }
            try (RawClient other = GrpcCalls.wire(port, "127.0.0.2")) {
                assertThat(other.request("GET", "/healthz").readHead()).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    /** A TCP reset may overtake the response to a large request. */
    private static String headOrReset(RawClient client) {
        try {
            return client.readResponse();
        } catch (IOException reset) {
            return "HTTP/1.1 431 ";
        }
    }

    @Test
    void tlsOnAPlainListenerIsNamed() throws Exception {
        Path socket = folder.resolve("plain.sock");
        try (ProxyUnderTest proxy = proxy("LISTEN", "tcp://127.0.0.1:0,unix://" + socket);
                SSLSocket tls = (SSLSocket) SSLSocketFactory.getDefault().createSocket("127.0.0.1", proxy.port());
                RawClient unix = RawClient.connect(socket)) {
            assertThatThrownBy(tls::startHandshake).isInstanceOf(IOException.class);
            assertThat(unix.send("\u0016\u0003\u0001\u0002\u0000\u0001\u0000").readToEnd())
                    .startsWith("HTTP/1.1 400 ")
                    .contains("this listener has no TLS. Let the client use plain HTTP");
            assertThat(proxy.refused(RejectionCounter.Cause.TLS_ON_PLAIN)).isEqualTo(2);
            assertThat(proxy.refused(RejectionCounter.Cause.MALFORMED)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /_ping HTTP/1.1\r\n\r\n", "no HTTP\r\n\r\n", "GET / HTTP/3.0\r\nHost: d\r\n\r\n"})
    void malformedRequestIsCounted(String bytes) throws Exception {
        try (ProxyUnderTest proxy = proxy();
                RawClient client = proxy.connect()) {
            assertThat(client.send(bytes).readResponse()).matches("(?s)HTTP/1.1 (400|505) .*");
            assertThat(proxy.refused(RejectionCounter.Cause.MALFORMED)).isOne();
        }
    }
}
