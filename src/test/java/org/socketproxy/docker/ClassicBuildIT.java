package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;
import org.socketproxy.testing.Scenario;

/** Builds with the classic builder of a real dockerd by a client that has its own objects only. */
class ClassicBuildIT {
    private static final String TARGETS = "label:owner=ci,images:label:owner=ci,images:reference:registry.local/**";
    private static final Map<String, String> PROFILE = Map.of(
            "BUILD",
            "1",
            "CONTAINERS",
            "1",
            "IMAGES",
            "1",
            "NETWORKS",
            "1",
            "INFO",
            "1",
            "ALLOW_LOGS",
            "1",
            "POST",
            "1",
            "CREATE",
            "safe",
            "TARGETS",
            TARGETS);

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static HttpServer fetched;

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.onMachineNetwork(List.of());
        docker.awaitReady();
        RealDocker.makeImage(direct(folder));
        fetched = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        fetched.createContext("/", exchange -> {
            byte[] file = "FROM busybox:local\nCMD echo fetched\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, file.length);
            exchange.getResponseBody().write(file);
            exchange.close();
        });
        fetched.start();
    }

    @AfterAll
    static void stop() throws Exception {
        if (fetched != null) {
            fetched.stop(0);
        }
        if (docker != null) {
            direct(folder).script("docker ps -aq | xargs -r docker rm -f");
            docker.close();
        }
    }

    private static Cli direct(Path in) {
        return cli(in, "unix://" + docker.socket(), "curl -sS --unix-socket " + docker.socket(), "http://docker");
    }

    private static Cli proxied(Path in, ProxyUnderTest proxy) {
        return cli(in, "tcp://127.0.0.1:" + proxy.port(), "curl -sS", "http://127.0.0.1:" + proxy.port());
    }

    private static Cli cli(Path in, String host, String curl, String api) {
        Map<String, String> environment = new HashMap<>(Map.of("DOCKER_HOST", host, "CURL", curl, "API", api));
        environment.put("DOCKER_BUILDKIT", "0");
        environment.put("DIRECT", "unix://" + docker.socket());
        environment.put("DAEMON", String.valueOf(docker.pid()));
        if (fetched != null) {
            environment.put("FETCHED", String.valueOf(fetched.getAddress().getPort()));
        }
        return Cli.in(in, environment);
    }

    /** @param settings such as {@code CREATE_REQUIRE=memory}; with {@code -other} another profile selects all its objects by a label */
    private static ProxyUnderTest proxy(String settings) throws IOException {
        Map<String, String> environment = new HashMap<>(PROFILE);
        if (settings.equals("-other")) {
            Path policy = folder.resolve("policy.yaml");
            Files.writeString(
                    policy,
                    "profiles:\n  ci:\n    clients: [{network: 127.0.0.0/8}]\n    variables: {BUILD: 1, CONTAINERS: 1, POST: 1}\n"
                            + "    create: safe\n    targets: {label: owner=ci}\n"
                            + "  other:\n    clients: [{network: 192.0.2.0/24}]\n    variables: {CONTAINERS: 1}\n"
                            + "    create: safe\n    targets: {label: owner=other}\n");
            environment = Map.of("POLICY", policy.toString());
        } else if (!settings.isEmpty()) {
            for (String assignment : settings.split(" ")) {
                environment.put(assignment.split("=", 2)[0], assignment.split("=", 2)[1]);
            }
        }
        return ProxyUnderTest.with(docker.socket(), environment);
    }

    static Stream<Scenario> attacks() {
        return Scenario.read(ClassicBuildIT.class, "classic-builds.txt");
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void attackSucceedsOnDockerdAndNotThroughTheProxy(Scenario attack) throws IOException {
        Path own = Files.createDirectory(folder.resolve(attack.key()));
        String effect = attack.stdoutLines().get(0);
        Cli.Result given = direct(own).script(attack.given());
        assertThat(given.exitCode()).as(given.stderr()).isZero();
        try (ProxyUnderTest proxy = proxy(attack.name().replaceFirst("[^|]*(\\| )?", ""))) {
            Cli.Result denied = proxied(own, proxy).script(attack.when());

            assertThat(denied.stdout().lines()).as(denied.stderr()).doesNotContain(effect);
            assertThat(denied.exitCode()).as(denied.stdout()).isEqualTo(attack.exitCode());
            assertThat(attack.stderrLines())
                    .allSatisfy(line -> assertThat(denied.stderr()).contains(line));
        }

        Cli.Result succeeded = direct(own).script(attack.when());
        assertThat(succeeded.stdout().lines()).as(succeeded.stderr()).contains(effect);
    }

    @Test
    void aConfinedClientBuildsRunsAndRemovesItsImage() throws IOException {
        Path own = Files.createDirectory(folder.resolve("own"));
        try (ProxyUnderTest proxy = proxy("")) {
            Cli.Result built = proxied(own, proxy)
                    .script("set -e\n"
                            + "printf 'FROM busybox:local AS first\\nARG A\\nRUN echo $A > /a\\n"
                            + "FROM busybox:local\\nLABEL owner=other\\nCOPY --from=first /a /a\\nCMD cat /a\\n' > Dockerfile\n"
                            + "docker network create own-it > /dev/null\n"
                            + "docker build --network own-it --build-arg A=argument -t registry.local/app:1 -t registry.local/app ."
                            + " > /dev/null 2> /dev/null\n"
                            + "docker run --rm --network none registry.local/app\n"
                            + "docker images --format '{{.Repository}}:{{.Tag}}' | sort\n"
                            + "docker -H $DIRECT ps -aq | wc -l\n"
                            + "docker -H $DIRECT image inspect -f '{{.Config.Labels.owner}}' registry.local/app\n"
                            + "docker rmi registry.local/app:1 registry.local/app > /dev/null\n"
                            + "docker images -q | wc -l\n");

            assertThat(built.stdout().lines())
                    .as(built.stderr())
                    .containsExactly("argument", "registry.local/app:1", "registry.local/app:latest", "0", "ci", "0");
        }
    }

    /** A limit of the rules, which docs/create.md describes: the daemon fetches the URLs of a Dockerfile itself. */
    @Test
    void aDockerfileReachesTheLoopbackOfTheHost() throws IOException {
        Path own = Files.createDirectory(folder.resolve("loopback"));
        try (ProxyUnderTest proxy = proxy("")) {
            Cli.Result built = proxied(own, proxy)
                    .script(
                            "printf \"FROM busybox:local\\nADD http://127.0.0.1:$FETCHED/file /f\\nRUN cat /f\\n\" > Dockerfile\n"
                                    + "docker build --network none -t registry.local/loopback:1 .");

            assertThat(built.stdout().lines()).as(built.stderr()).contains("CMD echo fetched");
        }
    }
}
