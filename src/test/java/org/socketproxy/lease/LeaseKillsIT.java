package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.lease.LeaseWorld.Opened;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/** A hundred leases beside each other while the daemon and the proxy are killed: nothing of them is left. */
@Tag("thorough")
class LeaseKillsIT {
    private static final int LEASES = 100;
    private static final int CLIENTS = 8;

    @TempDir
    Path folder;

    private Path control;
    private Cli direct;

    @Test
    void nothingIsLeftAfterKills() throws Exception {
        try (RestartableDocker docker = RestartableDocker.start()) {
            docker.awaitReady();
            direct = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
            RealDocker.makeImage(direct);
            Map<String, String> environment = LeaseWorld.environment(folder, docker.socket());
            control = folder.resolve("leases/control.sock");
            ProxyProcess first = ProxyProcess.start(docker.socket(), environment);
            List<Opened> leases = openAll();
            Cli.Running clients = createIn(leases);
            ProcessResources.await(() -> containers() > LEASES / 5);

            List<String> used = lines("docker ps -aq | xargs docker inspect -f '{{range .Mounts}}{{.Name}}{{end}}'");

            docker.kill();
            closeAll(leases.subList(0, LEASES / 2));
            clients.await(Duration.ofMinutes(5));
            docker.restart(false);
            docker.awaitReady();
            first.kill(); // while leases are open, closing and being swept
            try (ProxyProcess second = ProxyProcess.start(docker.socket(), environment)) {
                awaitNothing();
                // dockerd makes the volume of a container before it keeps the container
                List<String> unknown = lines("docker volume ls -q");
                assertThat(unknown).hasSizeLessThanOrEqualTo(CLIENTS).doesNotContainAnyElementsOf(used);

                List<Opened> others = openAll();
                assertThat(createIn(others).await(Duration.ofMinutes(5)).exitCode())
                        .isZero();
                assertThat(containers()).isEqualTo(LEASES);
                closeAll(others);
                awaitNothing();
                assertThat(lines("docker volume ls -q")).isEqualTo(unknown);
                second.awaitOutput("policy lease-ended by its opener has left");
            }
        }
    }

    private List<Opened> openAll() throws IOException {
        List<Opened> leases = new ArrayList<>();
        for (int i = 0; i < LEASES; i++) {
            leases.add(LeaseWorld.open(control, "template=agent"));
        }
        return leases;
    }

    private static void closeAll(List<Opened> leases) throws IOException {
        for (Opened lease : leases) {
            lease.close();
        }
    }

    /** Starts a container with a volume in each lease. */
    private Cli.Running createIn(List<Opened> leases) {
        String sockets = leases.stream().map(Opened::socket).collect(Collectors.joining("\n"));
        return direct.start(
                "bash",
                "-c",
                "echo \"$0\" | xargs -P " + CLIENTS + " -I @ docker -H unix://@ run -d --network none -v /v "
                        + RealDocker.IMAGE + " sleep 1000",
                sockets);
    }

    private long containers() {
        return direct.run("docker", "ps", "-aq").stdout().lines().count();
    }

    private List<String> lines(String script) {
        return direct.script(script).stdout().lines().toList();
    }

    private void awaitNothing() throws Exception {
        ProcessResources.await(() -> {
            try {
                return LeaseWorld.list(control).isEmpty();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        assertThat(direct.run("docker", "ps", "-a").stdout().lines()).hasSize(1);
        try (Stream<Path> files = Files.list(folder.resolve("leases"))) {
            assertThat(files).containsExactly(control);
        }
    }
}
