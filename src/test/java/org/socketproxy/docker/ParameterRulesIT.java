package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDaemon;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;
import org.socketproxy.testing.RequiresApi;
import org.socketproxy.testing.RestartableDocker;

/** Shows on real daemons the effect of requests that the parameter rules deny, with every variable on. */
class ParameterRulesIT {
    @TempDir
    Path folder;

    /** Podman 5.4 checks the transport itself only on its own path, below {@code /libpod}. */
    @Test
    void aPushWithADestinationWritesAFileOfTheHost() throws IOException {
        String target = "/images/busybox:local/push?destination=oci-archive:FILE";
        Path direct = folder.resolve("direct.tar");
        Path proxied = folder.resolve("proxied.tar");
        RealPodman podman = RealPodman.get();
        post(podman.socket(), target.replace("FILE", direct.toString()), "");
        assertThat(direct).isNotEmptyFile();

        assertThat(postThroughProxy(podman.socket(), target.replace("FILE", proxied.toString()), ""))
                .startsWith("HTTP/1.1 403 ")
                .contains("destination");
        assertThat(proxied).doesNotExist();
    }

    @Test
    void aTagOfABuildWithATransportWritesAFileOfTheHost() throws IOException {
        Path direct = folder.resolve("direct.tar");
        Path proxied = folder.resolve("proxied.tar");
        RealPodman podman = RealPodman.get();
        String context = context("Dockerfile", "FROM busybox:local\\n");
        post(podman.socket(), "/v5.0.0/libpod/build?t=oci-archive:" + direct, context);
        assertThat(direct).isNotEmptyFile();

        assertThat(postThroughProxy(podman.socket(), "/v5.0.0/libpod/build?t=oci-archive:" + proxied, context))
                .startsWith("HTTP/1.1 403 ")
                .contains("a transport writes a file of the host");
        assertThat(proxied).doesNotExist();
    }

    /** The output of a build has the line that it does not understand, so a client can read files of the host. */
    @ParameterizedTest
    @CsvSource({"/v5.0.0/libpod/build, Dockerfile.in", "/v1.41/build, Dockerfile.in"})
    void aPreprocessedBuildFileIncludesAFileOfTheHost(String target, String file) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "SWORDFISH x\n");
        RealPodman podman = RealPodman.get();
        String context = context(file, "FROM busybox:local\\n#include \"" + secret + "\"\\n");
        String build = target + "?dockerfile=" + file;
        assertThat(post(podman.socket(), build, context)).contains("SWORDFISH");

        assertThat(postThroughProxy(podman.socket(), build, context))
                .startsWith("HTTP/1.1 403 ")
                .contains("a file of the context");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v5.0.0/libpod/build", "/v1.41/build"})
    void aBuildFileOutsideOfTheContextIsAFileOfTheHost(String target) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "FROM busybox:local\nSWORDFISH x\n");
        RealPodman podman = RealPodman.get();
        String context = context("Dockerfile", "FROM busybox:local\\n");
        String build = target + "?dockerfile=../../../../../../../.." + secret;
        assertThat(post(podman.socket(), build, context)).contains("SWORDFISH");

        assertThat(postThroughProxy(podman.socket(), build, context))
                .startsWith("HTTP/1.1 403 ")
                .contains("a file of the context");
    }

    /** @param content with {@code \n} for the end of a line */
    private String context(String file, String content) {
        Cli.Result made = Cli.in(folder, Map.of())
                .script("mkdir -p context && printf '" + content + "' > context/" + file
                        + " && tar -b 1 --format=ustar -C context -c " + file);
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        return made.stdout();
    }

    @Test
    void theShellDriverOfASecretRunsACommandOnTheHost() throws IOException {
        Path direct = folder.resolve("direct");
        Path proxied = folder.resolve("proxied");
        RealPodman podman = RealPodman.get();
        post(podman.socket(), secret("direct", direct), "data");
        assertThat(direct).exists();

        assertThat(postThroughProxy(podman.socket(), secret("proxied", proxied), "data"))
                .startsWith("HTTP/1.1 403 ")
                .contains("driver");
        assertThat(proxied).doesNotExist();
    }

    private static String secret(String name, Path file) {
        String options = "{\"list\":\"true\",\"lookup\":\"true\",\"delete\":\"true\",\"store\":\"id > " + file + "\"}";
        return "/v5.0.0/libpod/secrets/create?name=" + name + "&driver=shell&driveropts="
                + URLEncoder.encode(options, StandardCharsets.UTF_8);
    }

    /** dockerd 26.1 with containerd reads the parameter and has no support for it; other releases open the path. */
    @Test
    void aStartWithACheckpointFolderIsRefusedAlthoughTheDaemonReadsTheParameter() throws Exception {
        try (RestartableDocker docker = RestartableDocker.start(List.of("--experimental"))) {
            docker.awaitReady();
            Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
            Cli.Result made = cli.script("tar -c -T /dev/null | docker import - empty:1\n"
                    + "docker create --name frozen --network none empty:1 /none");
            assertThat(made.exitCode()).as(made.stderr()).isZero();
            String start = "/containers/frozen/start?checkpoint=c1&checkpoint-dir=" + folder.resolve("none");
            assertThat(post(docker.socket(), start, "")).contains("custom checkpointdir is not supported");

            assertThat(postThroughProxy(docker.socket(), start, ""))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("checkpoint-dir names a path of the host");
        }
    }

    @ParameterizedTest
    @CsvSource({"docker, /v1.24", "docker, /v1.45", "docker, ''", "podman, /v1.41"})
    void aStartWithAnEmptyObjectIsAStart(String daemon, String path) throws IOException {
        RealDaemon real = daemon.equals("podman") ? RealPodman.get() : RealDocker.get();
        String version =
                path.isEmpty() ? "" : real.api().prefixes(path.substring(2)).get(0);
        Cli cli = real.cli(folder, Map.of());
        cli.script("docker create --name direct --network none busybox:local true\n"
                + "docker create --name proxied --network none busybox:local true");

        assertThat(post(real.socket(), version + "/containers/direct/start", "{}"))
                .startsWith("HTTP/1.1 204 ");
        assertThat(postThroughProxy(real.socket(), version + "/containers/proxied/start", "{}"))
                .startsWith("HTTP/1.1 204 ");
        assertThat(postThroughProxy(real.socket(), version + "/containers/proxied/start", "{\"Binds\":[]}"))
                .startsWith("HTTP/1.1 403 ")
                .contains("a start request must not have a body");
        assertThat(cli.script("docker rm -f direct proxied").exitCode()).isZero();
    }

    /** 2 bytes are far from the limit of dockerd, which reads a body of 8 bytes or more. */
    @ParameterizedTest
    @CsvSource({"1234567, 204", "12345678, 400"})
    @RequiresApi("1.24")
    void dockerdReadsNoBodyOfSevenBytes(String body, int status) throws IOException {
        RealDocker docker = RealDocker.get();
        Cli cli = docker.cli(folder, Map.of());
        cli.script("docker create --name started --network none busybox:local true");

        assertThat(post(docker.socket(), "/v1.24/containers/started/start", body))
                .startsWith("HTTP/1.1 " + status + " ");
        assertThat(cli.script("docker rm -f started").exitCode()).isZero();
    }

    /**
     * dockerd runs {@code ps} of the host. With a title of the client another column is the PID, by which dockerd selects the
     * processes of the container, and the {@code e} of BSD prints their environment.
     */
    @ParameterizedTest
    @CsvSource({
        "eww, SWORDFISH=of-the-container",
        "'-eoexe,rtprio=PID -oargs eww', '\"Titles\":[\"EXE\",\"PID\",\"COMMAND\"]'",
    })
    void argumentsOfPsReadEnvironmentsAndReplaceThePid(String arguments, String effect) throws IOException {
        RealDocker docker = RealDocker.get();
        Cli cli = docker.cli(folder, Map.of());
        cli.script("docker run -d --name topped --network none -e SWORDFISH=of-the-container busybox:local sleep 600");
        String target = "/containers/topped/top?ps_args=" + URLEncoder.encode(arguments, StandardCharsets.UTF_8);
        assertThat(get(docker.socket(), target)).startsWith("HTTP/1.1 200 ").contains(effect);

        try (ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(docker.socket())) {
            assertThat(get(proxy.connect(), target))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("ps_args is not one of the usual forms")
                    .doesNotContain("SWORDFISH");
            for (String usual : List.of("-ef", "aux", "-aux", "auxww", "-eo+pid,ppid,cmd", "axo+pid,user,args")) {
                assertThat(get(proxy.connect(), "/containers/topped/top?ps_args=" + usual))
                        .startsWith("HTTP/1.1 200 ")
                        .contains("sleep 600")
                        .doesNotContain("SWORDFISH");
            }
        }
        assertThat(cli.script("docker rm -f topped").exitCode()).isZero();
    }

    /** Podman knows some columns itself, and runs {@code ps} in the PID namespace of the container for the rest. */
    @ParameterizedTest
    @ValueSource(strings = {"/v5.0.0/libpod", "/v1.41"})
    void podmanRunsPsWithTheArgumentsToo(String prefix) throws IOException {
        RealPodman podman = RealPodman.get();
        Cli cli = podman.cli(folder, Map.of());
        cli.script("docker run -d --name topped --network none -e SWORDFISH=of-the-container busybox:local sleep 600");
        String target = prefix + "/containers/topped/top?stream=false&ps_args=";
        assertThat(get(podman.socket(), target + "axeww"))
                .startsWith("HTTP/1.1 200 ")
                .contains("SWORDFISH=of-the-container");

        try (ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(podman.socket())) {
            assertThat(get(proxy.connect(), target + "axeww")).startsWith("HTTP/1.1 403 ");
            for (String usual : List.of("-ef", "aux", "pid,args", "-eo+pid,args")) {
                assertThat(get(proxy.connect(), target + usual))
                        .startsWith("HTTP/1.1 200 ")
                        .contains("sleep 600")
                        .doesNotContain("SWORDFISH");
            }
        }
        assertThat(cli.script("docker rm -f topped").exitCode()).isZero();
    }

    /** A count above the proxy's bound finds the container, so the daemon has compiled it. */
    @ParameterizedTest
    @ValueSource(strings = {"docker", "podman"})
    void namesInFiltersAreRegularExpressions(String daemon) throws IOException {
        RealDaemon real = daemon.equals("podman") ? RealPodman.get() : RealDocker.get();
        Cli cli = real.cli(folder, Map.of());
        cli.script("docker create --name " + "q".repeat(40) + " --network none busybox:local true");
        String list = "/containers/json?all=1&filters=%7B%22name%22%3A%5B%22q%7BCOUNT%7D%22%5D%7D";
        assertThat(get(real.socket(), list.replace("COUNT", "40"))).contains("q".repeat(40));
        assertThat(get(real.socket(), list.replace("COUNT", "41"))).doesNotContain("q".repeat(40));

        try (ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(real.socket())) {
            assertThat(get(proxy.connect(), list.replace("COUNT", "40")))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("filters has a filter name with a repetition above 16");
            assertThat(get(proxy.connect(), list.replace("COUNT", "16")))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("q".repeat(40));
        }
        assertThat(cli.script("docker rm -f " + "q".repeat(40)).exitCode()).isZero();
    }

    /** The daemon gets no build, so that a release of Podman that writes the file cannot do so. */
    @Test
    void aBuildWithAnUnknownParameterIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("sbom"), "kept");
        String context = context("Dockerfile", "FROM busybox:local\\n");

        assertThat(postThroughProxy(RealPodman.get().socket(), "/v1.41/build?sbom-output=" + file, context))
                .startsWith("HTTP/1.1 403 ")
                .contains("the proxy does not know the parameter sbom-output");
        assertThat(file).hasContent("kept");
    }

    /** The build is in the network of the daemon, where the services of the host listen. */
    @Test
    void aBuildInTheNetworkOfTheHostNeedsTheVariablesThatCreateContainers() throws IOException {
        Path socket = RealDocker.get().socket();
        String context = context("Dockerfile", "FROM busybox:local\\nRUN busybox readlink /proc/self/ns/net\\n");
        String build = "/v1.45/build?nocache=1&networkmode=host";
        String host = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        assertThat(post(socket, build, context)).contains(host);

        Map<String, String> building = Map.of("BUILD", "1", "POST", "1");
        try (ProxyUnderTest proxy = ProxyUnderTest.with(socket, building)) {
            assertThat(post(proxy.connect(), build, context))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("networkmode puts the build into the network of the host");
        }
        assertThat(postThroughProxy(socket, build, context)).contains(host);
    }

    private static String get(Path socket, String target) throws IOException {
        return get(RawClient.connect(socket), target);
    }

    private static String get(RawClient client, String target) throws IOException {
        try (client) {
            client.send("GET " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
            return client.readToEnd();
        }
    }

    private static String post(Path socket, String target, String body) throws IOException {
        try (RawClient client = RawClient.connect(socket)) {
            return post(client, target, body);
        }
    }

    private static String postThroughProxy(Path socket, String target, String body) throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(socket);
                RawClient client = proxy.connect()) {
            return post(client, target, body);
        }
    }

    private static String post(RawClient client, String target, String body) throws IOException {
        client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body);
        return client.readToEnd();
    }
}
