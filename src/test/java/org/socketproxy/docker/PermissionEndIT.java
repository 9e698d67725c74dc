package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** Exec sessions of the docker CLI whose permission ends while they run, on a real daemon. */
class PermissionEndIT {
    private static final String POLICY = """
            profiles:
              support:
                clients: [{network: 127.0.0.0/8}]
                variables: {CONTAINERS: 1, ALLOW_LOGS: 1}
                allow:
                  - {operation: ContainerExec, until: END}
                  - {operation: ExecStart, until: END}
                  - ExecInspect
            """;

    @TempDir
    Path folder;

    private final RealDocker docker = RealDocker.get();
    private final List<String> records = new CopyOnWriteArrayList<>();
    private Cli direct;

    @BeforeEach
    void createContainer() {
        direct = docker.cli(folder, Map.of());
        direct.script("docker run -d --name permission-end-it --network none busybox:local sleep 1000");
    }

    @AfterEach
    void removeContainer() {
        direct.script("docker rm -f permission-end-it");
    }

    @Test
    void execSessionEndsWithItsPermission() throws Exception {
        Instant end = Instant.now().plusSeconds(15);
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY.replace("END", end.toString()));
        try (ProxyUnderTest proxy = ProxyUnderTest.recording(
                Map.of("POLICY", policy.toString(), "DOCKER_HOST", docker.host(), "LOG_LEVEL", "info"),
                lines -> lines.lines().forEach(records::add))) {
            Cli client = Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));
            Cli.Result before = client.run("docker", "exec", "permission-end-it", "echo", "hello");
            assertThat(before.stdout()).as(before.stderr()).isEqualTo("hello\n");
            try (Cli.Running logs = client.start("docker", "logs", "-f", "permission-end-it");
                    Cli.Running session = client.start("docker", "exec", "-i", "permission-end-it", "cat")) {
                session.await(Duration.ofMinutes(2)); // its standard input is open

                assertThat(Instant.now()).isAfterOrEqualTo(end);
                assertThat(logs.isAlive()).isTrue();
            }
            Cli.Result after = client.run("docker", "exec", "permission-end-it", "echo", "hello");
            assertThat(after.exitCode()).isNotZero();
            assertThat(after.stderr())
                    .contains("its permission ended at " + end + " (profile support: policy.yaml line 6)");
        }
        assertThat(records)
                .anyMatch(line ->
                        line.contains(" policy permission-ended by until " + end + " profile support ExecStart seq="))
                .anyMatch(line -> line.contains(" allow revoked POST ") && line.contains(" ExecStart "))
                .anyMatch(line -> line.contains(" deny permission-ended POST ") && line.contains(" ContainerExec "));
    }
}
