package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealPodman;

/** {@code CREATE=safe} between the docker CLI and Podman, which reads the bodies of Docker's API too. */
@Timeout(180)
class CreatePodmanIT {
    @TempDir
    static Path folder;

    private static RealPodman podman;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        podman = RealPodman.get();
        Cli.Result made = podman.cli(folder, Map.of())
                .script(
                        "podman --remote run -d --name create-it --network none busybox:local sleep 1000\n"
                                + "podman --remote run -d --privileged --name privileged-it --network none busybox:local sleep 1000");
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
                    .script("podman --remote rm -f -t 0 create-it privileged-it; podman --remote rm -f -t 0 made-it;"
                            + " podman --remote volume rm -f volume-it");
        }
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
                "docker exec create-it true",
                "docker restart -t 0 create-it",
                "docker create --name made-it --network none busybox:local true && docker start made-it",
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
                "docker run --rm --network ns:/proc/1/ns/net busybox:local true",
                "docker run --rm --network none --pid host busybox:local true",
                "docker exec privileged-it true",
                "docker start privileged-it",
            })
    void harmfulLineIsDenied(String line) {
        Cli.Result result = run(line);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains("CREATE=safe");
    }
}
