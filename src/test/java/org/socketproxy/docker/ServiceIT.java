package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.DaemonObjects;
import org.socketproxy.testing.RestartableDocker;

/** {@code CREATE=safe} between the docker CLI and a real dockerd that manages a swarm of one node. */
class ServiceIT {
    private static final String LINES = "service-lines.txt";
    private static final String SERVICE = "docker service create --quiet --detach --no-resolve-image --name svc-it"
            + " --label service-it --stop-grace-period 0s";
    /** Waits until a service has a task that runs or is complete; fails if a task failed. */
    private static final String RUNS = """
            runs() {
              until docker service ps "$1" --format '{{.CurrentState}}' | grep -qE '^(Running|Complete)'; do
                if docker service ps "$1" --no-trunc --format '{{.CurrentState}} {{.Error}}' | grep -E '^(Failed|Rejected)' >&2; then
                  return 1
                fi
                sleep 0.1
              done
            }
            """;

    private static final String STACK = """
            services:
              web:
                image: busybox:local
                command: sleep 1000
                stop_grace_period: 0s
                networks: [net]
                deploy: {replicas: 1, resources: {limits: {memory: 64M}}}
            networks: {net: {}}
            """;

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static CreateProxies proxies;

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start();
        proxies = new CreateProxies(docker.socket());
        docker.awaitReady();
        Files.writeString(folder.resolve("stack.yaml"), STACK);
        Files.writeString(
                folder.resolve("evil.yaml"),
                "services: {web: {image: 'busybox:local', volumes: ['/:/host'], networks: [hostnet]}}\n"
                        + "networks: {hostnet: {external: true, name: host}}\n");
        Cli.Result made = direct().script(
                        "mkdir -p data image/bin image/tmp && cp $(command -v busybox) image/bin/busybox\n"
                                + "for applet in sh sleep touch test true; do ln -s busybox image/bin/$applet; done\n"
                                + "tar -C image -c . | docker import - busybox:local\n"
                                + "docker swarm init --advertise-addr 127.0.0.1\n"
                                + RUNS
                                + SERVICE.replace("svc-it", "base-it") + " busybox:local sleep 1000 && runs base-it");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    @AfterAll
    static void stop() throws Exception {
        if (docker != null) {
            proxies.close();
            direct().script("docker service ls -q | xargs -r docker service rm; docker swarm leave --force;"
                    + " docker ps -aq | xargs -r docker rm -f");
            docker.close();
        }
    }

    @AfterEach
    void removeServices() {
        direct().script(
                        "docker service ls -q --filter label=service-it --filter name=svc-it | xargs -r docker service rm;"
                                + " docker secret ls -q | xargs -r docker secret rm; docker config ls -q | xargs -r docker config rm");
    }

    private static Cli direct() {
        return Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
    }

    private static Cli.Result run(CreateLine line) {
        CreateLine placed = line.in(folder);
        return proxies.cli(folder, placed.settings())
                .script(RUNS + placed.script().replace("SERVICE", SERVICE));
    }

    static Stream<CreateLine> harmless() {
        return Corpus.sample(CreateLine.read(LINES, "allow"));
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void harmlessServiceRuns(CreateLine line) {
        Cli.Result result = run(line);

        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }

    static Stream<CreateLine> harmful() {
        return Corpus.sample(CreateLine.read(LINES, "deny"));
    }

    @ParameterizedTest
    @MethodSource("harmful")
    void harmfulLineIsDeniedWithoutEffect(CreateLine line) throws IOException {
        SortedSet<String> before = DaemonObjects.ofSwarm(docker.socket());
        Cli.Result result = run(line);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).containsAnyOf("CREATE=safe", "CREATE_", "BINDS", "is never allowed");
        assertThat(DaemonObjects.ofSwarm(docker.socket())).isEqualTo(before);
    }

    @Test
    void corpusOfLinesIsLarge() {
        assertThat(CreateLine.read(LINES, "allow")).hasSizeGreaterThanOrEqualTo(30);
        assertThat(CreateLine.read(LINES, "deny")).hasSizeGreaterThanOrEqualTo(50);
    }
}
