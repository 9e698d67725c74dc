package org.socketproxy.docker;

import java.io.IOException;
import java.time.Duration;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * Starts a container in a network with Testcontainers, runs a command in it, and prints the session. After a line of input it ends
 * without removing anything, like a build that crashes.
 */
final class TestcontainersProgram {
    private TestcontainersProgram() {}

    /** Runs the program; the argument is the image. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (Network network = Network.newNetwork();
                GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(arguments[0]))
                        .withNetwork(network)
                        .withCommand("sh", "-c", "echo ready; sleep 1000")
                        .withCreateContainerCmdModifier(command -> command.withStopTimeout(0))
                        .waitingFor(Wait.forLogMessage(".*ready.*", 1).withStartupTimeout(Duration.ofMinutes(1)))) {
            container.start();
            Container.ExecResult result = container.execInContainer("echo", "inside");
            System.out.println("output " + result.getStdout().strip());
            System.out.println("session "
                    + container.getContainerInfo().getConfig().getLabels().get("org.testcontainers.sessionId"));
            if (System.in.read() >= 0) {
                Runtime.getRuntime().halt(0);
            }
        }
    }
}
