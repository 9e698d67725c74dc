package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.lease.LeaseWorld.Opened;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/**
 * Attacks of a client of a lease on the host, on objects of others, on other leases, and on the end of its own lease. Networks: {@link
 * LeaseEgressIT}; kills and gates: {@link LeaseKillsIT}, {@link LeaseIT}; the holder: {@link SandboxIT}.
 */
class LeaseAttacksIT {
    private static final String IMAGE = RealDocker.IMAGE;

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static LeaseWorld world;
    private static Opened lease;
    private static Opened other;

    @BeforeAll
    static void start() throws Exception {
        docker = RealDocker.get();
        world = new LeaseWorld(folder, docker.socket());
        lease = world.open("template=agent");
        other = world.open("template=agent");
        direct("docker run -d --name la-foreign --network none -v la-vol:/v " + IMAGE + " sleep 1000;"
                + " docker network create la-net");
        world.succeeding(other, "docker run -d --name la-other --network none " + IMAGE + " sleep 1000");
        world.succeeding(lease, "docker run -d --name la-own --network none " + IMAGE + " sleep 1000");
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
            docker.cli(folder, Map.of())
                    .script(
                            "docker ps -aq | xargs -r docker rm -fv; docker network rm la-net; docker volume rm la-vol");
        }
    }

    private static String direct(String script) {
        Cli.Result result = docker.cli(folder, Map.of()).script(script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result.stdout().strip();
    }

    /** LEASES is the folder of the leases, OTHER the id of another one. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "docker run --privileged busybox:local true                | HostConfig.Privileged",
                "docker run --pid host busybox:local true                  | PidMode",
                "docker run --network host busybox:local true              | NetworkMode",
                "docker run --device /dev/kmsg busybox:local true          | Devices",
                "docker run --cap-add SYS_ADMIN busybox:local true         | CapAdd",
                "docker run -v /:/h busybox:local true                     | Binds",
                "docker run -v /proc/self/root:/h busybox:local true       | Binds",
                "docker run -v //etc:/h busybox:local true                 | Binds",
                "docker run -v LEASES:/h busybox:local true                | Binds",
                "docker run -v LEASES/OTHER:/h busybox:local true          | Binds",
                "docker run -v LEASES/control.sock:/h busybox:local true   | Binds",
                "docker run --mount type=bind,src=LEASES,dst=/h busybox:local true | Mounts",
                "docker volume create -o type=none -o o=bind -o device=/ v | DriverOpts",
                "docker run --volumes-from la-foreign busybox:local true   | VolumesFrom",
                "docker run --volumes-from la-other busybox:local true     | VolumesFrom",
                "docker run --network container:la-other busybox:local true | joins another container",
                "docker run -v la-vol:/v busybox:local true                | la-vol",
                "docker volume inspect la-vol                              | no such volume",
                "docker volume rm la-vol                                   | no such volume",
                "docker network rm la-net                                  | not found",
                "docker network connect la-net la-own                      | not found",
                "docker exec la-other true                                 | No such container",
                "docker cp la-other:/etc/passwd -                          | ContainerArchive",
                "docker commit la-foreign stolen:1                         | No such container",
                "docker rm la-foreign                                      | No such container",
                "docker update --restart always la-foreign                 | No such container",
                "docker service create busybox:local                       | socket-proxy",
                "docker plugin install x                                   | socket-proxy",
                "docker swarm init                                         | socket-proxy",
            })
    void hostAndObjectsOfOthersAreOutOfReach(String command, String sentence) {
        Cli.Result result = world.run(
                lease, command.replace("LEASES", world.leases.toString()).replace("OTHER", other.id()));

        assertThat(result.exitCode()).as(result.stdout()).isNotZero();
        assertThat(result.stderr()).containsIgnoringCase(sentence);
    }

    @Test
    void clientGivesNoLabelOfAnotherLease() {
        String label = "{{index .Config.Labels \"socket-proxy.lease\"}}";
        String others = direct("docker inspect -f '" + label + "' la-other");
        world.succeeding(
                lease,
                "docker create --name la-labelled --network none --label socket-proxy.lease=" + others + " " + IMAGE
                        + " true");

        assertThat(direct("docker inspect -f '" + label + "' la-labelled"))
                .isEqualTo(direct("docker inspect -f '" + label + "' la-own"))
                .isNotEqualTo(others);
        assertThat(world.run(other, "docker rm -f la-labelled").stderr()).contains("No such container");
    }

    @Test
    void endOfALeaseLeavesTheOthersAndTheHost() throws Exception {
        try (Opened short1 = world.open("template=agent")) {
            world.succeeding(short1, "docker run -d --name la-short --network none " + IMAGE + " sleep 1000");
            world.ask("DELETE", "/leases/" + short1.id());
            world.awaitEnd(short1.id());
        }
        assertThat(direct("docker ps --format '{{.Names}}'").lines())
                .contains("la-foreign", "la-other", "la-own")
                .doesNotContain("la-short");
        assertThat(List.of(direct("docker volume ls -q").split("\n"))).contains("la-vol");
    }
}
