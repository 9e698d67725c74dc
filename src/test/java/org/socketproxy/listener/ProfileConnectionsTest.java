package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** The limit of the connections of a profile, on each kind of listener. */
class ProfileConnectionsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{listener: ci}]
                variables: {CONTAINERS: 1}
                max: {connections: 2}
              others:
                variables: {CONTAINERS: 1}
            otherwise: others
            """;
    private static final String REFUSAL = "the limit of connections of this profile (2) is reached; close some, or set"
            + " max.connections higher (profile ci: policy.yaml line 5)";

    @TempDir
    Path folder;

    /** Opens a connection to one listener. */
    private interface Connector {
        RawClient connect() throws Exception;
    }

    private ProxyUnderTest start(FakeDaemon daemon, String listen, Map<String, String> more) throws IOException {
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        Map<String, String> environment = new HashMap<>(more);
        environment.put("LISTEN", listen);
        environment.put("POLICY", policy.toString());
        return ProxyUnderTest.with(daemon.socket(), environment);
    }

    private static int open(ProxyUnderTest proxy) {
        return proxy.server().load().open("ci", ProfileLimit.CONNECTIONS);
    }

    private static void assertThirdIsRefused(ProxyUnderTest proxy, Connector listener) throws Exception {
        List<RawClient> admitted = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            RawClient client = listener.connect();
            admitted.add(client);
            assertThat(client.request("GET", "/containers/json").readResponse()).startsWith("HTTP/1.1 200 ");
        }
        try (RawClient third = listener.connect()) {
            assertThat(third.request("GET", "/containers/json").readResponse())
                    .startsWith("HTTP/1.1 429 ")
                    .contains("Retry-After: ", "Connection: close", REFUSAL);
        }
        assertThat(proxy.refused(RejectionCounter.Cause.CONNECTIONS_OF_PROFILE)).isOne();
        assertThat(proxy.server().load().refused("ci", ProfileLimit.CONNECTIONS))
                .isOne();
        admitted.get(0).close();
        ProcessResources.await(() -> open(proxy) == 1);
        try (RawClient again = listener.connect()) {
            assertThat(again.request("GET", "/containers/json").readResponse()).startsWith("HTTP/1.1 200 ");
        }
        admitted.get(1).close();
        assertNothingIsOpen(proxy);
    }

    private static void assertNothingIsOpen(ProxyUnderTest proxy) throws InterruptedException {
        ProcessResources.await(() -> open(proxy) == 0);
        assertThat(open(proxy)).isZero();
    }

    @Test
    void tcp() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = start(daemon, "tcp://127.0.0.1:0?name=ci", Map.of())) {
            assertThirdIsRefused(proxy, proxy::connect);
        }
    }

    @Test
    void unixSocket() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = start(daemon, "unix://" + socket + "?name=ci", Map.of())) {
            assertThirdIsRefused(proxy, () -> RawClient.connect(socket));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void tls(String version) throws Exception {
        Certificates files = Certificates.in(folder)
                .server("server", "ca")
                .client("client", "/CN=runner-1", "ca", "DNS:runner-1.example");
        Map<String, String> settings = Map.of(
                "TLS_CERT", files.file("server.pem").toString(),
                "TLS_KEY", files.file("server-key.pem").toString(),
                "TLS_CLIENT_CA", files.file("ca.pem").toString());
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = start(daemon, "tls://127.0.0.1:0?name=ci", settings)) {
            TlsClient client = TlsClient.showing(files, "client", "ca");
            assertThirdIsRefused(proxy, () -> client.connect(proxy.port(), version));
        }
    }

    @Test
    void connectionsThatEndBeforeARequestNoLongerCount() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = start(daemon, "tcp://127.0.0.1:0?name=ci", Map.of("HEADER_TIMEOUT", "200ms"))) {
            try (RawClient silent = proxy.connect();
                    RawClient partial = proxy.connect()) {
                partial.send("GET /containers/json HTTP/1.1\r\n");
                ProcessResources.await(() -> open(proxy) == 2);
                assertThat(partial.readToEnd()).startsWith("HTTP/1.1 408 ");
                assertThat(silent.readToEnd()).isEmpty();
            }
            assertNothingIsOpen(proxy);
            RawClient reset = proxy.connect();
            ProcessResources.await(() -> open(proxy) == 1);
            reset.reset();
            assertNothingIsOpen(proxy);
        }
    }

    @Test
    void anotherProfileIsNotLimited() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = start(daemon, "unix://" + socket + "?name=ci,tcp://127.0.0.1:0", Map.of())) {
            List<RawClient> clients = new ArrayList<>();
            StringBuilder statuses = new StringBuilder();
            for (int i = 0; i < 6; i++) {
                RawClient client = i < 3 ? RawClient.connect(socket) : proxy.connect();
                clients.add(client);
                statuses.append(client.request("GET", "/containers/json").readResponse(), 9, 13);
            }
            for (RawClient client : clients) {
                client.close();
            }
            assertThat(statuses).hasToString("200 200 429 200 200 200 ");
        }
    }
}
