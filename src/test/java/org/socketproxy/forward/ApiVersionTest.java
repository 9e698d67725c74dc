package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests that the proxy does not change the API version negotiation between client and daemon. */
class ApiVersionTest {
    /** Response of dockerd 28 to a ping, with an additional unknown header. */
    private static final String PING =
            "HTTP/1.1 200 OK\r\nApi-Version: %s\r\nBuilder-Version: 2\r\nCache-Control: no-cache\r\n"
                    + "Docker-Experimental: false\r\nOstype: linux\r\nPragma: no-cache\r\nServer: Docker/99.1.0 (linux)\r\n"
                    + "Swarm: active/manager\r\nX-Of-Tomorrow: yes\r\nDate: Wed, 25 Nov 2026 08:00:00 GMT\r\n"
                    + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\n";

    private static final String TOO_NEW =
            "{\"message\":\"client version 1.99 is too new. Maximum supported API version is 1.45\"}\n";

    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        daemon = FakeDaemon.running(folder, ApiVersionTest::serve);
        proxy = ProxyUnderTest.allowingEverything(daemon.socket());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    /** Answers a ping with the version in its path, or with a version that no client supports. */
    private static void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (head.startsWith("GET /v1.99/containers/json ")) {
                peer.write("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: "
                        + TOO_NEW.length() + "\r\n\r\n" + TOO_NEW);
                continue;
            }
            String target = head.split(" ")[1];
            String version = target.startsWith("/v") ? target.substring(2, target.indexOf('/', 1)) : "1.99";
            peer.write(PING.formatted(version) + (head.startsWith("HEAD ") ? "" : "OK"));
        }
    }

    static Stream<String> versions() {
        return IntStream.rangeClosed(24, 99).mapToObj(minor -> "v1." + minor);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void versionsFrom24AreForwardedByteForByte(String version) throws Exception {
        proxy.ask("GET", "/" + version + "/containers/json?all=1");

        assertThat(daemon.takeHead())
                .isEqualTo("GET /" + version + "/containers/json?all=1 HTTP/1.1\r\nHost: docker\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v0.9", "v1.0", "v1.12", "v1.23"})
    void versionsBelow24AreDenied(String version) throws Exception {
        assertThat(proxy.ask("GET", "/" + version + "/containers/json"))
                .startsWith("HTTP/1.1 403 ")
                .contains("API versions below 1.24");
        assertThat(daemon.isUntouched()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"HEAD, /_ping", "GET, /_ping", "HEAD, /v1.24/_ping", "GET, /v1.45/_ping", "HEAD, /v2.0/_ping"})
    void pingResponseIsForwardedUnchanged(String method, String target) throws Exception {
        String version = target.startsWith("/v") ? target.substring(2, target.indexOf('/', 1)) : "1.99";
        try (RawClient client = proxy.connect()) {
            client.request(method, target);

            assertThat(client.readHead().lines().sorted())
                    .isEqualTo(PING.formatted(version).lines().sorted().toList());
        }
    }

    @Test
    void unknownVersionGetsTheErrorOfTheDaemon() throws Exception {
        assertThat(proxy.ask("GET", "/v1.99/containers/json"))
                .startsWith("HTTP/1.1 400 ")
                .endsWith("\r\n\r\n" + TOO_NEW);
    }
}
