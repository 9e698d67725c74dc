package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;

/** Requests of one profile that wait for each other, with the daemon of {@link FakeOwners}. */
@Timeout(60)
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
            int questions = objects.questions().size();
            Future<String> after = clients.submit(() -> FakeOwners.send(chain, second, body(second)));
            Thread.sleep(200);
            assertThat(objects.questions()).hasSize(questions);
            assertThat(objects.bodies()).hasSize(1);

            answers.countDown();
            assertThat(before.get()).startsWith("201 ");
            // Only after a client that left, the next one waits for ten seconds.
            assertThat(after.get(9, TimeUnit.SECONDS)).startsWith("201 ");
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
}
