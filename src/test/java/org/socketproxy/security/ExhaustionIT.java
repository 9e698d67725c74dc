package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.GrpcDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.PingMeter;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/**
 * Hostile clients fill what the proxy has of a resource, one after another, and another client is answered each time: the rows of
 * {@link Exhaustion}, and floods of heads, frames and bodies against a process with the image's JVM options.
 */
@Tag("alone")
@Tag("thorough")
class ExhaustionIT {
    /**
     * A blocked selector or a full heap answers no ping at all. The slowest of these floods begins 800 exchanges at once, which take
     * about one second of processor time in two cores that the attackers use too, and a ping waits behind them: less than 3 seconds,
     * and up to 10 beside other programs.
     */
    private static final Duration PROMPT = Duration.ofSeconds(20);
    /** Pings before the attack, because a JVM that has just started interprets its code. */
    private static final int WARM_UP = 500;
    /** Pings after the attackers have sent all that they send, while their connections are open. */
    private static final int PINGS = 50;

    private static final String HOST = "Host: localhost\r\n";

    @TempDir
    static Path folder;

    private static GrpcDaemon daemon;
    private static ProxyProcess proxy;
    private static PingMeter pings;
    private static ExhaustionWorld world;

    private static final AtomicInteger NEXT_ADDRESS = new AtomicInteger(2);

    private final String address = "127.0.0." + NEXT_ADDRESS.getAndIncrement();
    private final List<RawClient> attackers = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        daemon = GrpcDaemon.answering(folder, (head, peer) -> {
            if (head.contains("flood") || head.contains("follow=1")) {
                peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while (true) {
                    peer.write("4000\r\n" + "x".repeat(0x4000) + "\r\n");
                }
            }
            if (head.startsWith("GET /events")) {
                peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
            } else {
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            }
        });
        proxy = ProxyProcess.startInImageHeap(
                daemon.http().socket(),
                Map.of(
                        "CONTAINERS",
                        "1",
                        "POST",
                        "1",
                        "ALLOW_LOGS",
                        "1",
                        "GRPC",
                        "1",
                        "LOG_LEVEL",
                        "err",
                        "HEADER_TIMEOUT",
                        "60s"));
        pings = PingMeter.start(proxy.port());
        pings.await(WARM_UP);
        world = ExhaustionWorld.start(Files.createDirectory(folder.resolve("world")));
    }

    @AfterAll
    static void stop() throws IOException {
        if (world != null) {
            world.close();
        }
        if (pings != null) {
            pings.close();
            proxy.close();
            daemon.close();
        }
    }

    /** Forgets the pings during the end of the last attack. */
    @BeforeEach
    void reset() throws InterruptedException {
        pings.await(PINGS);
        pings.reset();
    }

    @AfterEach
    void endAttack() throws IOException {
        for (RawClient attacker : attackers) {
            attacker.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anotherClientWorksWhileItIsFull(Exhaustion row) throws Exception {
        long begin = System.nanoTime();
        try {
            row.fill(world);
            world.assertInnocentWorks();
            System.out.printf("ExhaustionIT: %s takes %d ms%n", row, (System.nanoTime() - begin) / 1_000_000);
        } finally {
            world.release();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "50 unfinished heads of tiny fields   |  50 | GET /_ping         | A:~      | 30000 |",
                "500 unfinished heads of one field    | 500 | GET /_ping         | X:       |     1 | 78000",
                "100 complete heads of tiny fields    | 100 | GET /events        | A:~      | 32000 | ~",
                "300 streams with a large field       | 300 | GET /events        | X:       |     1 | 78000~~",
                "300 streams with a large target      | 300 | GET /events?x=#    | A: b~    |     1 | ~",
                "300 kept connections, a large field  | 300 | GET /_ping         | X:       |     1 | 78000~~",
            })
    void largeHeadsAreRejectedBeforeHeapIsFull(
            String attack, int clients, String begin, String field, int times, String end) throws Exception {
        String head = begin.replace("#", "x".repeat(78_000)) + " HTTP/1.1\r\n" + HOST + field.repeat(times)
                + (end == null ? "" : end.replace("78000", "x".repeat(78_000)));
        attack(proxy.port(), clients, head.replace("~", "\r\n"));
        assertServed();
    }

    @Test
    void statusPageHasHeaderLimits() throws Exception {
        int port = URI.create(proxy.statusPage()).getPort();
        attack(port, 100, "GET / HTTP/1.1\r\n" + HOST + "A:\r\n".repeat(30_000));
        attack(port, 100, "GET / HTTP/1.1\r\n" + HOST + "X: " + "x".repeat(78_000));
        assertServed();
    }

    /** The daemon writes at full speed, and the attackers read nothing. */
    @ParameterizedTest
    @CsvSource({
        "GET /events?flood, ''",
        "GET /containers/x/logs?follow=1, ''",
        "POST /containers/x/wait?flood, Transfer-Encoding: chunked",
    })
    void streamsWithExpect100ContinueAreNotBuffered(String line, String body) throws Exception {
        String field = body.isEmpty() ? "" : body + "\r\n";
        attack(proxy.port(), 100, line + " HTTP/1.1\r\n" + HOST + field + "Expect: 100-continue\r\n\r\n");
        assertServed();
    }

    @Test
    void longPathsAreMatchedInLinearTime() throws Exception {
        attack(proxy.port(), 100, ("GET " + "/registry".repeat(8_000) + " HTTP/1.1\r\n" + HOST + "\r\n").repeat(4));
        assertServed();
    }

    /** One upload is denied and one forwarded: the proxy reads both as long as the client sends. */
    @ParameterizedTest
    @CsvSource({"/images/load", "/containers/x/wait"})
    void fastUploadsDoNotBlockSelectors(String target) throws Exception {
        List<Thread> uploads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            RawClient attacker = RawClient.connect(proxy.port());
            attackers.add(attacker);
            uploads.add(upload(attacker, target));
        }
        assertServed();
        for (RawClient attacker : attackers) {
            attacker.close();
        }
        for (Thread upload : uploads) {
            upload.join();
        }
    }

    /** The proxy answers these requests without the daemon, so that nothing but its own limit interrupts the parser. */
    @ParameterizedTest
    @CsvSource({
        "GET /secrets HTTP/1.1~Host: d~~",
        "POST /images/load HTTP/1.1~Host: d~Content-Length: 4~~1234",
    })
    void pipelinedDeniedRequestsDoNotBlockSelectors(String request) throws Exception {
        byte[] requests = request.replace("~", "\r\n").repeat(1000).getBytes(StandardCharsets.US_ASCII);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            RawClient attacker = RawClient.connect(proxy.port());
            attackers.add(attacker);
            threads.add(untilClosed(() -> attacker.output().write(requests)));
            byte[] responses = new byte[1 << 16];
            threads.add(untilClosed(() -> attacker.input().read(responses)));
        }
        assertServed();
        for (RawClient attacker : attackers) {
            attacker.close();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @ParameterizedTest
    @EnumSource
    void framesOfHttp2AreBounded(Http2Flood flood) throws Exception {
        // Each call counts for the client: the calls of one attacker could take the place of the next one's connection.
        for (int i = 0; i < flood.clients(); i++) {
            connect(flood);
        }
        List<Thread> threads = new ArrayList<>();
        for (RawClient attacker : attackers) {
            threads.add(flood(attacker, flood));
            byte[] responses = new byte[1 << 16];
            if (flood.isReading()) {
                threads.add(untilClosed(() -> {
                    if (attacker.input().read(responses) < 0) {
                        throw new IOException("closed");
                    }
                }));
            }
        }
        assertServed();
        for (RawClient attacker : attackers) {
            attacker.close();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertServed();
        assertThat(proxy.stderr()).doesNotContain("OutOfMemoryError");
    }

    /** Begins HTTP/2 from an address that no other test has, because each stream counts for the limit of connections of a client. */
    private void connect(Http2Flood flood) throws IOException {
        RawClient attacker = GrpcCalls.wire(proxy.port(), address);
        attackers.add(attacker);
        if (flood.isUpgraded()) {
            Http2Client.afterGrpc(attacker);
        } else {
            Http2Client.over(attacker);
        }
    }

    /** Sends batches of turns until the proxy or the test closes the connection, or the turns end. */
    private static Thread flood(RawClient attacker, Http2Flood flood) {
        int[] turn = {0};
        return untilClosed(() -> {
            ByteArrayOutputStream batch = new ByteArrayOutputStream();
            for (int i = 0; i < 50; i++) {
                byte[] frames = flood.turn(turn[0]++);
                if (frames == null) {
                    attacker.output().write(batch.toByteArray());
                    throw new IOException("the turns have ended");
                }
                batch.writeBytes(frames);
            }
            attacker.output().write(batch.toByteArray());
        });
    }

    private interface Step {
        void run() throws IOException;
    }

    /** Repeats a step until the test closes the connection. */
    private static Thread untilClosed(Step step) {
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    step.run();
                }
            } catch (IOException closed) {
                // The test or the proxy has closed the connection.
            }
        });
        thread.start();
        return thread;
    }

    private static Thread upload(RawClient client, String target) {
        Thread upload = new Thread(() -> {
            try {
                client.send("POST " + target + " HTTP/1.1\r\n" + HOST + "Content-Length: " + (1 << 30) + "\r\n\r\n");
                byte[] some = new byte[1 << 16];
                for (int sent = 0; sent < 1 << 30; sent += some.length) {
                    client.output().write(some);
                }
            } catch (IOException closed) {
                // The test or the proxy has closed the connection.
            }
        });
        upload.start();
        return upload;
    }

    private void attack(int port, int clients, String bytes) throws IOException {
        for (int i = 0; i < clients; i++) {
            RawClient attacker = RawClient.connect(port);
            attackers.add(attacker);
            try {
                attacker.send(bytes);
            } catch (IOException refused) {
                // The proxy may respond and close before the client has sent all bytes.
            }
        }
    }

    private void assertServed() throws InterruptedException {
        pings.await(PINGS);
        assertThat(pings.count()).isPositive();
        assertThat(pings.longest()).isLessThan(PROMPT);
    }
}
