package org.socketproxy.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/**
 * Long and concurrent workloads of the docker CLI print the same directly, through TCP and through a Unix listener. The scripts
 * are in {@code src/test/clients/side-by-side}. Run by {@code mvn verify -Pclients}.
 */
@Tag("clients")
@Timeout(1800)
class SideBySideIT {
    private static final Path SCRIPTS = ListedClient.FOLDER.resolve("side-by-side");
    private static final Duration LIMIT = Duration.ofMinutes(20);

    @TempDir
    Path folder;

    /** @param atATime number of addresses that run the script at one time */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"inspect, 1", "parallel-execs, 1", "full-duplex, 3", "idle-streams, 3"})
    void printsTheSameDirectlyAndThroughBothListeners(String script, int atATime) throws Exception {
        RealDocker docker = RealDocker.get();
        String unix = "unix://" + folder.resolve("proxy.sock");
        ExecutorService pool = Executors.newFixedThreadPool(atATime);
        try (ProxyUnderTest overTcp = before(docker, "tcp://127.0.0.1:0");
                ProxyUnderTest overUnix = before(docker, unix)) {
            List<Future<String>> printed = pool.invokeAll(List.of(
                    () -> run(script, "direct", docker.host()),
                    () -> run(script, "tcp", "tcp://127.0.0.1:" + overTcp.port()),
                    () -> run(script, "unix", unix)));

            String direct = printed.get(0).get();
            System.out.println("SideBySideIT: " + script + "\n" + direct);
            assertThat(direct).isNotEmpty();
            assertThat(printed.get(1).get()).as("TCP").isEqualTo(direct);
            assertThat(printed.get(2).get()).as("Unix").isEqualTo(direct);
        } finally {
            pool.shutdownNow();
        }
    }

    /** On a busy machine 200 programs can connect more than ten seconds before they send their first request. */
    private static ProxyUnderTest before(RealDocker docker, String listen) {
        return ProxyUnderTest.before(docker.host(), Map.of("LISTEN", listen, "HEADER_TIMEOUT", "120s"));
    }

    /** Runs a script beside a running container that has the name of the variable {@code NAME}. */
    private String run(String script, String name, String host) throws IOException {
        Cli direct = RealDocker.get().cli(folder, Map.of());
        direct.script("docker run -d --name " + name + " --network none busybox:local sleep 100000");
        Path workingFolder = Files.createDirectory(folder.resolve(name));
        try (Cli.Running running = Cli.in(
                        workingFolder,
                        Map.of("DOCKER_HOST", host, "DIRECT", RealDocker.get().host(), "NAME", name))
                .start("bash", "-eo", "pipefail", SCRIPTS.resolve(script).toString())) {
            Cli.Result result = running.await(LIMIT);

            assertThat(result.exitCode())
                    .as(name + ": " + result.stdout() + result.stderr())
                    .isZero();
            return result.stdout();
        } finally {
            direct.script("docker rm -f " + name + " idle-" + name);
        }
    }
}
