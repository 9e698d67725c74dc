package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RealDocker;

/** The daemon starts after the proxy: clients receive an error until then, and the proxy needs no restart. */
class MissingDaemonIT {
    @TempDir
    Path folder;

    @Test
    void proxyStartedBeforeTheDaemonReportsItAndThenConnects() throws IOException {
        RealDocker docker = RealDocker.get();
        Path socket = folder.resolve("docker.sock");
        try (ProxyProcess proxy = ProxyProcess.start(socket, Map.of("CONTAINERS", "1"))) {
            Cli cli = docker.cli(folder, Map.of("DOCKER_HOST", proxy.host()));
            Cli.Result absent = new Cli.Result(
                    1,
                    "",
                    "Error response from daemon: socket-proxy: no answer from the daemon at unix://" + socket
                            + ": this socket does not exist. Is the daemon running, and is the socket mounted here?\n");

            assertThat(cli.run("docker", "ps")).isEqualTo(absent);

            Files.createSymbolicLink(socket, docker.socket());
            Cli.Result present = cli.run("docker", "ps", "-q");
            Files.delete(socket);
            assertThat(present.exitCode()).as(present.stderr()).isZero();
        }
    }
}
