package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** A reservation ends with the answer of the daemon: with a limit of one container, the next create shows whether it counts. */
class TotalsStepTest {
    private static final String CREATED = "created";
    private static final String IMAGE =
            "{\"Id\":\"sha256:" + "a".repeat(64) + "\",\"RepoTags\":[\"i:1\"],\"Config\":{}}";

    @TempDir
    Path folder;

    private final Set<String> containers = ConcurrentHashMap.newKeySet();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch isAnswered = new CountDownLatch(1);
    private volatile String outcome = CREATED;
    private volatile int lists = 200;
    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, this::serve);
        Map<String, String> environment = ProxyUnderTest.everything();
        environment.putAll(Map.of(
                "CREATE", "safe", "TARGETS", "label:owner=ci,images:reference:**", "MAX_OBJECTS", "containers:1"));
        proxy = ProxyUnderTest.with(daemon.socket(), environment);
    }

    @AfterEach
    void stop() throws IOException {
        isAnswered.countDown();
        proxy.close();
        daemon.close();
    }

    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            String line = head.substring(0, head.indexOf(" HTTP/"));
            if (line.startsWith("GET /containers/json")) {
                String list = containers.stream()
                        .map(id -> "{\"Id\":\"" + id + "\",\"Names\":[],\"Labels\":{\"owner\":\"ci\"}}")
                        .collect(Collectors.joining(",", "[", "]"));
                answer(peer, lists, list);
            } else if (line.startsWith("GET /images/i:1/")) {
                answer(peer, 200, IMAGE);
            } else if (!line.startsWith("POST /containers/create")) {
                answer(peer, 404, "{\"message\":\"none\"}");
            } else if (outcome.equals("cut")) {
                return;
            } else if (outcome.equals("held")) {
                asked.countDown();
                awaitAnswer();
                answer(peer, 409, "{\"message\":\"held\"}");
            } else if (outcome.equals(CREATED)) {
                String id = String.format("%064x", containers.size() + 1);
                containers.add(id);
                answer(peer, 201, "{\"Id\":\"" + id + "\",\"Warnings\":[]}");
            } else {
                answer(peer, Integer.parseInt(outcome), "{\"message\":\"failed\"}");
            }
        }
    }

    private void awaitAnswer() {
        try {
            assertThat(isAnswered.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(FakeDaemon.Peer peer, int status, String body) throws IOException {
        peer.write("HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body);
    }

    private static void send(RawClient client, String body) throws IOException {
        client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);
    }

    private RawResponse create(String body) throws IOException {
        try (RawClient client = proxy.connect()) {
            send(client, body);
            return client.readAnswer("POST");
        }
    }

    private int create() throws IOException {
        return create("{\"Image\":\"i:1\"}").status();
    }

    @ParameterizedTest
    @CsvSource({"created,201,403", "409,409,201", "404,404,201", "500,500,403", "cut,502,403"})
    void answerDecidesWhetherTheDemandCounts(String first, int status, int next) throws IOException {
        outcome = first;
        assertThat(create()).isEqualTo(status);
        outcome = CREATED;

        assertThat(create()).isEqualTo(next);
    }

    @Test
    void removedContainerMakesRoom() throws IOException {
        assertThat(create()).isEqualTo(201);
        containers.clear();

        assertThat(create()).isEqualTo(201);
    }

    @Test
    void denialByALaterStepGivesTheRoomBack() throws IOException {
        assertThat(create("{\"Image\":\"missing:1\"}").status()).isEqualTo(404);

        assertThat(create()).isEqualTo(201);
    }

    @Test
    void clientThatLeavesLeavesItsDemand() throws Exception {
        outcome = "held";
        try (RawClient client = proxy.connect()) {
            send(client, "{\"Image\":\"i:1\"}");
            assertThat(asked.await(1, TimeUnit.MINUTES)).isTrue();
        }
        outcome = CREATED;

        RawResponse next = create("{\"Image\":\"i:1\"}");
        assertThat(next.status()).isEqualTo(403);
        assertThat(next.body()).contains("this profile may have 1 containers, and has 1");
    }

    @Test
    void createWaitsForAnotherOneThatFails() throws Exception {
        outcome = "held";
        try (RawClient first = proxy.connect();
                RawClient second = proxy.connect()) {
            send(first, "{\"Image\":\"i:1\"}");
            assertThat(asked.await(1, TimeUnit.MINUTES)).isTrue();
            outcome = CREATED;
            send(second, "{\"Image\":\"i:1\"}");
            isAnswered.countDown();

            assertThat(first.readAnswer("POST").status()).isEqualTo(409);
            assertThat(second.readAnswer("POST").status()).isEqualTo(201);
        }
    }

    @Test
    void daemonThatDoesNotListDeniesTheCreate() throws IOException {
        lists = 500;

        RawResponse denied = create("{\"Image\":\"i:1\"}");
        assertThat(denied.status()).isEqualTo(502);
        assertThat(denied.body()).contains("the daemon did not list the containers of this profile (status 500)");
    }
}
