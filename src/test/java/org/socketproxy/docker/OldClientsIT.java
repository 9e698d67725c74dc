package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DockerJava;
import org.socketproxy.testing.DockerPy;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/** Old clients with a dockerd that refuses API versions below 1.44, without {@code API_VERSION} and with it. */
@Tag("thorough")
class OldClientsIT {
    private static RestartableDocker docker;
    private static ProxyUnderTest unset;
    private static ProxyUnderTest auto;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        docker = RestartableDocker.refusingBelow("1.44");
        docker.awaitReady();
        RealDocker.makeImage(Cli.in(shared, Map.of("DOCKER_HOST", "unix://" + docker.socket())));
        unset = proxy("");
        auto = proxy("auto");
    }

    private static ProxyUnderTest proxy(String version) {
        Map<String, String> environment = new HashMap<>(ProxyUnderTest.everything());
        environment.put("API_VERSION", version);
        return ProxyUnderTest.with(docker.socket(), environment);
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        if (unset != null) {
            unset.close();
        }
        if (auto != null) {
            auto.close();
        }
        if (docker != null) {
            docker.close();
        }
    }

    private Cli cli(ProxyUnderTest proxy, String version) {
        return Cli.in(
                folder,
                Map.of(
                        "DOCKER_HOST",
                        "tcp://127.0.0.1:" + proxy.port(),
                        "DOCKER_API_VERSION",
                        version,
                        "DOCKER_BUILDKIT",
                        "0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.24", "1.30", "1.41", "1.43"})
    void dockerCliWorksWithTheSettingOnly(String version) {
        assertThat(cli(unset, version).run("docker", "ps").stderr())
                .contains("client version " + version + " is too old. Minimum supported API version is 1.44");
        Cli.Result result = cli(auto, version)
                .script(
                        "set -e; n=old-" + version + "\n"
                                + "docker version >&2; docker info >&2; docker images -q | grep -c .\n"
                                + "docker run --rm --network none busybox:local echo run\n"
                                + "docker run -d --name $n --network none busybox:local sh -c 'echo started; sleep 1000' >&2\n"
                                + "echo word | docker exec -i $n cat; docker exec $n echo exec\n"
                                + "docker top $n >&2; docker stats --no-stream $n >&2; docker logs $n\n"
                                + "docker ps --filter name=$n --format '{{.Names}}'; docker inspect --format '{{.State.Running}}' $n\n"
                                + "docker cp $n:/etc/passwd passwd; cat passwd\n"
                                + "docker stop -t 0 $n; docker rm $n\n"
                                + "docker volume create $n; docker volume rm $n; docker network ls --filter name=host -q >&2\n"
                                + "echo 'FROM busybox:local' > Dockerfile; echo 'LABEL a=b' >> Dockerfile\n"
                                + "docker build -q -t $n . >&2; docker inspect --format '{{.Config.Labels.a}}' $n; docker rmi $n >&2\n"
                                + "docker events --since 60s --until 0s --filter type=container --format '{{.Action}}' | grep -c die >&2\n");
        String name = "old-" + version;

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stdout().lines())
                .containsExactly(
                        "1",
                        "run",
                        "word",
                        "exec",
                        "started",
                        name,
                        "true",
                        "root:x:0:0:root:/:/bin/sh",
                        name,
                        name,
                        name,
                        name,
                        "b");
    }

    @ParameterizedTest
    @CsvSource({"1.24", "1.41"})
    void dockerPyWorksWithTheSettingOnly(String version) throws IOException {
        String program = "import docker\n"
                + "client = docker.DockerClient(base_url='%s', version='" + version + "')\n"
                + "print(client.version()['ApiVersion'] >= '1.44', client.ping())\n"
                + "client.info()\n"
                + "container = client.containers.run('busybox:local', ['sh', '-c', 'echo started; sleep 1000'], detach=True,"
                + " network_mode='none', name='py-" + version + "')\n"
                + "print(container.exec_run(['echo', 'exec']).output)\n"
                + "print(container.logs(), [c.name for c in client.containers.list()])\n"
                + "container.stop(timeout=0)\n"
                + "container.remove()\n"
                + "print('busybox:local' in [t for i in client.images.list() for t in i.tags])\n"
                + "volume = client.volumes.create('py-" + version + "')\n"
                + "volume.remove()\n";

        assertThat(DockerPy.run(folder, unset.port(), program.formatted("tcp://127.0.0.1:" + unset.port()))
                        .stderr())
                .contains("client version " + version + " is too old");
        Cli.Result result = DockerPy.run(folder, auto.port(), program.formatted("tcp://127.0.0.1:" + auto.port()));
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stdout()).isEqualTo("True True\nb'exec\\n'\nb'started\\n' ['py-" + version + "']\nTrue\n");
    }

    /** 1.32 is the version of old Testcontainers. */
    @ParameterizedTest
    @ValueSource(strings = {"1.24", "1.32", "1.41"})
    void dockerJavaWorksWithTheSettingOnly(String version) throws Exception {
        try (DockerClient refused = DockerJava.client("tcp://127.0.0.1:" + unset.port(), version);
                DockerClient client = DockerJava.client("tcp://127.0.0.1:" + auto.port(), version)) {
            assertThatThrownBy(() -> refused.listContainersCmd().exec())
                    .hasMessageContaining("client version " + version + " is too old");
            String id = client.createContainerCmd(RealDocker.IMAGE)
                    .withHostConfig(HostConfig.newHostConfig().withNetworkMode("none"))
                    .withCmd("sh", "-c", "sleep 1000")
                    .exec()
                    .getId();
            client.startContainerCmd(id).exec();
            List<String> output = new CopyOnWriteArrayList<>();
            String exec = client.execCreateCmd(id)
                    .withCmd("echo", "exec")
                    .withAttachStdout(true)
                    .exec()
                    .getId();
            client.execStartCmd(exec)
                    .exec(new ResultCallback.Adapter<Frame>() {
                        @Override
                        public void onNext(Frame frame) {
                            output.add(frame.toString());
                        }
                    })
                    .awaitCompletion();
            assertThat(output).containsExactly("STDOUT: exec");
            assertThat(client.inspectContainerCmd(id).exec().getState().getRunning())
                    .isTrue();
            assertThat(client.infoCmd().exec().getContainersRunning()).isPositive();
            client.removeContainerCmd(id).withForce(true).exec();
        }
    }

    /** The requests of Traefik 1.7, and of the service discovery of Prometheus, with their fixed or a set version. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1.24/version",
                "/v1.24/containers/json?limit=0",
                "/v1.24/events?until=1&filters=%7B%22type%22%3A%7B%22container%22%3Atrue%7D%7D",
                "/v1.24/containers/json?filters=%7B%22status%22%3A%7B%22running%22%3Atrue%7D%7D",
                "/v1.24/networks",
                "/v1.41/networks?filters=%7B%7D",
                "/v1.24/_ping",
                "/v1.24/info",
            })
    void requestIsAnsweredWithTheSettingOnly(String target) throws IOException {
        assertThat(unset.ask("GET", target)).startsWith("HTTP/1.1 400 ").contains(" is too old");
        assertThat(auto.ask("GET", target)).startsWith("HTTP/1.1 200 ");
    }

    /** The CLI of every version finds the newest version that both know. */
    @Test
    void negotiationIsNotChanged() {
        Cli negotiating = Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + auto.port()));
        Cli direct = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
        String[] command = {"docker", "version", "--format", "{{.Client.APIVersion}} {{.Server.MinAPIVersion}}"};

        assertThat(negotiating.run(command)).isEqualTo(direct.run(command));
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1.41/volumes/prune",
        "POST, /v1.24/containers/prune",
        "POST, /v1.41/containers/none/stop?signal=SIGINT",
    })
    void requestThatMeansSomethingElseGetsTheErrorOfTheDaemon(String method, String target) throws IOException {
        assertThat(auto.ask(method, target))
                .startsWith("HTTP/1.1 400 ")
                .contains("is too old. Minimum supported API version is 1.44");
    }
}
