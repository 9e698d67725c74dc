package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDaemon;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.Scenario;
import org.socketproxy.testing.TcpDocker;

/** Every combination of listener kind and daemon kind with the docker CLI and real daemons. */
@Tag("thorough")
class ListenerKindsIT {
    /** Transport between client and proxy or between proxy and daemon. */
    enum Way {
        TCP,
        TLS,
        UNIX
    }

    /** One proxy with all three listeners for each daemon. */
    private static final Map<Way, ProxyUnderTest> PROXIES = new EnumMap<>(Way.class);

    private static final List<RealDaemon> DAEMONS = new ArrayList<>();

    @TempDir
    static Path folder;

    private static Certificates files;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        files = Certificates.in(folder)
                .server("server", "ca")
                .client("alice", "/CN=alice", "ca", "DNS:alice.example")
                .authority("daemon-ca")
                .server("daemon", "daemon-ca")
                .client("proxy", "/CN=proxy", "daemon-ca", "DNS:proxy.example");
        RealDocker docker = RealDocker.get();
        before(Way.UNIX, docker, docker.host(), Map.of());
        TcpDocker plain = TcpDocker.plain();
        before(Way.TCP, plain, "tcp://127.0.0.1:" + plain.port(), Map.of());
        TcpDocker verifying = TcpDocker.verifying(files, "daemon", "daemon-ca");
        before(
                Way.TLS,
                verifying,
                "tcp://localhost:" + verifying.port(),
                Map.of(
                        "DOCKER_TLS_VERIFY",
                        "1",
                        "DOCKER_CERT_PATH",
                        files.certPath("proxy", "daemon-ca").toString()));
        files.certPath("alice", "ca");
    }

    private static void before(Way way, RealDaemon daemon, String host, Map<String, String> settings) {
        DAEMONS.add(daemon);
        Cli.Result resident = daemon.cli(folder, Map.of())
                .run(
                        "docker",
                        "run",
                        "-d",
                        "--name",
                        "resident",
                        "--network",
                        "none",
                        RealDocker.IMAGE,
                        "sleep",
                        "1000");
        assertThat(resident.exitCode()).as(resident.stderr()).isZero();
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("LISTEN", "tcp://127.0.0.1:0,tls://127.0.0.1:0,unix://" + socketOf(way));
        environment.put("TLS_CERT", files.file("server.pem").toString());
        environment.put("TLS_KEY", files.file("server-key.pem").toString());
        environment.put("TLS_CLIENT_CA", files.file("ca.pem").toString());
        PROXIES.put(way, ProxyUnderTest.before(host, environment));
    }

    private static Path socketOf(Way daemon) {
        return folder.resolve(daemon + ".sock");
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        PROXIES.values().forEach(ProxyUnderTest::close);
        for (RealDaemon daemon : DAEMONS) {
            daemon.cli(folder, Map.of()).run("docker", "rm", "-f", "resident");
            if (daemon instanceof TcpDocker own) {
                own.close();
            }
        }
        PROXIES.clear(); // a repetition of a flake starts the class again
        DAEMONS.clear();
    }

    static Stream<Arguments> sessions() {
        return Stream.of(Way.values())
                .flatMap(daemon -> Stream.of(Way.values())
                        .flatMap(listener -> Scenario.read(ListenerKindsIT.class, "listener-kinds.txt")
                                .map(scenario -> Arguments.of(listener, daemon, scenario))));
    }

    @ParameterizedTest(name = "{0} before {1}: {2}")
    @MethodSource("sessions")
    void everyListenerForwardsToEveryDaemon(Way listener, Way daemon, Scenario scenario) throws IOException {
        Map<String, String> environment = new HashMap<>(client(listener, daemon));
        environment.put("C", scenario.key());
        environment.put("LC_ALL", "C");
        Path own = Files.createTempDirectory(folder, "session-");

        scenario.assertTold(Cli.in(own, environment).script(scenario.when()), scenario.key());
    }

    private static Map<String, String> client(Way listener, Way daemon) {
        List<NetworkAddress> ports = PROXIES.get(daemon).server().listening().stream()
                .filter(NetworkAddress.class::isInstance)
                .map(NetworkAddress.class::cast)
                .toList();
        return switch (listener) {
            case TCP -> Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + ports.get(0).port());
            case TLS ->
                Map.of(
                        "DOCKER_HOST",
                        "tcp://localhost:" + ports.get(1).port(),
                        "DOCKER_TLS_VERIFY",
                        "1",
                        "DOCKER_CERT_PATH",
                        folder.resolve("path-alice").toString());
            case UNIX -> Map.of("DOCKER_HOST", "unix://" + socketOf(daemon));
        };
    }
}
