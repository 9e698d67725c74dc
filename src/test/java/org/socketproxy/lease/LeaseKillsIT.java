package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.lease.LeaseWorld.Opened;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/** Many leases beside each other while the daemon is killed and the proxy is started again: nothing of them is left. */
@Tag("thorough")
class LeaseKillsIT {
    private static final int LEASES = 20;

    @TempDir
    Path folder;

    @Test
    void nothingIsLeftAfterKills() throws Exception {
        try (RestartableDocker docker = RestartableDocker.start()) {
            docker.awaitReady();
            Cli direct = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
            RealDocker.makeImage(direct);
            LeaseWorld world = new LeaseWorld(folder, docker.socket());
            List<Opened> opened = new ArrayList<>();
            List<Cli.Running> clients = new ArrayList<>();
            for (int i = 0; i < LEASES; i++) {
                Opened lease = world.open("template=agent");
                opened.add(lease);
                clients.add(Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + lease.socket()))
                        .start(
                                "bash",
                                "-c",
                                "for i in 1 2 3; do docker run -d --network none -v v" + i + "-" + lease.id() + ":/v "
                                        + RealDocker.IMAGE + " sleep 1000; done"));
            }
            ProcessResources.await(
                    () -> direct.run("docker", "ps", "-aq").stdout().lines().count() > LEASES / 2);
            docker.kill();
            for (Opened lease : opened.subList(0, LEASES / 2)) {
                lease.close();
            }
            clients.forEach(client -> client.await(Duration.ofMinutes(2)));
            docker.restart(false);
            docker.awaitReady();
            for (Opened lease : opened.subList(0, LEASES / 2)) {
                world.awaitEnd(lease.id());
            }
            world.close(); // the other leases are still open
            world.start();
            for (Opened lease : opened.subList(LEASES / 2, LEASES)) {
                world.awaitEnd(lease.id());
            }

            assertThat(direct.run("docker", "ps", "-a").stdout().lines()).hasSize(1);
            assertThat(direct.run("docker", "volume", "ls", "-q").stdout()).isEmpty();
            world.close();
        }
    }
}
