package org.socketproxy.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** Questions about the same container at the same time are merged. */
class InspectorTest {
    private static final String START = "POST /containers/x/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n";

    @TempDir
    Path folder;

    /** One permit for each answer that the daemon may give to a query. */
    private final Semaphore answers = new Semaphore(0);
    /** Ids with which the daemon answers; the last one repeats. */
    private final Queue<String> ids = new ConcurrentLinkedQueue<>();

    private final AtomicInteger queries = new AtomicInteger();
    private final List<RawClient> clients = new ArrayList<>();
    private FakeDaemon daemon;
    private ChainUnderTest chain;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String line = head.substring(0, head.indexOf("\r\n"));
                if (line.contains("/json ")) {
                    queries.incrementAndGet();
                    answers.acquireUninterruptibly();
                    String id = ids.size() > 1 ? ids.poll() : ids.peek();
                    peer.write(ok("{\"Id\":\"" + id + "\",\"HostConfig\":{\"Privileged\":" + id.startsWith("e")
                            + "},\"Mounts\":[]}"));
                } else {
                    peer.write(ok(line));
                }
            }
        });
        chain = ChainUnderTest.safe(daemon.host(), Map.of());
        ids.add("a".repeat(64));
    }

    @AfterEach
    void stop() throws Exception {
        answers.release(1000);
        for (RawClient client : clients) {
            client.close();
        }
        chain.close();
        daemon.close();
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** Sends a request, and waits until the proxy has begun with it. */
    private RawClient ask(String request) throws Exception {
        int open = chain.openExchanges();
        RawClient client = chain.connect();
        clients.add(client);
        client.send(request);
        assertThat(ProcessResources.await(() -> chain.openExchanges() > open)).isTrue();
        return client;
    }

    @Test
    void floodOfRequestsForAContainerIsTwoQuestions() throws Exception {
        List<RawClient> flood = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            flood.add(ask(START));
        }
        assertThat(queries).hasValue(1);
        answers.release(2);

        for (RawClient client : flood) {
            assertThat(client.readAnswer("POST").body())
                    .isEqualTo("POST /containers/" + "a".repeat(64) + "/start HTTP/1.1");
        }
        assertThat(queries).hasValue(2);
    }

    /** The name moves between the two queries: the second request must not use the first answer. */
    @Test
    void answerIsNewerThanTheRequest() throws Exception {
        ids.add("b".repeat(64));
        RawClient first = ask(START);
        assertThat(ProcessResources.await(() -> queries.get() == 1)).isTrue();
        RawClient second = ask(START);
        answers.release(2);

        assertThat(first.readAnswer("POST").body()).contains("a".repeat(64));
        assertThat(second.readAnswer("POST").body()).contains("b".repeat(64));
    }

    @Test
    void eachRequestIsDenied() throws Exception {
        ids.clear();
        ids.add("e".repeat(64));
        List<RawClient> denied = List.of(ask(START), ask(START), ask(START));
        answers.release(2);

        for (RawClient client : denied) {
            assertThat(client.readAnswer("POST").status()).isEqualTo(403);
        }
        assertThat(queries).hasValue(2);
    }

    @Test
    void questionsAboutOtherContainersAreNotMerged() throws Exception {
        List<RawClient> both = List.of(ask(START), ask(START.replace("/x/", "/y/")));
        assertThat(ProcessResources.await(() -> queries.get() == 2)).isTrue();
        answers.release(2);

        for (RawClient client : both) {
            assertThat(client.readAnswer("POST").status()).isEqualTo(200);
        }
    }

    /** The query of a client that left is aborted only if no other client shares it; the later ones ask their own. */
    @Test
    void clientThatLeavesTakesNoAnswerFromTheOthers() throws Exception {
        RawClient leaving = ask(START);
        assertThat(ProcessResources.await(() -> queries.get() == 1)).isTrue();
        RawClient second = ask(START);
        RawClient third = ask(START);
        leaving.close();
        assertThat(chain.takeRecord()).startsWith("deny container-incomplete ");
        assertThat(ProcessResources.await(() -> queries.get() == 2)).isTrue();
        third.close();
        assertThat(chain.takeRecord()).startsWith("deny container-incomplete ");
        answers.release(2);

        assertThat(second.readAnswer("POST").status()).isEqualTo(200);
        assertThat(queries).hasValue(2);
    }
}
