package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;

/** {@code CREATE_LABELS} on both daemons: what a client creates has the labels of its profile. */
class NewLabelsIT {
    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static RealPodman podman;
    private static ProxyUnderTest dockerProxy;
    private static ProxyUnderTest podmanProxy;

    @BeforeAll
    static void start() throws IOException {
        docker = RealDocker.get();
        podman = RealPodman.get();
        dockerProxy = proxy(docker.socket());
        podmanProxy = proxy(podman.socket());
    }

    private static ProxyUnderTest proxy(Path socket) {
        Map<String, String> environment = ProxyUnderTest.everything();
        environment.putAll(Map.of("CREATE", "safe", "CREATE_LABELS", "owner=ci"));
        return ProxyUnderTest.with(socket, environment);
    }

    @AfterAll
    static void stop() {
        for (ProxyUnderTest proxy : new ProxyUnderTest[] {dockerProxy, podmanProxy}) {
            if (proxy != null) {
                proxy.close();
            }
        }
        if (podman != null) {
            docker.cli(folder, Map.of())
                    .script("docker rm -f new-labels; docker volume rm new-labels; docker network rm new-labels");
            podman.cli(folder, Map.of())
                    .script("podman --remote pod rm -f new-labels-pod; podman --remote rm -f -t 0 new-labels;"
                            + " podman --remote volume rm new-labels; podman --remote network rm new-labels");
        }
    }

    private static Map<String, String> through(ProxyUnderTest proxy) {
        return Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "container create --network none --name new-labels --label owner=me busybox:local => container inspect new-labels -f '{{.Config.Labels.owner}}'",
                "volume create --label owner=me new-labels => volume inspect new-labels -f '{{.Labels.owner}}'",
                "network create --internal --label owner=me new-labels => network inspect new-labels -f '{{.Labels.owner}}'",
            })
    void newObjectOfDockerdHasTheLabels(String row) {
        String[] commands = row.split(" => ");
        assertOk(docker.cli(folder, through(dockerProxy)).script("docker " + commands[0]));

        Cli.Result inspected = assertOk(docker.cli(folder, Map.of()).script("docker " + commands[1]));
        assertThat(inspected.stdout().strip()).isEqualTo("ci");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "create --network none --name new-labels --label owner=me busybox:local => container inspect new-labels --format '{{.Config.Labels.owner}}'",
                "volume create --label owner=me new-labels => volume inspect new-labels --format '{{.Labels.owner}}'",
                "network create --internal --label owner=me new-labels => network inspect new-labels --format '{{.Labels.owner}}'",
                "pod create --infra=false --name new-labels-pod --label owner=me => pod inspect new-labels-pod --format '{{.Labels.owner}}'",
            })
    void newObjectOfPodmanHasTheLabels(String row) {
        String[] commands = row.split(" => ");
        assertOk(podman.cli(folder, through(podmanProxy)).script("podman --remote " + commands[0]));

        Cli.Result inspected = assertOk(podman.cli(folder, Map.of()).script("podman --remote " + commands[1]));
        assertThat(inspected.stdout().strip()).isEqualTo("ci");
    }

    private static Cli.Result assertOk(Cli.Result result) {
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result;
    }

    /** dockerd reads these bodies as an object without members. */
    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 4\r\n\r\nnull", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"})
    void bodyWithoutMembersGetsTheLabels(String rest) throws IOException {
        String head = "POST /volumes/create HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
        try (RawClient client = dockerProxy.connect()) {
            String response = client.send(head + rest).readResponse();
            String name = response.replaceFirst("(?s).*\"Name\":\"([0-9a-f]{64})\".*", "$1");

            assertThat(response).startsWith("HTTP/1.1 201 ").contains("\"owner\":\"ci\"");
            assertOk(docker.cli(folder, Map.of()).script("docker volume rm " + name));
        }
    }

    @Test
    void requestWithoutABodyIsDenied() throws IOException {
        try (RawClient client = dockerProxy.connect()) {
            assertThat(client.send("POST /volumes/create HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                            .readResponse())
                    .startsWith("HTTP/1.1 403 ")
                    .contains(
                            "the request has no body, into which the proxy would write labels and limits of its profile");
        }
    }
}
