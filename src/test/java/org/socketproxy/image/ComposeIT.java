package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** The image as a service of Compose and Swarm, with a real daemon. */
@Tag("thorough")
class ComposeIT {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final long PAUSE_NANOS = 100_000_000L;

    @TempDir
    Path folder;

    private RealDocker docker;

    @BeforeEach
    void buildImage() throws IOException {
        docker = RealDocker.get();
        Sidecar.build(docker);
    }

    /** The compose file of linuxserver/socket-proxy's documentation, with this image. */
    @Test
    void replacesLinuxserverSocketProxyInItsComposeFile() throws IOException {
        Files.writeString(folder.resolve("compose.yaml"), """
                services:
                  socket-proxy:
                    image: %s
                    container_name: socket-proxy
                    restart: unless-stopped
                    environment:
                      - CONTAINERS=1
                      - SERVICES=1
                      - NETWORKS=1
                      - VOLUMES=1
                      - EXEC=0
                      - SYSTEM=0
                    volumes:
                      - %s:/var/run/docker.sock:ro
                    read_only: true
                    tmpfs:
                      - /run
                    networks:
                      - proxy-network
                networks:
                  proxy-network:
                    external: true
                """.formatted(Sidecar.IMAGE, docker.socket()));
        Cli cli = docker.cli(folder, Map.of());
        try {
            Cli.Result up = cli.script("docker network create proxy-network && docker compose up --detach");
            assertThat(up.exitCode()).as(up.stderr()).isZero();

            Sidecar.awaitHealthy(cli, "socket-proxy");
        } finally {
            cli.run("docker", "compose", "down");
            cli.run("docker", "network", "rm", "proxy-network");
        }
    }

    /** The stack of conf/swarm.yaml, on the host's network, because the tests' daemon has no other. */
    @Test
    void swarmRunsOneProxyOnItsNode() throws IOException {
        int port = Sidecar.freePort();
        String stack = Files.readString(Path.of("conf/swarm.yaml"))
                .replace("docker-socket-proxy:local", Sidecar.IMAGE)
                .replace("/var/run/docker.sock:/", docker.socket() + ":/")
                .replace(
                        "    environment:\n",
                        "    environment:\n      LISTEN: tcp://127.0.0.1:" + port
                                + "\n      STATUS_LISTEN: tcp://127.0.0.1:" + Sidecar.freePort() + "\n")
                .replace("networks: [docker-api]", "networks: [outside]")
                .replaceFirst("(?s)\nnetworks:.*", "\nnetworks:\n  outside:\n    external: true\n    name: host\n");
        Files.writeString(folder.resolve("stack.yaml"), stack);
        Cli cli = docker.cli(folder, Map.of());
        int gossip = Sidecar.freePort();
        try {
            Cli.Result deployed = cli.script("docker swarm init --advertise-addr 127.0.0.1 --data-path-addr 127.0.0.1"
                    + " --listen-addr 127.0.0.1:" + gossip
                    + " && docker stack deploy --detach --resolve-image never --compose-file stack.yaml api");
            assertThat(deployed.exitCode()).as(deployed.stderr()).isZero();
            awaitReplicas(cli, "1/1");

            Cli.Result list = docker.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + port))
                    .run("docker", "ps", "--format", "{{.Names}}");

            assertThat(list.stdout()).as(list.stderr()).contains("api_socket-proxy.");
        } finally {
            cli.script("docker stack rm api; docker swarm leave --force");
        }
    }

    /** A task counts as running when it is healthy. */
    private static void awaitReplicas(Cli cli, String wanted) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        String replicas;
        do {
            replicas = cli.run("docker", "service", "ls", "--format", "{{.Replicas}}")
                    .stdout()
                    .strip();
            assertThat(System.nanoTime())
                    .as(() -> cli.script("docker service ls; docker service ps --no-trunc api_socket-proxy")
                            .stdout())
                    .isLessThan(deadline);
            LockSupport.parkNanos(PAUSE_NANOS);
        } while (!replicas.equals(wanted));
    }
}
