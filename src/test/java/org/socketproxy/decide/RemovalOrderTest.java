package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Requests of one profile that wait for each other, with the daemon of {@link FakeOwners}. */
class RemovalOrderTest {
    private static final String CREATE = "/v5.0.0/libpod/containers/create";

    @RegisterExtension
    final OwnersDaemon owners = new OwnersDaemon("join-container,volumes-from,host-network,privileged");

    private final FakeOwners objects = owners.objects();

    private ChainUnderTest chain(String targets) throws Exception {
        return owners.chain(targets);
    }

    /** If the first one has removed the volume, Podman would take the name of the second for the start of another one's. */
    @ParameterizedTest
    @CsvSource({
        "DELETE /v5.0.0/libpod/volumes/own1,  DELETE /volumes/own1",
        "DELETE /volumes/own1,                POST /volumes/prune",
        "POST /volumes/prune,                 DELETE /volumes/own1",
        "DELETE /v5.0.0/libpod/networks/own1, DELETE /networks/own1",
        "POST /networks/prune,                DELETE /v5.0.0/libpod/networks/own1",
        "POST /v5.0.0/libpod/containers/create, DELETE /v5.0.0/libpod/networks/own1",
        "DELETE /networks/own1,               POST /v5.0.0/libpod/containers/create",
        "POST /v5.0.0/libpod/networks/own1/connect, DELETE /networks/own1",
        "POST /v5.0.0/libpod/containers/create, DELETE /v5.0.0/libpod/secrets/own1",
        "DELETE /secrets/own1,                POST /v5.0.0/libpod/containers/create",
        "DELETE /images/own1:1,               DELETE /v5.0.0/libpod/images/own1:1",
        "DELETE /v5.0.0/libpod/images/remove?images=own1%3A1, DELETE /images/own1:1",
    })
    void removalWaitsForTheOneBefore(String first, String second) throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        objects.holdAnswers(answers);
        ExecutorService clients = Executors.newFixedThreadPool(2);
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            Future<String> before = clients.submit(() -> FakeOwners.send(chain, first, body(first)));
            while (objects.bodies().isEmpty()) {
                Thread.sleep(10);
            }
            int queries = objects.queries().size();
            Future<String> after = clients.submit(() -> FakeOwners.send(chain, second, body(second)));
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 2)).isTrue();
            Thread.sleep(200);
            assertThat(objects.queries()).hasSize(queries);
            assertThat(objects.bodies()).hasSize(1);

            answers.countDown();
            assertThat(before.get()).startsWith("201 ");
            assertThat(after.get(300, TimeUnit.SECONDS)).startsWith("201 ");
            assertThat(objects.bodies()).hasSize(2);
        } finally {
            answers.countDown();
            clients.shutdownNow();
        }
    }

    private static String body(String request) {
        return request.endsWith("/create")
                ? "{'image':'own:1','Networks':{'own1':{}}}"
                : request.endsWith("/connect") ? "{'container':'own2'}" : "";
    }

    @Test
    void creationsDoNotWaitForEachOther() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        objects.holdAnswers(answers);
        ExecutorService clients = Executors.newFixedThreadPool(2);
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            Future<String> one = clients.submit(() -> FakeOwners.post(chain, CREATE, body(CREATE)));
            Future<String> other = clients.submit(() -> FakeOwners.post(chain, CREATE, body(CREATE)));
            while (objects.bodies().size() < 2) {
                Thread.sleep(10);
            }
            answers.countDown();
            assertThat(one.get()).startsWith("201 ");
            assertThat(other.get()).startsWith("201 ");
        } finally {
            answers.countDown();
            clients.shutdownNow();
        }
    }

    /** The body of each request never ends. A turn that began before the body would hold up the other client. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "DELETE /volumes/own1",
                "POST /volumes/prune",
                "DELETE /v5.0.0/libpod/networks/own1",
                "DELETE /images/own1:1",
                "POST /v5.0.0/libpod/containers/create",
                "POST /networks/own1/connect",
            })
    void endlessBodyHoldsUpNoOtherRequest(String request) throws Exception {
        List<RawClient> endless = new ArrayList<>();
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            for (int i = 0; i < 4; i++) {
                RawClient client = chain.connect();
                endless.add(client);
                client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n");
            }
            assertThat(ProcessResources.await(() -> chain.openExchanges() == endless.size()))
                    .isTrue();

            assertThat(FakeOwners.post(chain, CREATE, body(CREATE))).startsWith("201 ");
            assertThat(FakeOwners.send(chain, "DELETE /volumes/own2", "")).startsWith("201 ");
            assertThat(FakeOwners.send(chain, "DELETE /networks/own2", "")).startsWith("201 ");
            assertThat(objects.bodies()).hasSize(3);
        } finally {
            for (RawClient client : endless) {
                client.close();
            }
        }
    }

    @Test
    void bodyOfARemovalIsForwarded() throws Exception {
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            assertThat(FakeOwners.post(chain, "/volumes/prune", "{'filters':{}}"))
                    .startsWith("201 ");
            assertThat(FakeOwners.send(chain, "DELETE /volumes/own1", "{}")).startsWith("201 ");
        }
        assertThat(objects.bodies())
                .satisfiesExactly(
                        prune -> assertThat(prune).endsWith(" {'filters':{}}"),
                        removal -> assertThat(removal).endsWith(" {}"));
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void waitIsBounded() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        objects.holdAnswers(answers);
        ExecutorService clients = Executors.newSingleThreadExecutor();
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            Future<String> before = clients.submit(() -> FakeOwners.send(chain, "DELETE /volumes/own1", ""));
            assertThat(ProcessResources.await(() -> !objects.bodies().isEmpty()))
                    .isTrue();

            try (RawClient client = chain.connect()) {
                client.send("DELETE /volumes/own2 HTTP/1.1\r\nHost: d\r\n\r\n");
                RawResponse refused = client.readAnswer("DELETE");
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.body()).contains("must wait for other requests of its profile");
                assertThat(chain.takeRecord()).startsWith("deny turn-timeout ");
            }
            assertThat(objects.bodies()).hasSize(1);
            answers.countDown();
            assertThat(before.get()).startsWith("201 ");
        } finally {
            answers.countDown();
            clients.shutdownNow();
        }
    }

    /** The turn ends with the response of the daemon. The first client reads none of its response, which is larger than all buffers. */
    @Test
    void clientThatDoesNotReadItsResponseHoldsUpNoOtherRequest() throws Exception {
        objects.answerAtLength();
        try (ChainUnderTest chain = chain("label:owner=ci");
                RawClient slow = chain.connect()) {
            slow.send("POST /volumes/prune HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            slow.readHead();

            try (RawClient other = chain.connect()) {
                other.send("DELETE /volumes/own1 HTTP/1.1\r\nHost: d\r\n\r\n");
                assertThat(other.readHead()).startsWith("HTTP/1.1 201 ");
            }
        }
    }

    /** One address has three requests in the queue before the other one has its first. */
    @Test
    void clientsGetTheirTurnsInRotation() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        objects.holdAnswers(answers);
        List<RawClient> clients = new ArrayList<>();
        try (ChainUnderTest chain = chain("label:owner=ci")) {
            for (int i = 1; i <= 5; i++) {
                RawClient client = i == 5
                        ? RawClient.over(new Socket("127.0.0.1", chain.port(), InetAddress.getByName("127.0.0.2"), 0))
                        : chain.connect();
                clients.add(client);
                client.send("DELETE /volumes/own" + i + " HTTP/1.1\r\nHost: d\r\n\r\n");
                int open = i;
                assertThat(ProcessResources.await(() -> chain.openExchanges() == open))
                        .isTrue();
            }
            assertThat(ProcessResources.await(() -> !objects.bodies().isEmpty()))
                    .isTrue();
            answers.countDown();
            for (RawClient client : clients) {
                assertThat(client.readAnswer("DELETE").status()).isEqualTo(201);
            }
        } finally {
            answers.countDown();
            for (RawClient client : clients) {
                client.close();
            }
        }
        List<String> order = List.copyOf(objects.bodies());
        assertThat(order.indexOf("DELETE /volumes/own5 ")).as(order.toString()).isBetween(1, 2);
    }
}
