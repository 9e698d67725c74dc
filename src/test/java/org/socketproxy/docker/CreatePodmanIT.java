package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealPodman;

/** {@code CREATE=safe} between the docker CLI and Podman, which reads the bodies of Docker's API too. */
class CreatePodmanIT {
    private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"");

    @TempDir
    static Path folder;

    private static RealPodman podman;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        podman = RealPodman.get();
        Cli.Result made = podman.cli(folder, Map.of())
                .script("podman --remote run -d --name create-it --network none busybox:local sleep 1000\n"
                        + "podman --remote run -d --privileged --name privileged-it --network none busybox:local sleep 1000\n"
                        + "podman --remote create -v /etc:/host:ro --name bind-it --network none busybox:local true\n"
                        + "podman --remote volume create plain-it\n"
                        + "podman --remote volume create -o type=none -o o=bind -o device=/etc evil-it\n"
                        + "podman --remote create -v evil-it:/host --name evil-it --network none busybox:local true");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        Map<String, String> environment = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            environment.put(variable.name(), "1");
        }
        environment.put("CREATE", "safe");
        proxy = ProxyUnderTest.with(podman.socket(), environment);
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
            podman.cli(folder, Map.of())
                    .script("podman --remote rm -f -t 0 create-it privileged-it bind-it evil-it recreate-it;"
                            + " podman --remote volume rm -f plain-it evil-it; podman --remote rm -f -t 0 made-it;"
                            + " podman --remote volume rm -f volume-it option-it");
        }
    }

    /** The same order of requests as an updater of containers, with Podman's descriptions. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--network none",
                "--network none --privileged -v /etc:/host:ro",
                "--network none --cap-add SYS_ADMIN -v plain-it:/p",
            })
    void watchtowerReplacesAContainer(String options) throws Exception {
        Cli direct = podman.cli(folder, Map.of());
        Cli.Result made =
                direct.script("podman --remote run -d --name recreate-it " + options + " busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        try (ProxyUnderTest updating = ProxyUnderTest.before(
                "unix://" + podman.socket(),
                Map.of("CREATE", "safe", "CREATE_ALLOW", "recreate", "CREATE_IMAGES", "**"))) {
            // Podman has no network of this name; Watchtower goes on.
            assertThat(new WatchtowerCalls(RealPodman.get(), updating).replace("recreate-it"))
                    .allMatch(refused -> refused.startsWith("POST /networks/none/"));
            assertThat(direct.script("podman --remote inspect recreate-it -f '{{.State.Running}}'")
                            .stdout())
                    .isEqualTo("true\n");
        } finally {
            direct.script("podman --remote rm -f -t 0 recreate-it");
        }
    }

    /** {@code podman generate systemd --new} prints the recorded command line for an administrator. */
    @Test
    void commandLineOfTheClientIsNotRecorded() throws Exception {
        Cli direct = podman.cli(folder, Map.of());
        String generate = "podman --url unix://" + podman.socket() + " inspect -f '{{.Config.CreateCommand}}' ";
        String create = " create --name command-it --network none busybox:local true";
        String body = "{'name':'command-it','image':'busybox:local','netns':{'nsmode':'none'},"
                + "'containerCreateCommand':['podman','run','-v','/:/host','busybox']}";
        try (RawClient client = proxy.connect()) {
            String json = body.replace('\'', '"');
            client.send(
                    "POST /v5.0.0/libpod/containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + json.length() + "\r\n\r\n" + json);
            assertThat(client.readAnswer("POST").status()).isEqualTo(201);
        }
        assertThat(direct.script(generate + "command-it").stdout()).isEqualTo("[]\n");
        direct.script("podman --remote rm -f -t 0 command-it");

        Cli.Result made = direct.script("podman --url tcp://127.0.0.1:" + proxy.port() + create);
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        assertThat(direct.script(generate + "command-it").stdout()).isEqualTo("[]\n");
        direct.script("podman --remote rm -f -t 0 command-it;" + "podman --url tcp://127.0.0.1:" + proxy.port()
                + " pod create --infra=false --name command-it");
        assertThat(direct.script("podman --remote pod inspect command-it").stdout())
                .contains("command-it")
                .doesNotContain("CreateCommand");
        direct.script("podman --remote pod rm -f command-it");
    }

    /** A Dockerfile takes the network of the host whatever the parameters say. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1.41/build?networkmode=none&nocache=1",
                "/v5.0.0/libpod/build?nocache=1&nsoptions=%5B%7B%22Name%22:%22network%22%7D%5D",
            })
    void buildsAreDenied(String target) throws Exception {
        Path context = Files.createDirectories(folder.resolve("context"));
        Files.writeString(
                context.resolve("Dockerfile"),
                "FROM busybox:local\nRUN --network=host echo from=$(readlink /proc/self/ns/net)\n");
        String build = "tar -C context -c . | curl -sS -X POST -H Content-Type:application/x-tar --data-binary @- ";
        String host = "from=" + Files.readSymbolicLink(Path.of("/proc/self/ns/net"));

        assertThat(podman.cli(folder, Map.of())
                        .script(build + "--unix-socket " + podman.socket() + " 'http://d" + target + "'")
                        .stdout())
                .contains(host);
        assertThat(run(build + "'http://127.0.0.1:" + proxy.port() + target + "'")
                        .stdout())
                .contains("runs Dockerfiles that can take the network and files of the host", "CREATE=safe")
                .doesNotContain(host);
    }

    private static Cli.Result run(String line) {
        return Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()))
                .script(line);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker run --rm --network none busybox:local true",
                "docker run --rm --network none -v volume-it:/data --memory 64m --read-only busybox:local true",
                "docker run --rm --network none --pids-limit 100 busybox:local true",
                "docker exec create-it true",
                "docker restart -t 0 create-it",
                "docker create --name made-it --network none busybox:local true && docker start made-it",
                "docker run --rm --network none -v plain-it:/data busybox:local true",
                "docker pause create-it && docker unpause create-it",
            })
    void harmlessLineWorks(String line) {
        Cli.Result result = run(line);

        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker run --rm --network none --privileged busybox:local true",
                "docker run --rm --network none -v /:/host busybox:local true",
                "docker run --rm --network none --log-opt 'tag={{printf \"%1000000d\" 1}}' busybox:local true",
                "docker run --rm --network ns:/proc/1/ns/net busybox:local true",
                "docker run --rm --network none --pid host busybox:local true",
                "docker exec privileged-it true",
                "docker restart -t 0 bind-it",
                "docker run --rm --network none -v evil-it:/data busybox:local true",
                "docker restart -t 0 evil-it",
                "docker start privileged-it",
            })
    void harmfulLineIsDenied(String line) {
        Cli.Result result = run(line);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains("CREATE=safe");
    }

    /** Bodies that dockerd reads in another way. TMP is a folder of the host. */
    private static final String VOLUME_OPTION =
            "{\"Image\":\"busybox:local\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\","
                    + "\"Source\":\"option-it\",\"Target\":\"/h,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=TMP\"}]}}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"Image\":\"busybox:local\",\"Volumes\":{\"TMP:/h\":{}}}        | \"Type\":\"bind\",\"Source\":\"TMP\"",
                "{\"Image\":\"busybox:local\",\"Env\":[\"PAT*\"]}              | \"PATH=HOSTPATH\"",
                VOLUME_OPTION + " | \"device\":\"TMP\"",
            })
    void textThatPodmanReadsAsAnOptionIsDenied(String body, String effect) throws IOException {
        String host = body.replace("TMP", folder.toString());
        String created = post(RawClient.connect(podman.socket()), host);
        Matcher id = ID.matcher(created);
        assertThat(id.find()).as(created).isTrue();
        assertThat(request("GET", "/containers/" + id.group(1) + "/json") + request("GET", "/volumes/option-it"))
                .contains(effect.replace("TMP", folder.toString()).replace("HOSTPATH", Programs.path()));
        request("DELETE", "/containers/" + id.group(1) + "?force=1&v=1");

        assertThat(post(proxy.connect(), host)).startsWith("HTTP/1.1 403 ").contains("Podman");
    }

    /** Podman removes the file that {@code ContainerIDFile} names, on the host, with the container. */
    @Test
    void fileOfTheContainerIdIsDenied() throws IOException {
        Path file = Files.writeString(folder.resolve("file-of-the-host"), "x");
        String body = "{\"Image\":\"busybox:local\",\"HostConfig\":{\"ContainerIDFile\":\"" + file + "\"}}";
        Matcher id = ID.matcher(post(RawClient.connect(podman.socket()), body));
        assertThat(id.find()).isTrue();
        request("DELETE", "/containers/" + id.group(1) + "?force=1");
        assertThat(file).doesNotExist();

        assertThat(post(proxy.connect(), body))
                .startsWith("HTTP/1.1 403 ")
                .contains("HostConfig.ContainerIDFile is set")
                .contains("CREATE_ALLOW=annotations");
    }

    private static String request(String method, String target) throws IOException {
        try (RawClient client = RawClient.connect(podman.socket())) {
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
            return client.readToEnd();
        }
    }

    private static String post(RawClient connection, String body) throws IOException {
        try (RawClient client = connection) {
            client.send("POST /v1.41/containers/create HTTP/1.1\r\nHost: d\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            return client.readToEnd();
        }
    }
}
