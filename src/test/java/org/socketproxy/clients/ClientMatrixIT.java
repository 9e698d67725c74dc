package org.socketproxy.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.project.PrintedTable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDaemon;

/**
 * The clients of {@code src/test/clients} work the same directly and through the proxy, and get the variables that they need
 * from its hints alone. Run by {@code mvn verify -Pclients}; {@code src/test/clients/install} installs the clients.
 */
@Tag("clients")
@Timeout(900)
class ClientMatrixIT {
    private static final String RESIDENT = "resident";
    private static final Map<String, List<String>> ROWS = new TreeMap<>();

    @TempDir
    static Path folder;

    private static ClientRunner runner;

    @BeforeAll
    static void start() throws IOException {
        runner = new ClientRunner(folder);
        for (ListedClient client : clients()) {
            RealDaemon daemon = client.realDaemon();
            daemon.cli(folder, Map.of())
                    .script("docker inspect " + RESIDENT + " >/dev/null 2>&1 || docker run -d --name " + RESIDENT
                            + " --network none busybox:local sleep 100000");
        }
    }

    @AfterAll
    static void print() throws IOException {
        clients().forEach(client -> client.realDaemon().cli(folder, Map.of()).script("docker rm -f " + RESIDENT));
        if (ROWS.size() < ListedClient.all().size()) {
            System.out.println("ClientMatrixIT: " + ROWS.size() + " clients ran, so the table is not compared");
            return;
        }
        String table = PrintedTable.of(
                List.of("client", "version", "variables that the hints lead to", "preset"), ROWS.values().stream());
        PrintedTable.assertInStep(Path.of("docs/evidence/clients.md"), "clients", table, ClientMatrixIT.class);
    }

    /** The clients that the system property {@code clients} names, separated by commas; all without it. */
    static List<ListedClient> clients() {
        String names = System.getProperty("clients");
        return ListedClient.all().stream()
                .filter(client -> names == null || List.of(names.split(",")).contains(client.name()))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clients")
    void worksTheSameDirectlyAndThroughBothListeners(ListedClient client) throws IOException {
        RealDaemon daemon = client.realDaemon();
        Cli.Result direct = runner.run(client, daemon.host());
        assertThat(direct.exitCode()).as(direct.stderr()).isZero();

        assertSame(client, direct, "tcp://127.0.0.1:0");
        assertSame(client, direct, "unix://" + folder.resolve("proxy.sock"));
    }

    private static void assertSame(ListedClient client, Cli.Result direct, String listen) throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.before(client.realDaemon().host(), Map.of("LISTEN", listen))) {
            String host = listen.startsWith("unix:") ? listen : "tcp://127.0.0.1:" + proxy.port();
            Cli.Result through = runner.run(client, host);

            assertThat(through.exitCode()).as(listen + " " + through.stderr()).isZero();
            assertThat(through.stdout()).as(listen).isEqualTo(direct.stdout());
        }
    }

    static List<ListedClient> clientsWithPreset() {
        return clients().stream().filter(ListedClient::hasPreset).toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clientsWithPreset")
    void worksWithItsPresetAlone(ListedClient client) throws IOException {
        try (ProxyProcess proxy = ProxyProcess.start(client.realDaemon().socket(), Map.of("PRESET", client.preset()))) {
            Cli.Result result = runner.run(client, proxy.host());

            assertThat(result.exitCode()).as(result.stderr() + proxy.stdout()).isZero();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clients")
    void worksByFollowingTheHints(ListedClient client) throws IOException {
        HintFollower follower = new HintFollower(runner, client);

        follower.followUntilItWorks();

        System.out.println("ClientMatrixIT: " + client + follower.steps());
        ROWS.put(
                client.name(),
                List.of(
                        client.name(),
                        runner.version(client),
                        String.join(" ", follower.variables()),
                        client.hasPreset() ? "`" + client.preset() + "`" : ""));
        assertThat(follower.variables()).isEqualTo(client.variables());
    }
}
