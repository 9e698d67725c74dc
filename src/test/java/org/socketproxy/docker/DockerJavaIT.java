package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RealDocker;

/** docker-java, a client that shares no code with the docker CLI. It talks HTTP by a library of its own. */
class DockerJavaIT {
    private static final String CONTAINER = "docker-java";
    private static final long LIMIT_SECONDS = 30;

    private static ProxyProcess proxy;
    private static DockerClient client;

    @BeforeAll
    static void start() {
        proxy = ProxyProcess.start(RealDocker.get().socket(), ProxyProcess.everything());
        client = clientOf(proxy);
    }

    @AfterAll
    static void stop() throws IOException {
        if (proxy != null) {
            client.close();
            proxy.close();
        }
    }

    @AfterEach
    void removeContainer() {
        try {
            client.removeContainerCmd(CONTAINER).withForce(true).exec();
        } catch (NotFoundException alreadyGone) {
            // Not every test makes one.
        }
    }

    private static DockerClient clientOf(ProxyProcess proxy) {
        DefaultDockerClientConfig config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(proxy.host())
                .withDockerTlsVerify(false)
                .build();
        return DockerClientImpl.getInstance(
                config,
                new ZerodepDockerHttpClient.Builder()
                        .dockerHost(URI.create(proxy.host()))
                        .build());
    }

    private static void run(String... command) {
        client.createContainerCmd(RealDocker.IMAGE)
                .withName(CONTAINER)
                .withHostConfig(HostConfig.newHostConfig().withNetworkMode("none"))
                .withCmd(command)
                .exec();
        client.startContainerCmd(CONTAINER).exec();
    }

    private static int awaitExit() {
        return client.waitContainerCmd(CONTAINER)
                .exec(new WaitContainerResultCallback())
                .awaitStatusCode(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** Gathers what comes on both streams. */
    private static final class Output extends ResultCallback.Adapter<Frame> {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void onNext(Frame frame) {
            text.append(frame.getStreamType())
                    .append(' ')
                    .append(new String(frame.getPayload(), StandardCharsets.UTF_8));
        }

        String awaitText() throws InterruptedException {
            assertThat(awaitCompletion(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            return text.toString();
        }
    }

    @Test
    void itPingsAndAsks() {
        client.pingCmd().exec();

        assertThat(client.infoCmd().exec().getOsType()).isEqualTo("linux");
        assertThat(client.versionCmd().exec().getApiVersion()).isNotBlank();
        assertThat(client.listImagesCmd().exec())
                .anySatisfy(image -> assertThat(image.getRepoTags()).contains(RealDocker.IMAGE));
    }

    @Test
    void itRunsAContainerAndReadsItsLogs() throws InterruptedException {
        run("sh", "-c", "echo out; sleep 1; echo err >&2; exit 3");

        Output followed = client.logContainerCmd(CONTAINER)
                .withStdOut(true)
                .withStdErr(true)
                .withFollowStream(true)
                .exec(new Output());
        assertThat(awaitExit()).isEqualTo(3);
        assertThat(followed.awaitText()).isEqualTo("STDOUT out\nSTDERR err\n");
        client.removeContainerCmd(CONTAINER).exec();
        assertThatThrownBy(() -> client.inspectContainerCmd(CONTAINER).exec()).isInstanceOf(NotFoundException.class);
    }

    @Test
    void itListsInspectsAndStopsAContainer() {
        run("sleep", "600");

        List<Container> listed =
                client.listContainersCmd().withNameFilter(List.of(CONTAINER)).exec();
        assertThat(listed)
                .singleElement()
                .satisfies(container -> assertThat(container.getNames()).containsExactly("/" + CONTAINER));
        assertThat(client.inspectContainerCmd(CONTAINER).exec().getState().getRunning())
                .isTrue();
        client.stopContainerCmd(CONTAINER).withTimeout(0).exec();
        assertThat(client.inspectContainerCmd(CONTAINER).exec().getState().getRunning())
                .isFalse();
    }

    @Test
    void itExecutesACommand() throws InterruptedException {
        run("sleep", "600");

        String id = client.execCreateCmd(CONTAINER)
                .withAttachStdout(true)
                .withAttachStderr(true)
                .withCmd("sh", "-c", "echo out; sleep 1; echo err >&2; exit 5")
                .exec()
                .getId();
        Output output = client.execStartCmd(id).exec(new Output());
        assertThat(output.awaitText()).isEqualTo("STDOUT out\nSTDERR err\n");
        assertThat(client.inspectExecCmd(id).exec().getExitCodeLong()).isEqualTo(5);
    }

    @Test
    void itIsToldOfEventsAsTheyHappen() throws IOException, InterruptedException {
        Queue<String> actions = new ConcurrentLinkedQueue<>();
        CountDownLatch isDead = new CountDownLatch(1);
        String now = String.valueOf(System.currentTimeMillis() / 1000);
        ResultCallback<Event> events = client.eventsCmd()
                .withSince(now)
                .withContainerFilter(CONTAINER)
                .exec(new ResultCallback.Adapter<Event>() {
                    @Override
                    public void onNext(Event event) {
                        actions.add(event.getAction());
                        if ("die".equals(event.getAction())) {
                            isDead.countDown();
                        }
                    }
                });

        run("true");

        assertThat(isDead.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(actions).containsSubsequence("create", "start", "die");
        events.close();
    }

    @Test
    void aDenialReachesItAsTheDaemonsOwnErrors() throws IOException {
        try (ProxyProcess strict = ProxyProcess.start(RealDocker.get().socket(), Map.of());
                DockerClient denied = clientOf(strict)) {
            assertThatThrownBy(() -> denied.listContainersCmd().exec())
                    .isInstanceOf(DockerException.class)
                    .hasMessageContaining("Status 403")
                    .hasMessageContaining("ContainerList (GET /containers/json) is not allowed: set CONTAINERS=1");
        }
    }
}
