package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RealDocker;

/** SIGTERM ends streams and tunnels immediately, for the clients and for the proxy. */
class StopIT {
    private static final String CONTAINER = "stopped-proxy";
    /** Far below the shutdown timeout of one hour in this test. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    Path folder;

    private RealDocker docker;

    @BeforeEach
    void startContainer() {
        docker = RealDocker.get();
        Cli.Result started = docker.cli(folder, Map.of())
                .run("docker", "run", "-d", "--name", CONTAINER, "--network", "none", RealDocker.IMAGE, "sleep", "600");
        assertThat(started.exitCode()).as(started.stderr()).isZero();
    }

    @AfterEach
    void removeContainer() {
        if (docker != null) {
            docker.cli(folder, Map.of()).run("docker", "rm", "-f", CONTAINER);
        }
    }

    @Test
    void clientsOfStreamsAndTunnelsEndAndTheProxyEnds() {
        Map<String, String> variables = ProxyProcess.everything();
        variables.put("SHUTDOWN_TIMEOUT", "1h");
        try (ProxyProcess proxy = ProxyProcess.start(docker.socket(), variables)) {
            Cli cli = docker.cli(folder, Map.of("DOCKER_HOST", proxy.host()));
            try (Cli.Running events = cli.start("docker", "events", "--since", "1h");
                    Cli.Running logs = cli.start("docker", "logs", "-f", CONTAINER);
                    Cli.Running exec = cli.start("docker", "exec", "-i", CONTAINER, "cat")) {
                exec.type("hi\n");
                exec.awaitUntil("cat answers", LIMIT, () -> exec.stdout().equals("hi\n"));
                events.awaitUntil("events flow", LIMIT, () -> events.stdout().contains("exec_start"));

                proxy.terminate();

                events.await(LIMIT);
                logs.await(LIMIT);
                exec.await(LIMIT);
                assertThat(proxy.await(LIMIT).exitCode()).isIn(0, 143);
                assertThat(proxy.stderr()).isEmpty();
            }
        }
    }
}
