package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealPodman;

/** A client that is confined to its own objects, between the docker CLI and Podman. */
class TargetPodmanIT {
    @TempDir
    Path folder;

    @Test
    void imageOfACommitHasTheLabelOfTheProfileAndNotThatOfItsContainer() {
        RealPodman podman = RealPodman.get();
        Map<String, String> environment = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            environment.put(variable.name(), "1");
        }
        environment.put("CREATE", "safe");
        environment.put("TARGETS", "containers:name:commit-it,images:label:owner=ci");
        Cli direct = podman.cli(folder, Map.of());
        Cli.Result made = direct.script(
                "podman --remote create --name commit-it --network none -l owner=x -l other=y busybox:local true");
        assertThat(made.exitCode()).as(made.stderr()).isZero();

        try (ProxyUnderTest proxy = ProxyUnderTest.with(podman.socket(), environment)) {
            Cli confined = Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));
            Cli.Result committed = confined.script("docker commit commit-it");
            assertThat(committed.exitCode()).as(committed.stderr()).isZero();

            assertThat(direct.script("docker image inspect -f '{{.Config.Labels}}' "
                                    + committed.stdout().strip())
                            .stdout())
                    .isEqualTo("map[other:y owner:ci]\n");
        } finally {
            direct.script("podman --remote rm -f -t 0 commit-it; podman --remote image prune -f");
        }
    }
}
