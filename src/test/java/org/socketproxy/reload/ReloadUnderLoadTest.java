package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** Reloads while exchanges are active. */
class ReloadUnderLoadTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    /** Each of the two policies allows a request that the other denies; a mixture of both would allow a third request. */
    private static final String ONE = "CONTAINERS=1\n";

    private static final String OTHER = "POST=1\nIMAGES=1\n";
    private static final int RELOADS = 1000;
    private static final int CLIENTS = 4;

    @TempDir
    Path folder;

    private ReloadedProxy started(FakeDaemon daemon, String text) throws Exception {
        ReloadedProxy proxy = new ReloadedProxy(folder.resolve("proxy.env"), daemon.socket());
        proxy.startWith(text);
        return proxy;
    }

    @Test
    void activeExchangeKeepsItsDecision() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    asked.countDown();
                    await(go);
                    peer.write(OK);
                });
                ReloadedProxy proxy = started(daemon, "IMAGES=1\n");
                RawClient client = RawClient.connect(proxy.port())) {
            client.request("GET", "/images/json");
            await(asked);

            proxy.write("IMAGES=0\n");
            proxy.reload();
            assertThat(proxy.status("GET /images/json")).isEqualTo(403);
            go.countDown();

            assertThat(client.readResponse()).isEqualTo(OK);
        }
    }

    @Test
    void everyResponseUnderLoadMatchesOneOfTheTwoPolicies() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ReloadedProxy proxy = started(daemon, ONE)) {
            reloadUnderLoad(proxy);
        }
    }

    private static void reloadUnderLoad(ReloadedProxy proxy) throws Exception {
        List<String> requests = List.of("GET /containers/json", "GET /images/json", "POST /containers/a/kill");
        Map<String, Set<String>> possible = new HashMap<>();
        for (String text : List.of(OTHER, ONE)) {
            proxy.write(text);
            proxy.reload();
            for (String request : requests) {
                String answer = proxy.ask(request.split(" ")[0], request.split(" ")[1]);
                possible.computeIfAbsent(request, key -> new HashSet<>()).add(answer);
            }
        }
        assertThat(possible.values()).allMatch(answers -> answers.size() == 2);
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            Callable<Map<String, Set<String>>> client = () -> askUntil(proxy, isOver, requests);
            List<Future<Map<String, Set<String>>>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                running.add(clients.submit(client));
            }
            for (int i = 0; i < RELOADS; i++) {
                proxy.write(i % 2 == 0 ? OTHER : ONE);
                proxy.reload();
            }
            isOver.set(true);
            Map<String, Set<String>> seen = new HashMap<>();
            for (Future<Map<String, Set<String>>> each : running) {
                each.get(300, TimeUnit.SECONDS)
                        .forEach((request, answers) -> seen.computeIfAbsent(request, key -> new HashSet<>())
                                .addAll(answers));
            }
            assertThat(seen).isEqualTo(possible);
        } finally {
            isOver.set(true);
            clients.shutdownNow();
        }
        assertThat(proxy.logged().lines())
                .hasSize(RELOADS + 2)
                .containsOnly(
                        "info reload by SIGHUP: +CONTAINERS -IMAGES -POST",
                        "info reload by SIGHUP: -CONTAINERS +IMAGES +POST");
    }

    /** Returns the distinct responses to each request on one connection. */
    private static Map<String, Set<String>> askUntil(ReloadedProxy proxy, AtomicBoolean isOver, List<String> requests)
            throws IOException {
        Map<String, Set<String>> answers = new HashMap<>();
        try (RawClient client = RawClient.connect(proxy.port())) {
            while (!isOver.get()) {
                for (String request : requests) {
                    String[] words = request.split(" ");
                    String answer = client.request(words[0], words[1]).readResponse();
                    answers.computeIfAbsent(request, key -> new HashSet<>()).add(answer);
                }
            }
        }
        return answers;
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }
}
