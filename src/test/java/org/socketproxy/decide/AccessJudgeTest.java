package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** The query about a container: daemons that fail, clients that leave, and names that move. */
class AccessJudgeTest {
    private static final String SAFE = "a".repeat(64);
    private static final String EVIL = "e".repeat(64);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final String START = "POST /containers/x/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n";

    @TempDir
    Path folder;

    private static String inspect(String id, boolean isPrivileged) {
        return "{\"Id\":\"" + id + "\",\"HostConfig\":{\"Privileged\":" + isPrivileged + "},\"Mounts\":[]}";
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static ChainUnderTest safe(FakeDaemon daemon, Duration timeout) throws Exception {
        return ChainUnderTest.safe(daemon.host(), timeout, Map.of());
    }

    /** Answers a query with {@code description}, and every other request with its request line. */
    private FakeDaemon describing(FakeDaemon.Kind kind, String description) throws IOException {
        return FakeDaemon.running(kind, folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String line = head.substring(0, head.indexOf("\r\n"));
                peer.write(line.contains("/json ") ? description : ok(line));
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "HTTP/1.1 404 X~Content-Length: 15~~{\"message\":\"n\"} | 404 {\"message\":\"n\"} | container-lookup",
                "HTTP/1.1 400 X~Content-Length: 15~~{\"message\":\"2\"} | 400 {\"message\":\"2\"} | container-lookup",
                "HTTP/1.1 404 X~Transfer-Encoding: chunked~~2~{}~0~~ | 404 {} | container-lookup",
                "HTTP/1.1 301 X~Content-Length: 0~Location: /x~~ | 502 the daemon did not describe the container |"
                        + " container-lookup",
                "HTTP/1.1 204 X~~ | 502 the daemon did not describe the container | container-lookup",
                "HTTP/1.1 500 X~Content-Length: 2~~{} | 502 the daemon answered 500 to an inspect of the container |"
                        + " container-lookup",
                "HTTP/1.1 200 X~Content-Length: 2~~{} | 403 the daemon's description of the container cannot be read, which"
                        + " CREATE=safe does not allow | create-form",
                "HTTP/1.1 200 X~Content-Length: 0~~ | 403 the daemon's description of the container cannot be read, which"
                        + " CREATE=safe does not allow | create-form",
            })
    void answerOfTheDaemonDecides(String answer, String outcome, String code) throws Exception {
        try (FakeDaemon daemon = describing(FakeDaemon.Kind.UNIX, answer.replace("~", "\r\n"));
                ChainUnderTest chain = safe(daemon, LONG);
                RawClient client = chain.connect()) {
            client.send(START + "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n");

            assertThat(client.readAnswer("POST")).hasToString(outcome);
            assertThat(client.readAnswer("GET").status()).isEqualTo(200);
            assertThat(chain.takeRecord()).startsWith("deny " + code + " POST /containers/x/start ContainerStart");
            assertThat(daemon.takeHead()).startsWith("GET /containers/x/json HTTP/1.1\r\n");
            assertThat(daemon.takeHead()).startsWith("GET /_ping ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GARBAGE~~                                         | 502",
                "HTTP/1.1 200 X~Content-Length: 9~~{\"Id\":          | 502",
                "HTTP/1.1 200 X~Transfer-Encoding: chunked~~zz~    | 502",
                "''                                                | 502",
            })
    void daemonThatBreaksOffLeavesTheRequestDenied(String bytes, int status) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write(bytes.replace("~", "\r\n"));
                });
                ChainUnderTest chain = safe(daemon, LONG);
                RawClient client = chain.connect()) {
            client.send(START);

            assertThat(client.readAnswer("POST").status()).isEqualTo(status);
            assertThat(chain.takeRecord()).startsWith("deny container-lookup ");
            assertThat(daemon.takeHead()).startsWith("GET /containers/x/json ");
            assertThat(daemon.isUntouched()).isTrue();
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 0)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{", "HTTP/1.1 200 X\r\n"})
    void silentDaemonIsNotWaitedFor(String first) throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write(first);
                    await(end);
                });
                ChainUnderTest chain = safe(daemon, SHORT);
                RawClient client = chain.connect()) {
            client.send(START);

            assertThat(client.readAnswer("POST").toString()).startsWith("504 the daemon at unix://");
            assertThat(chain.takeRecord()).startsWith("deny container-lookup ");
            assertThat(daemon.takeHead()).startsWith("GET /containers/x/json ");
            assertThat(daemon.isUntouched()).isTrue();
            end.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void descriptionIsLimitedInBytes() throws Exception {
        String filler = " ".repeat(1 << 20);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 100; i++) {
                        peer.write("100000\r\n" + filler + "\r\n");
                    }
                });
                ChainUnderTest chain = safe(daemon, LONG);
                RawClient client = chain.connect()) {
            client.send(START);

            assertThat(client.readAnswer("POST").toString())
                    .startsWith("502 the daemon describes this object with more");
            assertThat(chain.takeRecord()).startsWith("deny container-lookup ");
        }
    }

    /** A description of several MiB is judged like a small one. */
    @Test
    void longDescriptionIsRead() throws Exception {
        String description = inspect(SAFE, false) + " ".repeat(7 << 20);
        try (FakeDaemon daemon = describing(FakeDaemon.Kind.UNIX, ok(description));
                ChainUnderTest chain = safe(daemon, LONG);
                RawClient client = chain.connect()) {
            client.send(START);

            assertThat(client.readAnswer("POST").body()).isEqualTo("POST /containers/" + SAFE + "/start HTTP/1.1");
        }
    }

    @Test
    void idleConnectionThatTheDaemonClosedIsReplaced() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        CountDownLatch asked = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    if (connections.incrementAndGet() == 1) {
                        peer.readRequest();
                        peer.write(ok("OK"));
                        peer.readRequest(); // closed without an answer, as if the request met a close
                        asked.countDown();
                        return;
                    }
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        peer.write(ok(head.contains("/json ") ? inspect(SAFE, false) : "started"));
                    }
                });
                ChainUnderTest chain = safe(daemon, LONG);
                RawClient client = chain.connect()) {
            client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n");
            assertThat(client.readAnswer("GET").body()).isEqualTo("OK");
            client.send(START);

            assertThat(client.readAnswer("POST").body()).isEqualTo("started");
            assertThat(asked.getCount()).isZero();
        }
    }

    @Test
    void questionOnANewConnectionHasTheSameTimeLimit() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    if (connections.incrementAndGet() > 1) {
                        await(end);
                    }
                    peer.write(ok("OK"));
                    peer.readRequest(); // closed without an answer
                });
                ChainUnderTest chain = safe(daemon, SHORT);
                RawClient client = chain.connect()) {
            client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n");
            assertThat(client.readAnswer("GET").body()).isEqualTo("OK");
            client.send(START);

            assertThat(client.readAnswer("POST").status()).isEqualTo(504);
            assertThat(connections).hasValue(2);
            end.countDown();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"leaves", "resets"})
    void clientThatLeavesWhileTheDaemonIsAskedStartsNothing(String way) throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    await(end);
                    peer.write(ok(inspect(SAFE, false)));
                    peer.readRequest();
                });
                ChainUnderTest chain = safe(daemon, LONG);
                RawClient client = chain.connect()) {
            client.send(START);
            assertThat(daemon.takeHead()).startsWith("GET /containers/x/json ");
            assertThat(chain.openExchanges()).isEqualTo(1);
            if (way.equals("resets")) {
                client.reset();
            } else {
                client.close();
            }

            assertThat(chain.takeRecord()).startsWith("deny container-incomplete POST /containers/x/start ");
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 0)).isTrue();
            end.countDown();
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void stopWaitsForTheQuestionAndThenClosesTheConnection() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    await(end);
                });
                ChainUnderTest chain = safe(daemon, LONG);
                RawClient client = chain.connect()) {
            client.send(START);
            assertThat(daemon.takeHead()).startsWith("GET /containers/x/json ");

            assertThat(chain.stopExchanges(Duration.ofMillis(100))).isEqualTo(1);
            assertThat(client.readToEnd()).isEmpty();
            assertThat(chain.takeRecord()).startsWith("deny container-incomplete ");
            assertThat(chain.openExchanges()).isZero();
            end.countDown();
        }
    }

    /** The name is moved to the other container after the daemon has described the first one. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /containers/x/start           | POST /containers/ID/start",
                "POST /v1.45/containers/x/restart   | POST /v1.45/containers/ID/restart",
                "POST /containers/x/attach?stream=1 | POST /containers/ID/attach?stream=1",
                "POST /containers/aaaaaaaaaaaa/start | POST /containers/ID/start",
                "POST /commit?container=x&repo=r    | POST /commit?container=ID&repo=r",
            })
    void judgedContainerIsTheOneThatIsEntered(String request, String forwarded) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        boolean isFirst = head.contains("/json ") && asked.incrementAndGet() == 1;
                        String line = head.substring(0, head.indexOf("\r\n"));
                        String described = isFirst ? inspect(SAFE, false) : inspect(EVIL, true);
                        peer.write(ok(head.contains("/json ") ? described : line));
                    }
                });
                ChainUnderTest chain = safe(daemon, LONG);
                RawClient client = chain.connect()) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readAnswer("POST").body()).isEqualTo(forwarded.replace("ID", SAFE) + " HTTP/1.1");

            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readAnswer("POST").status()).isEqualTo(403);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UNIX", "TCP"})
    void manyClientsAskAtTheSameTime(FakeDaemon.Kind kind) throws Exception {
        int clients = 1000;
        List<RawClient> open = new ArrayList<>();
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        boolean isEvil = head.contains("/containers/evil");
                        String line = head.substring(0, head.indexOf("\r\n"));
                        String described = isEvil ? inspect(EVIL, true) : inspect(SAFE, false);
                        peer.write(ok(head.contains("/json ") ? described : line));
                    }
                });
                ChainUnderTest chain = safe(daemon, LONG)) {
            for (int i = 0; i < clients; i++) {
                RawClient client = chain.connect();
                open.add(client);
                client.send(START.replace("/x/", i % 2 == 0 ? "/safe" + i + "/" : "/evil" + i + "/"));
            }
            List<Integer> statuses = new ArrayList<>();
            List<String> entered = new ArrayList<>();
            for (RawClient client : open) {
                RawResponse response = client.readAnswer("POST");
                statuses.add(response.status());
                entered.add(response.status() == 200 ? response.body() : "");
            }

            assertThat(statuses).filteredOn(status -> status == 200).hasSize(clients / 2);
            assertThat(statuses).filteredOn(status -> status == 403).hasSize(clients / 2);
            assertThat(entered)
                    .contains("POST /containers/" + SAFE + "/start HTTP/1.1")
                    .hasSize(clients);
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 0)).isTrue();
        } finally {
            for (RawClient client : open) {
                client.close();
            }
        }
    }
}
