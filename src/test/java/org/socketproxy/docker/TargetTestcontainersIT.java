package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RestartableDocker;

/**
 * Testcontainers for Java with a stand-in for Ryuk between a confined proxy and a real dockerd. Ryuk gets the socket of the proxy, so
 * that it is confined too.
 */
class TargetTestcontainersIT {
    private static final Pattern SESSION = Pattern.compile("session (\\S+)\n");

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start(List.of("--bridge="));
        docker.awaitReady();
        direct(Corpus.lines(TargetTestcontainersIT.class, "ryuk-image.sh").collect(Collectors.joining("\n")));
        Map<String, String> settings = new HashMap<>(Map.of(
                "LISTEN", "tcp://127.0.0.1:0,unix://" + socket(),
                "CREATE", "safe",
                "CREATE_ALLOW", "ports",
                "BINDS", socket().toString(),
                "TARGETS", "label:owner=red"));
        for (String variable : "CONTAINERS EXEC IMAGES INFO NETWORKS VOLUMES ALLOW_LOGS POST".split(" ")) {
            settings.put(variable, "1");
        }
        proxy = ProxyUnderTest.with(docker.socket(), settings);
    }

    @AfterAll
    static void stop() throws Exception {
        if (docker != null) {
            direct("docker ps -aq | xargs -r docker rm -fv");
            proxy.close();
            docker.close();
        }
    }

    private static Path socket() {
        return folder.resolve("proxy.sock");
    }

    private static String direct(String script) {
        return TargetWorld.succeeding(Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket())), script);
    }

    /** Starts the program in the network of the daemon, in which the ports of containers are. */
    private static Cli.Running program() {
        return Cli.in(
                        folder,
                        Map.of(
                                "DOCKER_HOST", "unix://" + socket(),
                                "TESTCONTAINERS_RYUK_CONTAINER_IMAGE", "red/ryuk:1",
                                "TESTCONTAINERS_RYUK_CONTAINER_PRIVILEGED", "false"))
                .start(
                        "nsenter",
                        "--net=/proc/" + docker.pid() + "/ns/net",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        TestcontainersProgram.class.getName(),
                        "red/tools:1");
    }

    @Test
    void ryukRemovesOnlyOwnObjectsOfTheSession() {
        String session;
        try (Cli.Running program = program()) {
            program.awaitUntil(
                    "the session",
                    Duration.ofMinutes(2),
                    () -> SESSION.matcher(program.stdout()).find());
            Matcher found = SESSION.matcher(program.stdout());
            assertThat(found.find()).isTrue();
            session = found.group(1);
            assertThat(program.stdout()).contains("output inside");
            direct("labels='--label org.testcontainers=true --label org.testcontainers.lang=java"
                    + " --label org.testcontainers.sessionId=" + session + "'\n"
                    + "version=$(docker ps --filter label=org.testcontainers.version"
                    + " --format '{{.Label \"org.testcontainers.version\"}}' | head -n 1)\n"
                    + "labels=\"$labels --label org.testcontainers.version=$version --label owner=redder\"\n"
                    + "docker create --name other $labels red/tools:1 sleep 1000\n"
                    + "docker network create $labels other\n"
                    + "docker volume create $labels other");
            assertThat(own(session)).hasSize(2);
            program.type("\n");
            program.await(Duration.ofMinutes(1));
        }
        direct("until [ -z \"$(" + containers(session) + "; " + networks(session) + ")\" ]; do sleep 0.1; done");

        assertThat(direct("docker ps -aq --filter name=^other$; docker network ls -q --filter name=^other$;"
                                + " docker volume ls -q --filter name=^other$")
                        .lines())
                .hasSize(3);
    }

    private static List<String> own(String session) {
        return direct(containers(session) + "; " + networks(session)).lines().toList();
    }

    private static String containers(String session) {
        return "docker ps -aq --filter label=owner=red --filter label=org.testcontainers.sessionId=" + session
                + " --filter ancestor=red/tools:1";
    }

    private static String networks(String session) {
        return "docker network ls -q --filter label=owner=red --filter label=org.testcontainers.sessionId=" + session;
    }
}
