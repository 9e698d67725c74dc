package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;

/**
 * Tests clients in a separate network namespace whose link goes down without FIN or RST. TCP keep-alive detects them
 * after 60 seconds plus three probes at intervals of ten seconds.
 */
@Tag("thorough")
class VanishedClientIT {
    private static final String NETWORK = "socket-proxy-test";
    private static final String HOST = "10.213.77.1";
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Cli cli;

    @BeforeEach
    void createNetwork() {
        cli = Cli.in(folder, Map.of());
        Cli.Result created = cli.script("ip netns add " + NETWORK
                + " && ip link add sptest0 type veth peer name eth0 netns " + NETWORK
                + " && ip addr add " + HOST + "/30 dev sptest0 && ip link set sptest0 up"
                + " && ip -n " + NETWORK + " addr add 10.213.77.2/30 dev eth0 && ip -n " + NETWORK
                + " link set eth0 up");
        if (created.exitCode() != 0) {
            System.err.println("SKIPPED: cannot create a network namespace: " + created.stderr());
        }
        Assumptions.assumeTrue(created.exitCode() == 0, created.stderr());
    }

    @AfterEach
    void deleteNetwork() {
        cli.script("ip netns del " + NETWORK + "; ip link del sptest0");
    }

    @Test
    void vanishedClientsReleaseTheDaemonConnections() throws Exception {
        List<Cli.Running> clients = new ArrayList<>();
        try (FakeDaemon daemon = FakeDaemon.running(folder, VanishedClientIT::beginAndStaySilent);
                ProxyUnderTest proxy = ProxyUnderTest.with(
                        daemon.socket(),
                        Map.of("CONTAINERS", "1", "POST", "1", "EXEC", "1", "LISTEN", "tcp://" + HOST + ":0"))) {
            clients.add(client(proxy, "GET /events HTTP/1.1"));
            clients.add(client(proxy, "POST /containers/x/wait HTTP/1.1"));
            clients.add(client(proxy, "POST /exec/x/start HTTP/1.1\\r\\nConnection: Upgrade\\r\\nUpgrade: tcp"));
            for (int i = 0; i < clients.size(); i++) {
                daemon.takeHead();
            }
            clients.get(0)
                    .awaitUntil("a stream", SOON, () -> clients.get(0).stdout().contains("200 OK"));
            clients.get(2)
                    .awaitUntil("a tunnel", SOON, () -> clients.get(2).stdout().contains("hello"));

            takeLinkDown();
            long pulled = System.nanoTime();

            for (int i = 0; i < clients.size(); i++) {
                daemon.awaitEnding();
            }
            System.out.println("VanishedClientIT: all connections are closed after "
                    + Duration.ofNanos(System.nanoTime() - pulled).toSeconds() + " s");
            assertThat(daemon.open()).isZero();
        } finally {
            clients.forEach(Cli.Running::close);
        }
    }

    private static void beginAndStaySilent(FakeDaemon.Peer peer) throws IOException {
        String head = peer.readRequest();
        if (head.startsWith("GET /events ")) {
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        } else if (head.startsWith("POST /exec/")) {
            peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello");
        }
        peer.readToEnd();
    }

    private Cli.Running client(ProxyUnderTest proxy, String head) {
        String speak = "exec 3<>/dev/tcp/" + HOST + "/" + proxy.port() + "; printf '" + head
                + "\\r\\nHost: d\\r\\n\\r\\n' >&3; cat <&3";
        return cli.start("ip", "netns", "exec", NETWORK, "bash", "-c", speak);
    }

    private void takeLinkDown() {
        Cli.Result pulled = cli.script("ip link set sptest0 down && ip -n " + NETWORK + " link set eth0 down");
        assertThat(pulled.exitCode()).as(pulled.stderr()).isZero();
    }
}
