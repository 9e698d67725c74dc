package org.socketproxy.war;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** The WAR in somebody else's embedded Jetty, under a class loader of its own, with the real CLI and daemon. */
class WarIT {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    void theWarAnswersDockerPsAndCarriesDockerExec() {
        RealDocker docker = RealDocker.get();
        Map<String, String> environment = new HashMap<>(Map.of("CONTAINERS", "1", "EXEC", "1", "POST", "1"));
        environment.put("SOCKET_PATH", docker.socket().toString());
        Cli direct = docker.cli(folder, Map.of());
        String container = "war-1";
        try (Cli.Running host = Cli.in(folder, environment)
                .start(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPathWithoutOurs(),
                        WarHost.class.getName(),
                        Path.of("target/docker-socket-proxy.war")
                                .toAbsolutePath()
                                .toString())) {
            host.awaitUntil(
                    "the WAR is deployed", START_LIMIT, () -> host.stdout().contains("port "));
            String port = host.stdout().replaceAll("(?s).*port (\\d+).*", "$1");
            Cli through = docker.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + port));

            direct.run(
                    "docker", "run", "-d", "--name", container, "--network", "none", RealDocker.IMAGE, "sleep", "600");
            assertThat(through.run("docker", "ps", "--format", "{{.Names}}").stdout())
                    .contains(container + "\n");
            assertThat(through.script("echo hi | docker exec -i " + container + " cat"))
                    .isEqualTo(new Cli.Result(0, "hi\n", ""));
            assertThat(through.run("docker", "logs", container).stderr())
                    .contains(
                            "socket-proxy: ContainerLogs (GET /containers/{id}/logs) is not allowed: set ALLOW_LOGS=1");
        } finally {
            direct.run("docker", "rm", "-f", container);
        }
    }

    /** Our own classes must come out of the WAR, so the program around it does not have them. */
    private static String classPathWithoutOurs() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .filter(entry -> !entry.endsWith("target/classes") && !entry.endsWith("docker-socket-proxy.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
