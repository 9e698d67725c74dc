package org.socketproxy.clients;

import java.io.IOException;
import java.time.Duration;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/** The workload of Testcontainers without Ryuk; prints what must be equal directly and through a proxy. */
final class TestcontainersRun {
    private TestcontainersRun() {}

    public static void main(String[] none) throws IOException, InterruptedException {
        try (GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse("busybox:local"))
                .withNetworkMode("none")
                .withCommand("sh", "-c", "echo ready; sleep 1000")
                .withCopyToContainer(Transferable.of("copied"), "/tmp/file")
                .withCreateContainerCmdModifier(command -> command.withStopTimeout(0))
                .waitingFor(Wait.forLogMessage(".*ready.*", 1).withStartupTimeout(Duration.ofMinutes(1)))) {
            container.start();
            System.out.println(container.execInContainer("cat", "/tmp/file").getStdout());
        }
    }
}
