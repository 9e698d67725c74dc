package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/** The built program is restarted while clients connect: no connection is refused, and no request fails. */
@Tag("thorough")
class RestartIT {
    private static final int RESTARTS = Integer.getInteger("restarts", 10);
    private static final int CLIENTS = 4;
    private static final long BETWEEN = 20;
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    Path folder;

    private final AtomicLong answers = new AtomicLong();
    private volatile boolean isOver;

    /** Connects. */
    private interface Connector {
        RawClient connect() throws IOException;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void inheritedSocketRefusesNoConnectionWhileTheProxyRestarts(String kind) throws Exception {
        Programs.assumeInstalled("python3");
        Path file = folder.resolve("proxy.sock");
        boolean isUnix = kind.equals("unix");
        Map<String, String> settings = Map.of("LISTEN", (isUnix ? "unix://" + file : "tcp://127.0.0.1:0") + "?fd=0");
        String script = "exec python3 -c '" + InheritedSocketIT.KEEPER + "' '" + (isUnix ? file : "") + "' "
                + (RESTARTS + 1) + " \"$@\"";
        try (FakeDaemon daemon = daemon("one");
                ProxyProcess keeper = ProxyProcess.startBy(script, null, daemon.socket(), settings)) {
            int port = isUnix ? 0 : keeper.port();
            load(isUnix ? () -> RawClient.connect(file) : () -> RawClient.connect(port), () -> {
                for (int i = 0; i < RESTARTS; i++) {
                    awaitAnswers();
                    keeper.terminateChild();
                }
                awaitAnswers();
                return null;
            });
            assertThat(keeper.stderr()).isEmpty();
            keeper.terminateChild();
            assertThat(keeper.await(LIMIT).exitCode()).isZero();
            assertThat(lines(keeper, "status page")).isEqualTo(RESTARTS + 1);
            assertThat(lines(keeper, " allow "))
                    .as("records, also of the last requests before each stop")
                    .isEqualTo(answers.get());
        }
    }

    @Test
    void nextProcessTakesOverASharedPort() throws Exception {
        try (FakeDaemon daemon = daemon("one")) {
            ProxyProcess[] proxy = {start(daemon, 0)};
            int port = proxy[0].port();
            load(() -> RawClient.connect(port), () -> {
                for (int i = 0; i < RESTARTS; i++) {
                    awaitAnswers();
                    ProxyProcess next = start(daemon, port);
                    proxy[0].close();
                    proxy[0] = next;
                }
                awaitAnswers();
                return null;
            });
            proxy[0].close();
        }
    }

    private static ProxyProcess start(FakeDaemon daemon, int port) {
        return ProxyProcess.start(
                daemon.socket(), Map.of("LISTEN", "tcp://127.0.0.1:" + port + "?reuse-port=1", "LOG_LEVEL", "warning"));
    }

    private static long lines(ProxyProcess proxy, String text) {
        return proxy.stdout().lines().filter(line -> line.contains(text)).count();
    }

    /** Runs {@code restarts} while clients connect, each with one request a connection. */
    private void load(Connector connector, Callable<Void> restarts) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<String>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(threads.submit(() -> askUntilOver(connector)));
            }
            restarts.call();
            isOver = true;
            for (Future<String> client : clients) {
                assertThat(client.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEmpty();
            }
        } finally {
            isOver = true;
            threads.shutdownNow();
        }
    }

    /** Returns the first response that is not complete, or an empty text. */
    private String askUntilOver(Connector connector) throws Exception {
        while (!isOver) {
            try (RawClient client = connector.connect()) {
                String response = client.request("GET", "/version").readResponse();
                if (!response.startsWith("HTTP/1.1 200 ") || !response.endsWith("one")) {
                    return "not complete: " + response;
                }
            }
            answers.incrementAndGet();
            TimeUnit.MILLISECONDS.sleep(1); // leaves the processors to the proxy
        }
        return "";
    }

    private void awaitAnswers() throws Exception {
        long wanted = answers.get() + BETWEEN;
        assertThat(ProcessResources.await(() -> answers.get() >= wanted)).isTrue();
    }

    private FakeDaemon daemon(String body) throws IOException {
        return FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }
}
