package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.PingMeter;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/**
 * Attacks on memory and processor time of the real image in a container with 96 MiB, one after another in the same container.
 * All attackers keep their connections until the end. {@code ExhaustionIT} has the attacks one by one.
 */
@Tag("alone")
@Tag("thorough")
class FloodIT {
    private static final Duration PROMPT = Duration.ofSeconds(1);
    private static final int WARM_UP = 500;
    private static final int PINGS = 50;
    private static final String HOST = "Host: localhost\r\n";
    private static final List<String> ATTACKS = List.of(
            "GET /_ping HTTP/1.1\r\n" + HOST + "A:\r\n".repeat(30_000),
            "GET /_ping HTTP/1.1\r\n" + HOST + "X:" + "x".repeat(78_000),
            "GET /events HTTP/1.1\r\n" + HOST + "A:\r\n".repeat(30_000) + "\r\n",
            "GET /events HTTP/1.1\r\n" + HOST + "X:" + "x".repeat(78_000) + "\r\n\r\n",
            "GET /events HTTP/1.1\r\n" + HOST + "Expect: 100-continue\r\n\r\n",
            "GET " + "/registry".repeat(8_000) + " HTTP/1.1\r\n" + HOST + "\r\n",
            "POST /images/load HTTP/1.1\r\n" + HOST + "Content-Length: 1000000000\r\n\r\n" + "x".repeat(1 << 20));
    private static final int ATTACKERS = 100;

    private final List<RawClient> attackers = new ArrayList<>();

    @Test
    void floodedContainerOf96MebibytesAnswersOthersWithinOneSecond(@TempDir Path folder) throws Exception {
        RealDocker docker = RealDocker.get();
        Sidecar.build(docker);
        try (Sidecar sidecar = Sidecar.start(
                docker, folder, "flooded", "--memory=96m", "--memory-swap=96m", "--env=MAX_CONNECTIONS=1500")) {
            sidecar.awaitHealthy();
            int port = URI.create(sidecar.host()).getPort();
            try (PingMeter pings = PingMeter.start(port)) {
                pings.await(WARM_UP);
                pings.reset();
                for (String attack : ATTACKS) {
                    attack(port, attack);
                    pings.await(PINGS);
                }
                assertThat(pings.count()).isGreaterThanOrEqualTo(PINGS * ATTACKS.size());
                assertThat(pings.longest()).as(sidecar.logs()).isLessThan(PROMPT);
            }
            assertThat(sidecar.inspect("{{.State.Running}} {{.RestartCount}} {{.State.OOMKilled}}"))
                    .isEqualTo("true 0 false");
        } finally {
            for (RawClient attacker : attackers) {
                attacker.close();
            }
        }
    }

    private void attack(int port, String bytes) throws IOException {
        for (int i = 0; i < ATTACKERS; i++) {
            RawClient attacker = RawClient.connect(port);
            attackers.add(attacker);
            try {
                attacker.send(bytes);
            } catch (IOException refused) {
                // The proxy may respond and close before the client has sent all bytes.
            }
        }
    }
}
