package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.BuildImageResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.DockerJava;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** docker-java as client, which shares no code with the docker CLI and has its own HTTP library. */
class DockerJavaIT {
    private static final String CONTAINER = "docker-java";
    private static final long LIMIT_SECONDS = 300;

    private static ProxyProcess proxy;
    private static DockerClient client;

    @BeforeAll
    static void start() {
        proxy = ProxyProcess.start(RealDocker.get().socket(), ProxyProcess.everything());
        client = DockerJava.client(proxy.host());
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
            // not every test creates a container
        }
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

    /** Collects the frames of both streams. */
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
    void pingsAndReadsVersion() {
        client.pingCmd().exec();

        assertThat(client.infoCmd().exec().getOsType()).isEqualTo("linux");
        assertThat(client.versionCmd().exec().getApiVersion()).isNotBlank();
        assertThat(client.listImagesCmd().exec())
                .anySatisfy(image -> assertThat(image.getRepoTags()).contains(RealDocker.IMAGE));
    }

    @Test
    void runsAContainerAndReadsItsLogs() throws InterruptedException {
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
    void listsInspectsAndStopsAContainer() {
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
    void executesACommand() throws InterruptedException {
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
    void receivesEventsAsTheyHappen() throws IOException, InterruptedException {
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
                        // An earlier test may have ended its container within the same second.
                        if ("die".equals(event.getAction()) && actions.contains("create")) {
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
    void sendsInputToACommand() throws InterruptedException {
        run("sleep", "600");

        String id = client.execCreateCmd(CONTAINER)
                .withAttachStdin(true)
                .withAttachStdout(true)
                .withCmd("sh", "-c", "head -n 1; exit 6")
                .exec()
                .getId();
        InputStream input = new ByteArrayInputStream("in\nand more\n".getBytes(StandardCharsets.UTF_8));
        Output output = client.execStartCmd(id).withStdIn(input).exec(new Output());
        assertThat(output.awaitText()).isEqualTo("STDOUT in\n");
        assertThat(client.inspectExecCmd(id).exec().getExitCodeLong()).isEqualTo(6);
    }

    @Test
    void copiesFilesInAndOut(@TempDir Path folder) throws IOException {
        run("sleep", "600");
        Path file = Files.writeString(folder.resolve("file"), "what is in it");

        client.copyArchiveToContainerCmd(CONTAINER)
                .withHostResource(file.toString())
                .withRemotePath("/tmp")
                .exec();
        try (InputStream tar =
                client.copyArchiveFromContainerCmd(CONTAINER, "/tmp/file").exec()) {
            assertThat(new String(tar.readAllBytes(), StandardCharsets.ISO_8859_1))
                    .contains("what is in it");
        }
    }

    @Test
    void buildsAnImage(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("Dockerfile"), "FROM " + RealDocker.IMAGE + "\nLABEL made=here\n");

        String id = client.buildImageCmd(folder.toFile())
                .withTags(Set.of("docker-java:built"))
                .exec(new BuildImageResultCallback())
                .awaitImageId(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(client.inspectImageCmd(id).exec().getConfig().getLabels()).containsEntry("made", "here");
        client.removeImageCmd("docker-java:built").exec();
    }

    /** There is no registry: the daemon returns an error. */
    @Test
    void pullReturnsTheErrorOfTheDaemon() {
        assertThatThrownBy(() -> client.pullImageCmd("127.0.0.1:1/nothing")
                        .withTag("latest")
                        .start()
                        .awaitCompletion(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageNotContaining("socket-proxy");
    }

    /** A named call of the client. */
    private record Call(String name, ThrowingConsumer<DockerClient> action) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> denials() {
        return Stream.of(
                denial(
                        "list",
                        it -> it.listContainersCmd().exec(),
                        "ContainerList (GET /containers/json)",
                        "CONTAINERS=1"),
                denial(
                        "logs",
                        it -> it.logContainerCmd("x")
                                .withStdOut(true)
                                .exec(new Output())
                                .awaitCompletion(),
                        "ContainerLogs (GET /containers/{id}/logs)",
                        "CONTAINERS=1 and ALLOW_LOGS=1"),
                denial(
                        "exec",
                        it -> it.execCreateCmd("x").withCmd("true").exec(),
                        "ContainerExec (POST /containers/{id}/exec)",
                        "CREATE=safe and CONTAINERS=1 and EXEC=1 and POST=1 (CONTAINERS=1 and EXEC=1 and POST=1 alone:"
                                + " root on the host)"),
                denial(
                        "exec start",
                        it -> it.execStartCmd("x").exec(new Output()).awaitCompletion(),
                        "ExecStart (POST /exec/{id}/start)",
                        "EXEC=1 and POST=1"),
                denial(
                        "pull",
                        it -> it.pullImageCmd("busybox")
                                .withTag("local")
                                .start()
                                .awaitCompletion(),
                        "ImageCreate (POST /images/create)",
                        "IMAGES=1 and POST=1"),
                denial(
                        "build",
                        it -> it.buildImageCmd(new ByteArrayInputStream(new byte[1024]))
                                .exec(new BuildImageResultCallback())
                                .awaitImageId(),
                        "ImageBuild (POST /build)",
                        "BUILD=1 and POST=1"),
                denial(
                        "restart",
                        it -> it.restartContainerCmd("x").exec(),
                        "ContainerRestart (POST /containers/{id}/restart)",
                        "ALLOW_RESTARTS=1 (or, far wider, CREATE=safe and CONTAINERS=1 and POST=1)"));
    }

    private static Arguments denial(String name, ThrowingConsumer<DockerClient> action, String what, String set) {
        return Arguments.of(new Call(name, action), what + " is not allowed: set " + set);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("denials")
    void denialIsThrownLikeAnErrorOfTheDaemon(Call call, String sentence) throws IOException {
        try (ProxyUnderTest strict = ProxyUnderTest.allowing(RealDocker.get().socket());
                DockerClient denied = DockerJava.client("tcp://127.0.0.1:" + strict.port())) {
            assertThatThrownBy(() -> call.action().accept(denied))
                    .isInstanceOf(RuntimeException.class)
                    .hasMessageContaining("Status 403")
                    .hasMessageContaining(sentence);
        }
    }
}
