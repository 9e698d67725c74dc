package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * Tests that a response is the same through the lean transport and through the client of Jetty, which forwards the same
 * request if it has a body.
 */
class LeanTransportTest {
    private static final String PONG = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nPONG\r\n0\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String SURPLUS = "EVIL";

    private static final List<String> RESPONSES = List.of(
            OK + "Content-Length: 4\r\nX-A: b\r\nServer: d\r\n\r\nabcd",
            OK + "Content-Length: 0\r\n\r\n",
            OK + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
            OK + "Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\n2\r\nef\r\n0\r\nX-T: u\r\n\r\n",
            OK + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            OK + "\r\nto the end",
            OK + "Connection: close\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.0 200 OK\r\n\r\nto the end",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: x\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + "Content-Length: 2\r\n\r\nab",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            // Faults, and what may be smuggled behind a response.
            OK + "Content-Length: 2\r\n\r\nab" + OK + "Content-Length: 4\r\n\r\n" + SURPLUS,
            OK + "Content-Length: 2\r\nContent-Length: 4\r\n\r\nabcd",
            OK + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
            OK + "Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
            OK + "Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
            OK + "Content-Length: -1\r\n\r\nab",
            OK + "Content-Length: 9\r\n\r\nab",
            OK + "Transfer-Encoding: chunked\r\n\r\nzz\r\nab",
            OK + "Transfer-Encoding: chunked\r\n\r\n4\r\nab",
            OK + "X-A: a\r\n b\r\nContent-Length: 2\r\n\r\nab",
            OK + "X-A : a\r\nContent-Length: 2\r\n\r\nab",
            OK + "X-A: \0\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw",
            "no HTTP\r\n\r\n",
            OK + "X-A: " + "a".repeat(70_000) + "\r\nContent-Length: 2\r\n\r\nab");
    private static final List<String> CLIENTS = List.of(
            "HTTP/1.1\r\nHost: d",
            "HTTP/1.1\r\nHost: d\r\nConnection: close",
            "HTTP/1.0",
            "HTTP/1.0\r\nConnection: keep-alive");
    /** An operation of each method. */
    private static final Map<String, String> TARGETS = Map.of("GET", "/info", "HEAD", "/containers/c/archive?path=/");
    /** A body, with which the client of Jetty forwards the request. */
    private static final String JETTY = "Content-Length: 2\r\n\r\n{}";

    private static final String HEADERS =
            "Host: d\r\nX-Empty:\r\nX-Two: a\r\nX-Two: b\r\nx-lower: c\r\nX-Latin: \u00e9\t\u00ff\r\n"
                    + "Accept: */*\r\nAccept-Encoding: gzip\r\nUser-Agent: u\r\nX-Registry-Auth: e30=\r\nCookie: a=b\r\nAuthorization: c\r\n"
                    + "Connection: keep-alive, X-Two\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\nUpgrade: h2c\r\n"
                    + "Trailer: t\r\nProxy-Authorization: p\r\nContent-Length: 0\r\nVia: v\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n";
    private static final int LONG_FIELDS = 120;
    private static final int LONG_FIELD_BYTES = 2000;
    private static final int FIRST_BYTES = 100;
    private static final int MOST_PARTS = 150;
    private static final int TRIES = 100;

    @TempDir
    Path folder;

    private final AtomicReference<String> response = new AtomicReference<>("");
    private final AtomicInteger split = new AtomicInteger();
    private final AtomicInteger pooled = new AtomicInteger();

    /** Answers a ping, then writes the response in two parts, and closes the connection. */
    private void serve(FakeDaemon.Peer peer) throws IOException {
        int requests = 0;
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            requests++;
            if (head.contains(" /_ping ")) {
                peer.write(PONG);
            } else {
                pooled.set(requests - 1);
                String all = response.get();
                int first = Math.min(split.get(), all.length());
                peer.write(all.substring(0, first));
                peer.write(all.substring(first));
                return;
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void responseIsThatOfTheClientOfJetty(FakeDaemon.Kind kind) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, this::serve);
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of())) {
            for (String each : RESPONSES) {
                response.set(each);
                split.set(each.length());
                for (String client : CLIENTS) {
                    for (String method : List.of("GET", "HEAD")) {
                        assertThat(answer(proxy, method, client, ""))
                                .as("%s, %s: %s", method, client, each)
                                .isEqualTo(answer(proxy, method, client, JETTY));
                    }
                }
            }
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
        }
    }

    /** The parts can come together or one after the other. */
    @Test
    void responseInTwoPartsIsThatInOne() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, this::serve);
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of())) {
            for (String each : RESPONSES) {
                // The second part of a surplus could come after the next request, as the response to that one.
                int parts = each.endsWith(SURPLUS) ? 0 : Math.min(each.length() - 1, MOST_PARTS);
                response.set(each);
                split.set(each.length());
                String whole = answer(proxy, "GET", CLIENTS.get(0), JETTY);
                for (int at = 1; at <= parts; at++) {
                    split.set(at);
                    assertThat(answer(proxy, "GET", CLIENTS.get(0), ""))
                            .as("in two parts at %s: %s", at, each)
                            .isEqualTo(whole);
                }
            }
        }
    }

    /** The first request opens the connection, so the client of Jetty forwards it. */
    @ParameterizedTest
    @EnumSource
    void requestIsThatOfTheClientOfJetty(FakeDaemon.Kind kind) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, peer -> {
                    while (peer.readRequest() != null) {
                        peer.write(PONG);
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 2; i++) {
                client.send("GET /v1.40/info?a=%7B%22b%22%7D&c={} HTTP/1.1\r\n" + HEADERS);
                assertThat(client.readAnswer("GET")).hasToString("200 PONG");
            }
            List<String> heads = daemon.takeHeads(2);
            assertThat(lines(heads.get(1))).isEqualTo(lines(heads.get(0)));
            assertThat(daemon.accepted()).isOne();
        }
    }

    /** Returns the request line and the header fields, in alphabetical order. */
    private static List<String> lines(String head) {
        return head.lines().sorted().toList();
    }

    /** The head is longer than the buffer of the socket, so its write lasts until the daemon has read it. */
    @Test
    void responseBeforeTheEndOfTheHeadIsWholeAndTheConnectionIsReused() throws Exception {
        CompletableFuture<Void> received = new CompletableFuture<>();
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write(PONG);
                    peer.read(FIRST_BYTES);
                    peer.write(PONG);
                    received.join();
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        peer.write(PONG);
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of("MAX_HEADER_SIZE", "262144"));
                RawClient client = proxy.connect()) {
            assertThat(client.request("GET", "/_ping").readAnswer("GET")).hasToString("200 PONG");
            String fields = ("X-A: " + "a".repeat(LONG_FIELD_BYTES) + "\r\n").repeat(LONG_FIELDS);
            client.send("GET /info HTTP/1.1\r\nHost: d\r\n" + fields + "\r\n");
            assertThat(client.readAnswer("GET")).hasToString("200 PONG");
            received.complete(null);
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
            assertThat(client.request("GET", "/version").readAnswer("GET")).hasToString("200 PONG");
        }
    }

    /** Repeats the request until it went over the pooled connection of a ping, which can be stale. */
    private String answer(ProxyUnderTest proxy, String method, String client, String body) throws IOException {
        String request = method + " " + TARGETS.get(method) + " " + client + "\r\n" + (body.isEmpty() ? "\r\n" : body);
        for (int i = 0; i < TRIES; i++) {
            try (RawClient connected = proxy.connect()) {
                assertThat(connected.request("GET", "/_ping").readAnswer("GET").toString())
                        .isEqualTo("200 PONG");
                pooled.set(0);
                String answer = seen(connected.send(request), method);
                if (pooled.get() > 0) {
                    return answer;
                }
            }
        }
        throw new AssertionError("no pooled connection was used");
    }

    private static String seen(RawClient client, String method) throws IOException {
        try {
            RawResponse answer = client.readAnswer(method);
            return answer.head() + answer.body() + answer.interim() + answer.isWhole();
        } catch (SocketException reset) {
            return "reset"; // a truncated body that ends with the connection
        }
    }
}
