package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** The docker CLI, as a client of a proxy in a container of the real daemon, tries to end this proxy. */
@Tag("thorough")
class SelfProtectionIT {
    private static final String NAME = "guard";
    private static final String REASON = "it acts on the container of this proxy, or on what this container uses";

    @TempDir
    Path folder;

    private RealDocker docker;

    @BeforeEach
    void buildImage() throws IOException {
        docker = RealDocker.get();
        Sidecar.build(docker);
    }

    @Test
    void proxySurvivesItsClients() {
        try (Sidecar sidecar = Sidecar.start(
                docker,
                folder,
                NAME,
                "--env=IMAGES=1",
                "--env=VOLUMES=1",
                "--env=COMMIT=1",
                "--env=ALLOW_EXPORT=1",
                "--env=ALLOW_ARCHIVE=1",
                "--volume=guard-data:/data")) {
            sidecar.awaitHealthy();
            String id = sidecar.inspect("{{.Id}}");
            String process = sidecar.inspect("{{.State.Pid}}");
            Cli client = docker.cli(folder, Map.of("DOCKER_HOST", sidecar.host()));
            sidecar.awaitLog("protected    own container " + id.substring(0, 12));
            awaitKnown(client);

            for (String name : List.of(NAME, id.substring(0, 12))) {
                for (String command : List.of(
                        "stop NAME",
                        "kill NAME",
                        "restart NAME",
                        "pause NAME",
                        "rm --force NAME",
                        "rename NAME other",
                        "update --memory 1g NAME",
                        "exec NAME id",
                        "commit NAME stolen",
                        "export --output stolen.tar NAME")) {
                    assertDenied(client, "docker " + command.replace("NAME", name));
                }
            }
            // The CLI sends HEAD first, whose response has no sentence.
            assertThat(client.script("docker cp " + NAME + ":/etc/passwd .").exitCode())
                    .isNotZero();
            for (String command : List.of(
                    "docker tag " + RealDocker.IMAGE + " " + Sidecar.IMAGE,
                    "docker rmi --force " + Sidecar.IMAGE,
                    "docker volume rm --force guard-data")) {
                assertDenied(client, command);
            }
            assertThat(client.script("docker run --rm --network none " + RealDocker.IMAGE + " echo still here")
                            .stdout())
                    .isEqualTo("still here\n");
            assertThat(sidecar.inspect("{{.State.Pid}} {{.State.Running}} {{.Name}}"))
                    .isEqualTo(process + " true /" + NAME);
        } finally {
            docker.cli(folder, Map.of()).run("docker", "volume", "rm", "guard-data");
        }
    }

    @Test
    void judgedContainerGetsNothingThatTheProxyMounts() {
        try (Sidecar sidecar = Sidecar.start(
                docker,
                folder,
                NAME,
                "--env=CREATE=safe",
                "--env=BINDS=/tmp/**",
                "--env=CREATE_ALLOW=join-container")) {
            sidecar.awaitHealthy();
            Cli client = docker.cli(folder, Map.of("DOCKER_HOST", sidecar.host()));
            awaitKnown(client);
            String socket = docker.socket().toString();

            for (String option :
                    List.of("-v " + socket + ":/s", "-v " + docker.socket().getParent() + ":/s:ro")) {
                Cli.Result result = client.script("docker create " + option + " " + RealDocker.IMAGE);
                assertThat(result.exitCode()).as(option).isNotZero();
                assertThat(result.stderr()).contains("a path that the container of this proxy mounts (PROTECT_SELF)");
            }
            assertDenied(client, "docker create --network container:" + NAME + " " + RealDocker.IMAGE);
        }
    }

    @Test
    void protectionCanBeSwitchedOff() {
        try (Sidecar sidecar = Sidecar.start(docker, folder, NAME, "--env=PROTECT_SELF=0")) {
            sidecar.awaitHealthy();
            Cli client = docker.cli(folder, Map.of("DOCKER_HOST", sidecar.host()));

            client.run("docker", "kill", NAME);

            // The connection ends before the daemon has recorded that the container has stopped.
            docker.cli(folder, Map.of()).run("docker", "wait", NAME);
            assertThat(sidecar.inspect("{{.State.Running}}")).isEqualTo("false");
        }
    }

    /** The first questions of the proxy may still be open when it is healthy. */
    private static void awaitKnown(Cli client) {
        long deadline = System.nanoTime() + 300_000_000_000L;
        while (client.run("docker", "kill", "missing").stderr().contains("has not described")) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(50_000_000L);
        }
    }

    private static void assertDenied(Cli client, String command) {
        Cli.Result result = client.script(command);
        assertThat(result.exitCode()).as(command).isNotZero();
        assertThat(result.stderr()).as(command).contains(REASON);
    }
}
