package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealPodman;
import org.socketproxy.testing.RestartableDocker;

/** The dangers in the table of variables occur with a real daemon when only that variable is on. */
class DangersIT {
    private static final int LIMIT_MILLIS = 300_000;
    private static final String CONNECTS = "makes the daemon connect to any address that the client names";
    private static final String RUN = " run -d --name c1 --network none --label pin=4711 busybox:local sh -c"
            + " 'sleep 1000; echo --password=hunter2'\n";
    private static final String VOLUME =
            " volume create -o type=cifs -o device=//nas/x -o o=username=u,password=hunter3 v1\n";

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static RealPodman podman;

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.onMachineNetwork(List.of()); // it connects to ports of the tests
        Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
        Cli.Result ready = cli.script("mkdir -p image/bin image/tmp && cp $(command -v busybox) image/bin/busybox\n"
                + "ln -s busybox image/bin/sh && ln -s busybox image/bin/sleep\n"
                + "tar -C image -c . | docker import - busybox:local\n"
                + "docker" + RUN + "docker" + VOLUME
                + "docker swarm init --listen-addr 127.0.0.1:23771 --advertise-addr 127.0.0.1:23771\n"
                + "docker service create -d --name s1 --env PW=hunter4 busybox:local sleep 1000\n"
                + "until docker service ps -q s1 | grep -q .; do sleep 0.1; done");
        assertThat(ready.exitCode()).as(ready.stderr()).isZero();
        podman = RealPodman.get();
        Cli.Result prepared = podman.cli(folder, Map.of())
                .script("podman --remote" + RUN + "podman --remote" + VOLUME
                        + "echo swordfish | podman --remote secret create s1 -");
        assertThat(prepared.exitCode()).as(prepared.stderr()).isZero();
    }

    @AfterAll
    static void stop() throws Exception {
        if (podman != null) {
            podman.cli(folder, Map.of())
                    .script(
                            "podman --remote rm -f -t 0 c1; podman --remote volume rm v1; podman --remote secret rm s1");
        }
        if (docker != null) {
            Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()))
                    .script("docker rm -f c1; docker swarm leave --force; docker ps -aq | xargs -r docker rm -f");
            docker.close();
        }
    }

    @ParameterizedTest(name = "{0} shows {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "SYSTEM           | /system/df                         | --password=hunter2 | command line",
                "SYSTEM           | /system/df                         | \"pin\":\"4711\"   | labels",
                "SYSTEM           | /system/df                         | \"Mounts\":        | mounts",
                "VOLUMES          | /volumes                           | password=hunter3   | driver options",
                "VOLUMES          | /volumes/v1                        | password=hunter3   | driver options",
                "SERVICES         | /services                          | PW=hunter4         | service's environment",
                "TASKS            | /tasks                             | PW=hunter4         | task's environment",
                "SWARM            | /swarm                             | \"Manager\":\"SWMT | token of a manager",
                "NETWORKS         | /networks/none                     | \"Name\":\"c1\"    | names and addresses",
                "LIBPOD_SYSTEM    | /v5.0.0/libpod/system/df           | --password=hunter2 | command line",
                "LIBPOD_VOLUMES   | /v5.0.0/libpod/volumes/json        | password=hunter3   | driver options",
            })
    void readRevealsSecret(String variable, String target, String secret, String danger) throws IOException {
        assertThat(danger(variable)).contains(danger);
        try (ProxyUnderTest proxy = ProxyUnderTest.allowing(socket(variable), variable);
                RawClient client = proxy.connect()) {
            assertThat(client.request("GET", target).readAnswer("GET").body()).contains(secret);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "DISTRIBUTION, /distribution/ADDRESS/a/json",
        "IMAGES, /images/search?term=ADDRESS/a",
        "PLUGINS, /plugins/privileges?remote=ADDRESS/a",
        "LIBPOD_IMAGES, /v5.0.0/libpod/images/search?term=ADDRESS/a",
        "LIBPOD_MANIFESTS, /v5.0.0/libpod/manifests/ADDRESS/a/json",
    })
    void readMakesTheDaemonConnect(String variable, String target) throws IOException {
        assertThat(danger(variable)).contains(CONNECTS);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ProxyUnderTest proxy = ProxyUnderTest.allowing(socket(variable), variable);
                RawClient client = proxy.connect()) {
            client.request("GET", target.replace("ADDRESS", "127.0.0.1:" + server.getLocalPort()));
            server.setSoTimeout(LIMIT_MILLIS);
            try (Socket connection = server.accept()) {
                assertThat(connection.isConnected()).isTrue();
            }
        }
    }

    @Test
    void loginMakesTheDaemonConnect() throws IOException {
        assertThat(danger("AUTH")).isEqualTo("with POST " + CONNECTS);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ProxyUnderTest proxy = ProxyUnderTest.allowing(docker.socket(), "AUTH", "POST");
                RawClient client = proxy.connect()) {
            post(client, "/auth", "{\"serveraddress\":\"http://127.0.0.1:" + server.getLocalPort() + "\"}");
            server.setSoTimeout(LIMIT_MILLIS);
            try (Socket connection = server.accept()) {
                assertThat(connection.isConnected()).isTrue();
            }
        }
    }

    @Test
    void commitReplacesAnImageOfOtherClients() throws IOException {
        assertThat(danger("COMMIT")).contains("replace an image that others start");
        Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
        assertThat(cli.run("docker", "tag", "busybox:local", "others:1").exitCode())
                .isZero();
        try (ProxyUnderTest proxy = ProxyUnderTest.allowing(docker.socket(), "COMMIT", "POST");
                RawClient client = proxy.connect()) {
            post(client, "/commit?container=c1&repo=others&tag=1&changes=CMD%20%5B%22evil%22%5D", "{}");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 201 ");
        }
        assertThat(cli.run("docker", "inspect", "--format", "{{.Config.Cmd}}", "others:1")
                        .stdout())
                .isEqualTo("[evil]\n");
    }

    @Test
    void tagReplacesAnImageOfOtherClients() throws IOException {
        assertThat(danger("IMAGES")).contains("replace an image that others start");
        Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
        Cli.Result evil = cli.script("tar -c -T /dev/null | docker import - evil:1; docker tag busybox:local others:2");
        assertThat(evil.exitCode()).as(evil.stderr()).isZero();
        try (ProxyUnderTest proxy = ProxyUnderTest.allowing(docker.socket(), "IMAGES", "POST")) {
            assertThat(proxy.ask("POST", "/images/evil:1/tag?repo=others&tag=2"))
                    .startsWith("HTTP/1.1 201 ");
        }
        Cli.Result ids = cli.run("docker", "inspect", "--format", "{{.Id}}", "others:2", "evil:1");
        assertThat(ids.stdout().lines().distinct()).hasSize(1);
    }

    private static void post(RawClient client, String target, String json) throws IOException {
        client.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                + json.length() + "\r\n\r\n" + json);
    }

    private static Path socket(String variable) {
        return variable.startsWith("LIBPOD_") ? podman.socket() : docker.socket();
    }

    private static String danger(String variable) {
        return String.valueOf(Variables.load().find(variable).orElseThrow().danger());
    }
}
