package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.project.PrintedTable;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.Resources;

/**
 * Tests that after each fault of a daemon the client gets a response, an error in Docker's form or a closed connection,
 * that no resource leaks, and that the next exchange gets its own response.
 */
class DaemonFaultTest {
    private static final Path PAGE = Path.of("docs", "evidence", "reliability.md");
    private static final int TRIES = 20;
    private static final int EXAMPLES = 2;
    /** A leak occurs in each round; a new pooled buffer occurs only in some. */
    private static final int ROUNDS = 5;
    /** Before the next round. */
    private static final Duration PAUSE = Duration.ofSeconds(5);
    /** Before the test fails. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static final String PING = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n";
    private static final String PONG = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nPONG";

    @TempDir
    Path folder;

    private final AtomicReference<DaemonFault> current = new AtomicReference<>();

    /** Answers a ping without a fault on each connection. */
    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (head.startsWith("GET /_ping ")) {
                peer.write(PONG);
            } else {
                DaemonFault fault = current.get();
                fault.script().run(peer);
                if (fault.isClosing()) {
                    return;
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachFaultIsReportedAndLeaksNothing(FakeDaemon.Kind kind) throws Exception {
        Map<String, List<String>> faults = new LinkedHashMap<>();
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, this::serve);
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of())) {
            String prefix = "no answer from the daemon at " + daemon.host() + ": ";
            for (DaemonFault fault : DaemonFault.all().toList()) {
                current.set(fault);
                provoke(proxy, fault, 0); // fills pools of buffers and threads
                assertThat(ping(proxy)).isEqualTo("200 PONG");
                int round = 1;
                while (!leavesNothing(proxy, fault, prefix, round < ROUNDS ? PAUSE : LIMIT)) {
                    assertThat(++round)
                            .as("rounds in which this leaks: " + fault.what())
                            .isLessThanOrEqualTo(ROUNDS);
                }
                faults.computeIfAbsent(fault.seen(), seen -> new ArrayList<>()).add(fault.what());
            }
        }
        String table = PrintedTable.list(
                faults.entrySet().stream().map(entry -> List.of(entry.getKey(), examples(entry.getValue()))));
        PrintedTable.assertInStep(PAGE, "daemon faults", table, DaemonFaultTest.class);
    }

    /** The first faults, and the number of the others. */
    private static String examples(List<String> faults) {
        int more = faults.size() - EXAMPLES;
        return faults.stream().limit(EXAMPLES).collect(Collectors.joining("; "))
                + (more > 0 ? "; " + more + " more" : "");
    }

    private static boolean leavesNothing(ProxyUnderTest proxy, DaemonFault fault, String prefix, Duration limit)
            throws Exception {
        Resources before = Resources.now();
        for (int turn = 0; turn < TRIES; turn++) {
            assertThat(provoke(proxy, fault, turn).replace(prefix, ""))
                    .as(fault.what())
                    .isEqualTo(fault.seen());
        }
        assertThat(ping(proxy)).as("after: " + fault.what()).isEqualTo("200 PONG");
        awaitNothingOpen(proxy, fault.what());
        return Resources.isLike(before, TRIES, limit);
    }

    /** Sends one request that causes the fault, then a ping, which must get a pong or no response. */
    private static String provoke(ProxyUnderTest proxy, DaemonFault fault, int turn) throws IOException {
        try (RawClient client = proxy.connect()) {
            boolean isPipelined = fault.isPipelined(turn);
            client.send(isPipelined ? fault.request() + PING : fault.request());
            RawResponse answer = client.readAnswer(fault.method());
            if (answer.status() == 101) {
                String raw = client.readToEnd();
                return "101" + (raw.isEmpty() ? "" : " " + raw) + ", then the end";
            }
            boolean isAnotherAnswered = answer.isWhole() && fault.isPipelined(1);
            client.send(isAnotherAnswered && !isPipelined ? PING : "");
            assertThat(isAnotherAnswered ? client.readAnswer("GET").toString() : "200 PONG")
                    .as("behind: " + fault.what())
                    .isEqualTo("200 PONG");
            return answer.toString();
        }
    }

    /** The daemon sends a part of a response and then nothing. A disconnect of the client must close its connection. */
    @ParameterizedTest
    @CsvSource({
        "UNIX, GET /events, ''",
        "UNIX, GET /info, HTTP/1.1 2",
        "UNIX, GET /info, 'HTTP/1.1 200 OK|Content-Length: 9||abc'",
        "UNIX, GET /events, 'HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|ab'",
        "UNIX, POST /exec/a/start, 'HTTP/1.1 101 UPGRADED|Connection: Upgrade|Upgrade: tcp||ab'",
        "TCP, GET /events, ''",
        "TCP, GET /events, 'HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|ab'",
        "TCP, POST /exec/a/start, 'HTTP/1.1 101 UPGRADED|Connection: Upgrade|Upgrade: tcp||ab'",
    })
    void disconnectClosesTheConnectionOfAHangingDaemon(FakeDaemon.Kind kind, String line, String said)
            throws Exception {
        Semaphore hanging = new Semaphore(0);
        Semaphore freed = new Semaphore(0);
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, peer -> {
                    String head = peer.readRequest();
                    if (head != null && head.startsWith("GET /_ping ")) {
                        peer.write(PONG);
                    } else {
                        peer.write(said.replace("|", "\r\n"));
                        hanging.release();
                        assertThat(peer.readToEnd()).isEmpty();
                        freed.release();
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of())) {
            leave(proxy, line, hanging, freed); // fills pools of buffers and threads
            Resources before = Resources.now();
            leave(proxy, line, hanging, freed);
            assertThat(ping(proxy)).isEqualTo("200 PONG");
            Resources.awaitLike(before, line, TRIES);
        }
    }

    private static void leave(ProxyUnderTest proxy, String line, Semaphore hanging, Semaphore freed) throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < TRIES; i++) {
            clients.add(proxy.connect()
                    .send(line + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                            + "Content-Length: 0\r\n\r\n"));
        }
        assertThat(hanging.tryAcquire(TRIES, 300, TimeUnit.SECONDS))
                .as("all reached the daemon")
                .isTrue();
        assertThat(proxy.openExchanges()).isEqualTo(TRIES);
        for (RawClient client : clients) {
            client.close();
        }
        assertThat(freed.tryAcquire(TRIES, 300, TimeUnit.SECONDS))
                .as("all connections were closed")
                .isTrue();
        awaitNothingOpen(proxy, line);
    }

    private static String ping(ProxyUnderTest proxy) throws IOException {
        try (RawClient client = proxy.connect()) {
            return client.send(PING).readAnswer("GET").toString();
        }
    }

    private static void awaitNothingOpen(ProxyUnderTest proxy, String what) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
        while (proxy.openExchanges() > 0 && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(proxy.openExchanges()).as("open after: " + what).isZero();
    }
}
