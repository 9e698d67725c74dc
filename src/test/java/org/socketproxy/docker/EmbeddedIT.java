package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Container;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.SocketProxy;
import org.socketproxy.testing.DockerJava;
import org.socketproxy.testing.RealDocker;

/** An embedded proxy for the duration of a test, as in docs/extending.md. */
class EmbeddedIT {
    private final RealDocker docker = RealDocker.get();

    @TempDir
    Path folder;

    @Test
    void dockerJavaUsesThePolicyOfTheTest() throws Exception {
        docker.cli(folder, Map.of()).run("docker", "create", "--name", "embedded", RealDocker.IMAGE);
        try (SocketProxy proxy = SocketProxy.builder()
                        .daemon(docker.host())
                        .policy(Map.of("CONTAINERS", "1"))
                        .listen("tcp://127.0.0.1:0")
                        .build()
                        .start();
                DockerClient client = DockerJava.client(proxy.address())) {
            assertThat(client.listContainersCmd().withShowAll(true).exec())
                    .extracting(Container::getImage)
                    .contains(RealDocker.IMAGE);
            assertThatThrownBy(() -> client.listImagesCmd().exec())
                    .isInstanceOf(DockerException.class)
                    .hasMessageContaining("ImageList (GET /images/json) is not allowed: set IMAGES=1");
        } finally {
            docker.cli(folder, Map.of()).run("docker", "rm", "embedded");
        }
    }

    @Test
    void dockerCliUsesASocketThatIsRemovedAfterwards() throws Exception {
        Path socket = folder.resolve("filtered.sock");
        try (SocketProxy proxy = SocketProxy.builder()
                .daemon(docker.host())
                .policy(Map.of("VERSION", "1"))
                .listen("unix://" + socket + "?mode=0600")
                .build()
                .start()) {
            assertThat(proxy.address()).isEqualTo("unix://" + socket);
            assertThat(docker.cli(folder, Map.of("DOCKER_HOST", proxy.address()))
                            .run("docker", "version")
                            .exitCode())
                    .isZero();
        }
        assertThat(socket).doesNotExist();
    }
}
