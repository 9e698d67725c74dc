package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/** A proxy that does not run for a minute, as in a suspended machine, while a permission ends and clients connect. */
@Tag("thorough")
class SuspendIT {
    private static final Duration STOPPED = Duration.ofSeconds(65);
    private static final int WAITING = 300;
    private static final int HALF_HEADS = 50;
    /** Less than a second on a machine that has nothing else to do. */
    private static final Duration PROMPT = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private Path policy(Instant end) throws Exception {
        return Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.1}]
                    variables: {EVENTS: 0}
                    allow: [{operation: SystemEvents, until: %s}]
                """.formatted(end));
    }

    private static FakeDaemon daemon(Path folder) throws Exception {
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                peer.write(
                        head.contains("/events")
                                ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            }
        });
    }

    @Test
    void anEndDuringASuspensionHoldsAtOnceAndNoClientIsLost() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(WAITING);
        try (FakeDaemon daemon = daemon(folder);
                ProxyProcess proxy = ProxyProcess.start(
                        daemon.socket(),
                        Map.of("POLICY", policy(Instant.now().plusSeconds(3600)).toString(), "LOG_LEVEL", "info"));
                RawClient events = RawClient.connect(proxy.port())) {
            assertThat(events.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200 ");
            Instant end = Instant.now().plusSeconds(30).truncatedTo(ChronoUnit.MILLIS);
            policy(end);
            proxy.reload();
            proxy.awaitOutput(" policy reload by ");
            List<RawClient> halfHeads = new ArrayList<>();
            for (int i = 0; i < HALF_HEADS; i++) {
                halfHeads.add(RawClient.connect(proxy.port()).send("GET /_ping HTTP/1.1\r\n"));
            }
            proxy.suspend();
            Instant begin = Instant.now();
            for (RawClient client : halfHeads) {
                client.send("Host: d\r\n\r\n");
            }
            var waiting = IntStream.range(0, WAITING)
                    .mapToObj(i -> clients.submit(() -> ping(proxy.port())))
                    .toList();
            try {
                Thread.sleep(STOPPED.toMillis());
            } finally {
                proxy.resume();
            }
            assertThat(end).isBetween(begin, Instant.now());
            long resumed = System.nanoTime();
            assertThat(events.readToEnd()).isEmpty();
            Duration ended = Duration.ofNanos(System.nanoTime() - resumed);
            for (Future<String> each : waiting) {
                assertThat(each.get()).startsWith("HTTP/1.1 200 ");
            }
            for (RawClient client : halfHeads) { // of which the rest has waited for longer than HEADER_TIMEOUT
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
                client.close();
            }
            System.out.printf(
                    "SuspendIT: the stream ended after %d ms, %d waiting clients were served after %d ms%n",
                    ended.toMillis(), WAITING, (System.nanoTime() - resumed) / 1_000_000);
            assertThat(ended).isLessThan(PROMPT);
            proxy.awaitOutput(" policy permission-ended by until " + end + " profile ci SystemEvents ");
            assertThat(ping(proxy.port())).startsWith("HTTP/1.1 200 ");
            assertThat(proxy.stdout().split(" policy permission-ended ", -1)).hasSize(2);
            assertThat(proxy.stdout()).contains(" allow revoked GET /events ");
        } finally {
            clients.shutdownNow();
        }
    }

    private static String ping(int port) throws Exception {
        try (RawClient client = RawClient.connect(port)) {
            return client.request("GET", "/_ping").readResponse();
        }
    }
}
