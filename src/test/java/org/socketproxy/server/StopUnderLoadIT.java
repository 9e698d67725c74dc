package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** SIGTERM while hundreds of exchanges and tunnels are active. */
class StopUnderLoadIT {
    private static final int STREAMS = 300;
    private static final int TUNNELS = 50;
    private static final int FINITE = 30;
    private static final int BUSY = 8;
    /** Longer than the timeout of this test, so that the test fails if the proxy waits for the whole time. */
    private static final String LONG = "10m";

    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String LAST_CHUNK = "0\r\n\r\n";
    private static final String BODY = "x".repeat(20_000);

    @TempDir
    Path folder;

    private final List<RawClient> clients = new ArrayList<>();

    @AfterEach
    void closeClients() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    @Tag("thorough")
    void streamsAndTunnelsEndImmediatelyAndFiniteExchangesFinish() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> answer(peer, go));
                Program program = start(daemon, LONG)) {
            int port = program.address().getPort();
            List<RawClient> endless = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                endless.add(open(port, "GET", "/events", ""));
            }
            for (int i = 0; i < TUNNELS; i++) {
                endless.add(open(port, "POST", "/exec/a/start", "Connection: Upgrade\r\nUpgrade: tcp\r\n"));
            }
            List<RawClient> withLength = new ArrayList<>();
            List<RawClient> inChunks = new ArrayList<>();
            for (int i = 0; i < FINITE; i++) {
                withLength.add(open(port, "GET", "/version", ""));
                inChunks.add(open(port, "GET", "/info", ""));
            }

            program.terminate();

            for (RawClient client : endless) {
                assertThat(readToEnd(client)).doesNotEndWith(LAST_CHUNK);
            }
            go.countDown();
            for (RawClient client : withLength) {
                assertThat(client.read(8)).isEqualTo("1st half");
            }
            for (RawClient client : inChunks) {
                assertThat(readToEnd(client)).endsWith("4\r\nhalf\r\n" + LAST_CHUNK);
            }
            Program.Outcome outcome = program.outcome();
            assertThat(outcome.exitCode()).isEqualTo(143);
            assertThat(outcome.err()).isEmpty();
        }
    }

    @Test
    void hangingDaemonAndSecondSignalDoNotDelayTheStop() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> answer(peer, never));
                Program program = start(daemon, "1s")) {
            int port = program.address().getPort();
            List<RawClient> halves = new ArrayList<>();
            List<RawClient> unanswered = new ArrayList<>();
            for (int i = 0; i < FINITE; i++) {
                halves.add(open(port, "GET", "/version", ""));
                halves.add(open(port, "GET", "/info", ""));
                unanswered.add(connect(port).request("GET", "/containers/json"));
            }

            program.terminate();
            program.terminate();

            Program.Outcome outcome = program.outcome();
            assertThat(outcome.exitCode()).isEqualTo(143);
            for (RawClient client : halves) {
                assertThat(readToEnd(client)).doesNotContain("half").doesNotContain(LAST_CHUNK);
            }
            for (RawClient client : unanswered) {
                assertThat(readToEnd(client)).doesNotContain(" 200 ");
            }
            assertThat(outcome.err()).isEmpty();
            never.countDown();
        }
    }

    /** Clients that send requests in a loop receive complete responses until the connection is closed between two of them. */
    @Test
    void noResponseIsTruncated() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(BUSY);
        CountDownLatch warm = new CountDownLatch(BUSY * 20);
        try (FakeDaemon daemon = FakeDaemon.answering(
                        folder, "HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY);
                Program program = start(daemon, LONG)) {
            int port = program.address().getPort();
            List<Future<String>> lasts = new ArrayList<>();
            for (int i = 0; i < BUSY; i++) {
                RawClient client = connect(port);
                lasts.add(threads.submit(() -> askUntilClosed(client, warm)));
            }
            assertThat(warm.await(300, TimeUnit.SECONDS)).isTrue();

            program.terminate();

            for (Future<String> last : lasts) {
                assertThat(last.get(300, TimeUnit.SECONDS)).isEmpty();
            }
            assertThat(program.outcome().exitCode()).isEqualTo(143);
        } finally {
            threads.shutdownNow();
        }
    }

    /** Sends requests until the connection is closed; returns the bytes after the last complete response. */
    private static String askUntilClosed(RawClient client, CountDownLatch warm) throws IOException {
        while (true) {
            String head;
            try {
                head = client.request("GET", "/version").readHead();
            } catch (SocketException closed) {
                return "";
            }
            if (head == null) {
                return "";
            }
            String body = client.read(BODY.length());
            if (!head.startsWith("HTTP/1.1 200 ") || !body.equals(BODY)) {
                return head + body;
            }
            warm.countDown();
        }
    }

    private static Program start(FakeDaemon daemon, String timeout) throws IOException {
        return Program.start(Map.of(
                "LISTEN", "tcp://127.0.0.1:0",
                "STATUS_LISTEN", "off",
                "SOCKET_PATH", daemon.socket().toString(),
                "SHUTDOWN_TIMEOUT", timeout,
                "LOG_LEVEL", "err",
                "CONTAINERS", "1",
                "EXEC", "1",
                "INFO", "1",
                "POST", "1"));
    }

    private RawClient connect(int port) throws IOException {
        RawClient client = RawClient.connect(port);
        clients.add(client);
        return client;
    }

    /** Sends a request and reads the head of the response. */
    private RawClient open(int port, String method, String target, String headers) throws IOException {
        RawClient client = connect(port);
        client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\n" + headers + "\r\n");
        assertThat(client.readHead()).isNotNull();
        return client;
    }

    /** Reads to the end of the stream or to a reset. */
    private static String readToEnd(RawClient client) throws IOException {
        StringBuilder text = new StringBuilder();
        try {
            for (int b = client.input().read(); b >= 0; b = client.input().read()) {
                text.append((char) b);
            }
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
        return text.toString();
    }

    /** Sends the first half of the response, and the second half, if any, after {@code go}. */
    private static void answer(FakeDaemon.Peer peer, CountDownLatch go) throws IOException {
        String head = peer.readRequest();
        if (head.startsWith("GET /events")) {
            peer.write(CHUNKED + "3\r\n{}\n\r\n");
            peer.readToEnd();
        } else if (head.startsWith("POST /exec")) {
            peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
            peer.readToEnd();
        } else if (head.startsWith("GET /version")) {
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n1st ");
            await(go);
            peer.write("half");
        } else if (head.startsWith("GET /info")) {
            peer.write(CHUNKED + "4\r\n1st \r\n");
            await(go);
            peer.write("4\r\nhalf\r\n" + LAST_CHUNK);
        } else {
            peer.readToEnd();
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }
}
