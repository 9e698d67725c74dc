package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/** The status token in the image, from a secret mounted at the path that Docker and Compose use. */
@Tag("thorough")
class StatusTokenIT {
    private static final String TOKEN = "0123456789abcdef";

    @TempDir
    Path folder;

    private RealDocker docker;

    @BeforeEach
    void buildImage() throws IOException {
        docker = RealDocker.get();
        Sidecar.build(docker);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> options(String permissions) throws IOException {
        Path secret = Files.writeString(folder.resolve("status_token"), TOKEN + "\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString(permissions));
        return List.of(
                "--read-only",
                "--tmpfs=/run",
                "--volume=" + secret + ":/run/secrets/status_token:ro",
                "--env=STATUS_TOKEN_FILE=/run/secrets/status_token");
    }

    @Test
    void statusPagesRequireTheTokenAndTheHealthCheckDoesNot() throws IOException {
        int port = Sidecar.freePort();
        String[] options = Stream.concat(options("rw-r--r--").stream(), Stream.of("--env=STATUS_LISTEN=tcp://:" + port))
                .toArray(String[]::new);
        try (Sidecar sidecar = Sidecar.start(docker, folder, "token", options)) {
            sidecar.awaitHealthy();

            assertThat(page(port, "/", "X: y")).startsWith("HTTP/1.1 401 ");
            assertThat(page(port, "/?token=" + TOKEN, "X: y")).startsWith("HTTP/1.1 303 ");
            for (String path : List.of("/", "/metrics", "/suggest", "/policy", "/difference")) {
                assertThat(page(port, path, "Authorization: Bearer " + TOKEN)).startsWith("HTTP/1.1 200 ");
            }
            assertThat(sidecar.logs() + sidecar.inspect("{{json .Config}}")).doesNotContain(TOKEN);
        }
    }

    @Test
    void unreadableSecretStopsTheStartWithTheReason() throws IOException {
        Cli.Result ended = Sidecar.run(docker, folder, options("rw-------"));

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.stderr())
                .contains("STATUS_TOKEN_FILE=/run/secrets/status_token: the proxy's user has no read permission")
                .doesNotContain(TOKEN);
    }

    private static String page(int port, String target, String header) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            return client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n\r\n")
                    .readResponse();
        }
    }
}
