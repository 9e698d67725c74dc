package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** API version negotiation of the real docker CLI with fake daemons of older and newer versions. */
class NegotiationIT {
    @TempDir
    Path folder;

    /** Skips the tests without dockerd, because then the docker CLI may be missing too. */
    @BeforeAll
    static void requireDocker() {
        RealDocker.get();
    }

    /** The request lines that a daemon of a version receives from {@code docker ps}. */
    private List<String> asked(String daemonVersion, String clientVersion, boolean isThroughProxy) throws Exception {
        String ping = "HTTP/1.1 200 OK\r\nApi-Version: " + daemonVersion
                + "\r\nOstype: linux\r\nServer: Docker/0.0.0 (linux)\r\nContent-Length: 0\r\n\r\n";
        String list = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        peer.write(head.startsWith("HEAD ") ? ping : list);
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket(), "CONTAINERS")) {
            String host = isThroughProxy ? "tcp://127.0.0.1:" + proxy.port() : "unix://" + daemon.socket();
            Cli.Result result = Cli.in(folder, environment(host, clientVersion)).run("docker", "ps", "-q");
            assertThat(result).isEqualTo(new Cli.Result(0, "", ""));
            return heads(daemon);
        }
    }

    private static Map<String, String> environment(String host, String clientVersion) {
        return clientVersion == null
                ? Map.of("DOCKER_HOST", host)
                : Map.of("DOCKER_HOST", host, "DOCKER_API_VERSION", clientVersion);
    }

    private static List<String> heads(FakeDaemon daemon) throws InterruptedException {
        List<String> lines = new ArrayList<>();
        while (!daemon.isUntouched()) {
            lines.add(daemon.takeHead().lines().findFirst().orElseThrow());
        }
        return lines;
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // daemon, DOCKER_API_VERSION, target of the last request
                "1.30,     -,    /v1.30/containers/json",
                "1.43,     -,    /v1.43/containers/json",
                "1.43,     1.24, /v1.24/containers/json",
                "1.43,     1.99, /v1.99/containers/json",
                "1.99,     1.41, /v1.41/containers/json",
            })
    void clientNegotiatesTheSameVersionAsWithoutTheProxy(String daemon, String client, String target) throws Exception {
        assertThat(asked(daemon, client, true))
                .isEqualTo(asked(daemon, client, false))
                .endsWith("GET " + target + " HTTP/1.1");
    }

    @Test
    void newerDaemonIsUsedWithTheVersionOfTheClient() throws Exception {
        assertThat(asked("1.99", null, true)).hasSize(2).isEqualTo(asked("1.99", null, false));
    }
}
