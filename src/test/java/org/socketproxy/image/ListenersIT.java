package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** Health check of each kind of listener without a status page, and TLS in the image's minimal runtime. */
@Tag("thorough")
class ListenersIT {
    private static final String NAME = "listening";

    @TempDir
    Path folder;

    private RealDocker docker;

    @BeforeEach
    void buildImage() throws IOException {
        docker = RealDocker.get();
        Sidecar.build(docker);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Certificates.in(Files.createDirectory(folder.resolve("certificates")))
                .server("server", "ca")
                .client("alice", "/CN=alice", "ca", "DNS:alice.example")
                .run("chmod a+r *")
                .certPath("alice", "ca");
    }

    private Sidecar start(String listen) {
        return Sidecar.start(
                docker,
                folder,
                NAME,
                "--tmpfs=/run:mode=1777",
                "--volume=" + folder.resolve("certificates") + ":/certs:ro",
                "--env=STATUS_LISTEN=off",
                "--env=LISTEN=" + listen,
                "--env=TLS_CERT=/certs/server.pem",
                "--env=TLS_KEY=/certs/server-key.pem",
                "--env=TLS_CLIENT_CA=/certs/ca.pem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp://127.0.0.1:%d", "tcp://:%d", "unix:///run/p.sock", "tls://127.0.0.1:%d", "tls://:%d"})
    void healthCheckPassesForEachListenerKindAndIsNotLogged(String listen) {
        try (Sidecar sidecar = start(listen.formatted(Sidecar.freePort()))) {
            sidecar.awaitHealthy();

            assertThat(sidecar.logs()).doesNotContain("deny", "failed");
        }
    }

    @Test
    void healthCheckFailsForAStoppedProcess() {
        try (Sidecar sidecar = start("tls://127.0.0.1:" + Sidecar.freePort())) {
            sidecar.awaitHealthy();
            Cli cli = docker.cli(folder, Map.of());

            cli.run("kill", "-STOP", sidecar.inspect("{{.State.Pid}}"));
            Cli.Result asked = cli.run("docker", "exec", NAME, "/opt/socket-proxy/health");
            cli.run("kill", "-CONT", sidecar.inspect("{{.State.Pid}}"));

            assertThat(asked.stdout()).isEqualTo("does not answer\n");
            assertThat(asked.exitCode()).isEqualTo(1);
        }
    }

    @Test
    void cliConnectsOverTlsAndIsIdentifiedByItsCertificate() {
        int port = Sidecar.freePort();
        try (Sidecar sidecar = start("tls://127.0.0.1:" + port)) {
            sidecar.awaitHealthy();
            Cli.Result list = docker.cli(
                            folder,
                            Map.of(
                                    "DOCKER_HOST",
                                    "tcp://localhost:" + port,
                                    "DOCKER_TLS_VERIFY",
                                    "1",
                                    "DOCKER_CERT_PATH",
                                    folder.resolve("certificates/path-alice").toString()))
                    .run("docker", "ps", "--format", "{{.Names}}");

            assertThat(list.stdout()).as(list.stderr()).contains(NAME);
            sidecar.awaitLog(" 127\\.0\\.0\\.1/CN=alice allow section GET \\S+ ContainerList 200 ");
        }
    }
}
