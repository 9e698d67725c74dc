package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Tests that a response during an upload reaches the client at once, whatever daemon and client do afterwards. */
class EarlyResponseTest {
    /** More than all socket buffers hold, so that a daemon that continues to read has bytes to read. */
    private static final int SIZE = 10_000_000;

    private static final int PART = 1_000_000;
    private static final int CHUNK = 50_000;

    private static final List<String> ANSWERS = List.of(
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
            "HTTP/1.1 500 Internal Server Error\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
    private static final String PLAIN = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    /** One connection pool for each selector. */
    private static final int POOLS = 2;

    private static final Pattern WISH = Pattern.compile("^POST /plugins/create\\?name=(\\w+)-(\\d)");

    /** Connections with an active request; the proxy can have other pooled connections. */
    private static final AtomicInteger ASKED = new AtomicInteger();

    @TempDir
    static Path folder;

    private static final Map<FakeDaemon.Kind, FakeDaemon> DAEMONS = new EnumMap<>(FakeDaemon.Kind.class);
    private static final Map<FakeDaemon.Kind, ProxyUnderTest> PROXIES = new EnumMap<>(FakeDaemon.Kind.class);

    /** Behaviour of the daemon after its response. */
    private enum Then {
        CLOSES {
            @Override
            boolean go(FakeDaemon.Peer peer, String head) {
                return false;
            }
        },
        /** Reads the rest of the body, then serves the next request. */
        READS_ON {
            @Override
            boolean go(FakeDaemon.Peer peer, String head) throws IOException {
                if (head.contains("Transfer-Encoding")) {
                    skipChunks(peer.input());
                } else {
                    peer.input().skipNBytes(SIZE);
                }
                return true;
            }
        },
        /** Reads a part of the body, then closes, as the HTTP server of Go does. */
        READS_A_LITTLE {
            @Override
            boolean go(FakeDaemon.Peer peer, String head) throws IOException {
                peer.read(256 * 1024);
                return false;
            }
        };

        /** Returns whether the daemon serves another request. */
        abstract boolean go(FakeDaemon.Peer peer, String head) throws IOException;
    }

    /** Behaviour of the client. */
    private enum Client {
        /** Like curl without Expect, and the docker CLI. */
        SENDS_ALL_THEN_READS,
        /** Reads the response during the upload, and stops to send. */
        READS_THEN_LEAVES,
        READS_THEN_SENDS_THE_REST,
        /** Waits for 100 Continue, like curl. */
        EXPECTS
    }

    /** Uses one proxy for all rows of a kind, so that a row detects leftovers of the previous one. */
    @BeforeAll
    static void start() throws IOException {
        for (FakeDaemon.Kind kind : FakeDaemon.Kind.values()) {
            FakeDaemon daemon = FakeDaemon.running(kind, folder, EarlyResponseTest::serve);
            DAEMONS.put(kind, daemon);
            PROXIES.put(kind, ProxyUnderTest.before(daemon.host(), Map.of()));
        }
    }

    @AfterAll
    static void stop() throws IOException {
        PROXIES.values().forEach(ProxyUnderTest::close);
        for (FakeDaemon daemon : DAEMONS.values()) {
            daemon.close();
        }
    }

    private static void serve(FakeDaemon.Peer peer) throws IOException {
        boolean isOpen = true;
        while (isOpen) {
            String head = peer.readHead();
            if (head == null) {
                return;
            }
            if (head.startsWith("GET")) {
                peer.write(PLAIN);
                continue;
            }
            Matcher wish = WISH.matcher(head);
            assertThat(wish.find()).as(head).isTrue();
            ASKED.incrementAndGet();
            try {
                peer.write(ANSWERS.get(Integer.parseInt(wish.group(2))));
                isOpen = Then.valueOf(wish.group(1)).go(peer, head);
            } finally {
                ASKED.decrementAndGet();
            }
        }
    }

    private static void skipChunks(InputStream in) throws IOException {
        for (int size = -1; size != 0; ) {
            StringBuilder line = new StringBuilder();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new EOFException();
                }
                line.append((char) b);
            }
            size = Integer.parseInt(line.toString().trim(), 16);
            in.skipNBytes(size + 2);
        }
    }

    static Stream<Arguments> all() {
        return Stream.of(FakeDaemon.Kind.values())
                .flatMap(kind -> Stream.of(Then.values())
                        .flatMap(then -> Stream.of(Client.values())
                                .flatMap(client -> ANSWERS.stream()
                                        .flatMap(answer -> Stream.of(true, false)
                                                .map(isChunked ->
                                                        Arguments.of(kind, then, client, isChunked, answer))))));
    }

    @ParameterizedTest(name = "{0}: the daemon {1}, the client {2}, in chunks {3}: {4}")
    @MethodSource("all")
    void clientReceivesTheEarlyResponse(FakeDaemon.Kind kind, Then then, Client how, boolean isChunked, String answer)
            throws Exception {
        ProxyUnderTest proxy = PROXIES.get(kind);
        for (int i = 0; i < POOLS; i++) {
            // Uses up a stale connection that the previous row may have left in the pool.
            assertThat(proxy.ask("GET", "/version")).endsWith("OK");
        }
        String target = "/plugins/create?name=" + then + "-" + ANSWERS.indexOf(answer);
        try (RawClient client = proxy.connect()) {
            RawResponse seen = upload(client, target, how, isChunked);
            assertThat(seen.toString()).isEqualTo(answer.substring(9, 12) + " no");
        }
        awaitNothingOpen(proxy);
    }

    private static RawResponse upload(RawClient client, String target, Client how, boolean isChunked)
            throws IOException {
        client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\n"
                + (how == Client.EXPECTS ? "Expect: 100-continue\r\n" : "")
                + (isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: " + SIZE + "\r\n\r\n"));
        if (how == Client.EXPECTS) {
            return client.readAnswer("POST");
        }
        int first = how == Client.SENDS_ALL_THEN_READS ? SIZE : PART;
        write(client, first, isChunked);
        if (isChunked && first == SIZE) {
            client.send("0\r\n\r\n");
        }
        RawResponse answer = client.readAnswer("POST");
        if (how == Client.READS_THEN_SENDS_THE_REST) {
            write(client, SIZE - PART, isChunked);
        }
        return answer;
    }

    private static void write(RawClient client, int size, boolean isChunked) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (int sent = 0; sent < size; sent += CHUNK) {
            if (isChunked) {
                client.send(Integer.toHexString(CHUNK) + "\r\n");
            }
            client.output().write(chunk);
            if (isChunked) {
                client.send("\r\n");
            }
        }
    }

    private static void awaitNothingOpen(ProxyUnderTest proxy) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
        while (proxy.openExchanges() > 0 || ASKED.get() > 0) {
            assertThat(System.nanoTime())
                    .as(proxy.openExchanges() + " exchanges and " + ASKED.get() + " connections are left open")
                    .isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
