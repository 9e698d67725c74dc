package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.NetworkNamespace;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/** The stack of conf/swarm.yaml on a Swarm of two nodes, each a dockerd in a network namespace. */
@Tag("thorough")
class SwarmNodesIT {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final long PAUSE_NANOS = 200_000_000L;
    private static final Pattern ADDRESS = Pattern.compile("(?m)^Address: (10\\.[\\d.]+)$");

    @TempDir
    Path folder;

    private static String pass(Cli cli, String script) {
        Cli.Result result = cli.script(script);
        assertThat(result.exitCode()).as(script + "\n" + result.stderr()).isZero();
        return result.stdout().strip();
    }

    /** Prepares a daemon with both images, and returns the CLI that asks it. */
    private Cli node(RestartableDocker docker) throws IOException, InterruptedException {
        docker.awaitReady();
        Files.setAttribute(docker.socket(), "unix:gid", Sidecar.GROUP);
        RealDocker shared = RealDocker.get();
        BuiltImage.loadInto(docker.socket(), shared);
        Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
        pass(cli, "docker -H unix://" + shared.socket() + " save " + RealDocker.IMAGE + " | docker load");
        return cli;
    }

    /** The folder {@code nodes/ID} is that of the node's socket, because a stack has one path for all nodes. */
    private String stack() throws IOException {
        return Files.readString(Path.of("conf/swarm.yaml"))
                .replace("docker-socket-proxy:local", Sidecar.IMAGE)
                .replace("/var/run/docker.sock:/", folder.resolve("nodes/{{.Node.ID}}/docker.sock") + ":/")
                .replace("\nnetworks:\n", """

                          client:
                            image: %s
                            command: sleep 1d
                            deploy:
                              placement: {constraints: [node.role == manager]}
                            networks: [docker-api]

                        networks:
                        """.formatted(RealDocker.IMAGE));
    }

    @Test
    void clientReachesTheProxyOfEachNode() throws IOException, InterruptedException {
        try (NetworkNamespace one = NetworkNamespace.create(6);
                NetworkNamespace two = NetworkNamespace.create(7)) {
            one.connect(two);
            try (RestartableDocker first = RestartableDocker.in(one);
                    RestartableDocker second = RestartableDocker.in(two)) {
                Cli manager = node(first);
                Cli worker = node(second);
                try {
                    deployAndAsk(manager, first, worker, second, one);
                } finally { // ends the containers, which would outlive their dockerd
                    worker.run("docker", "swarm", "leave", "--force");
                    manager.run("docker", "swarm", "leave", "--force");
                    await(worker, "docker ps --quiet", "");
                    await(manager, "docker ps --quiet", "");
                }
            }
        }
    }

    private void deployAndAsk(
            Cli manager, RestartableDocker first, Cli worker, RestartableDocker second, NetworkNamespace network)
            throws IOException {
        pass(manager, "docker swarm init --advertise-addr " + network.peerAddress(0));
        pass(
                worker,
                "docker swarm join --advertise-addr " + network.peerAddress(1) + " --token "
                        + pass(manager, "docker swarm join-token --quiet worker") + " " + network.peerAddress(0)
                        + ":2377");
        List<String> nodes = List.of(nodeOf(manager, first), nodeOf(worker, second));
        Files.writeString(folder.resolve("stack.yaml"), stack());
        pass(manager, "docker stack deploy --detach --resolve-image never --compose-file stack.yaml api");
        await(manager, "docker service ls --format '{{.Name}} {{.Replicas}}' | sort", """
                        api_client 1/1
                        api_socket-proxy 2/2""");

        String client = pass(manager, "docker ps --quiet --filter name=api_client");
        String in = "docker exec " + client + " busybox ";
        List<String> addresses = ADDRESS.matcher(pass(manager, in + "nslookup tasks.socket-proxy"))
                .results()
                .map(match -> match.group(1))
                .toList();
        String lists = String.join(
                "\n",
                addresses.stream()
                        .map(address -> pass(manager, in + "wget -qO- http://" + address + ":2375/containers/json"))
                        .toList());

        assertThat(addresses).hasSize(2);
        assertThat(nodes)
                .allSatisfy(node -> assertThat(lists.split("/api_socket-proxy\\." + node))
                        .as(lists)
                        .hasSize(2));
    }

    private String nodeOf(Cli cli, RestartableDocker docker) throws IOException {
        String id = pass(cli, "docker info --format '{{.Swarm.NodeID}}'");
        Files.createDirectories(folder.resolve("nodes"));
        Files.createSymbolicLink(
                folder.resolve("nodes").resolve(id), docker.socket().getParent());
        return id;
    }

    private static void await(Cli cli, String command, String wanted) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!pass(cli, command).equals(wanted)) {
            assertThat(System.nanoTime())
                    .as(() -> pass(cli, "docker ps; docker service ls; docker service ps --no-trunc api_socket-proxy"))
                    .isLessThan(deadline);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
