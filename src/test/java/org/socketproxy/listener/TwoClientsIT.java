package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.client.CertificateIdentity.CertificateName;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ClientProgram;
import org.socketproxy.testing.MatchedListeners;
import org.socketproxy.testing.NetworkNamespace;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** Two clients at the same time: each gets what its condition grants, and not what the other one gets. */
class TwoClientsIT {
    private static final String CONTAINERS = "/containers/json";
    private static final String IMAGES = "/images/json";
    private static final Set<String> READ_CONTAINERS = Set.of("CONTAINERS");
    private static final Set<String> READ_IMAGES = Set.of("IMAGES");
    private static final int CONNECTIONS = 20;
    private static final int REQUESTS = 10;

    @TempDir
    Path folder;

    @BeforeEach
    void needsRoot() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "root is needed");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void peersOfAUnixSocketAreSeparatedByUid() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        try (MatchedListeners proxy = new MatchedListeners(
                Map.of("LISTEN", "unix://" + socket + "?mode=0666"),
                Map.of(
                        ClientMatcher.uid(0), READ_CONTAINERS,
                        ClientMatcher.all(List.of(ClientMatcher.uid(54321), ClientMatcher.gid(54322))), READ_IMAGES))) {
            String peer = socket.toString();
            checkTogether(
                    ClientProgram.plain().start(peer, CONNECTIONS, REQUESTS, CONTAINERS),
                    "200 [uid 0][unix:root:root]\n",
                    ClientProgram.ofUser(54321, 54322).start(peer, CONNECTIONS, REQUESTS, IMAGES),
                    "200 [uid 54321 and gid 54322][unix:54321:54322]\n");
            assertThat(ClientProgram.plain().get(peer, IMAGES)).startsWith("403 ");
            assertThat(ClientProgram.ofUser(54321, 54322).get(peer, CONTAINERS)).startsWith("403 ");
            assertThat(ClientProgram.ofUser(54321, 0).get(peer, IMAGES)).startsWith("403 ");
            assertThat(ClientProgram.ofUser(54322, 54322).get(peer, IMAGES)).startsWith("403 ");
        }
    }

    @Test
    void uidIsTheOneOfTheTimeOfTheConnection() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        try (MatchedListeners proxy = new MatchedListeners(
                Map.of("LISTEN", "unix://" + socket + "?mode=0666"), Map.of(ClientMatcher.uid(0), READ_CONTAINERS))) {
            assertThat(ClientProgram.plain().getAfterSetuid(socket.toString(), CONTAINERS, 54321))
                    .isEqualTo("200 [uid 0][unix:root:root]\n");
        }
    }

    @Test
    void rootOfAUserNamespaceIsTheUserThatCreatedIt() throws Exception {
        ClientProgram fake = ClientProgram.ofUser(54321, 54321).asRootOfAUserNamespace();
        Path socket = folder.resolve("proxy.sock");
        try (MatchedListeners proxy = new MatchedListeners(
                Map.of("LISTEN", "unix://" + socket + "?mode=0666"),
                Map.of(ClientMatcher.uid(0), READ_CONTAINERS, ClientMatcher.uid(54321), READ_IMAGES))) {
            assertThat(fake.get(socket.toString(), IMAGES)).isEqualTo("200 [uid 54321][unix:54321:54321]\n");
            assertThat(fake.get(socket.toString(), CONTAINERS)).startsWith("403 ");
        }
    }

    /** The proxy runs in a user namespace that maps only root: the kernel reports every other user as 65534. */
    @Test
    void unmappedPeerOfAProxyInAUserNamespaceHasNoUid() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        try (Cli.Running printer = Cli.in(folder, Map.of())
                .start(
                        "unshare",
                        "--user",
                        "--map-root-user",
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.socketproxy.testing.PeerPrinter",
                        socket.toString())) {
            printer.awaitUntil(
                    "the socket", Duration.ofSeconds(60), () -> printer.stdout().contains("ready\n"));
            assertThat(ClientProgram.plain().get(socket.toString(), "/")).startsWith("200 0 0");
            assertThat(ClientProgram.ofUser(54321, 54321).get(socket.toString(), "/"))
                    .startsWith("200 -1 -1");
            assertThat(ClientProgram.ofUser(65534, 65534).get(socket.toString(), "/"))
                    .startsWith("200 -1 -1");
        }
    }

    @Test
    void clientsOfTwoNetworksAreSeparatedByAddress() throws Exception {
        try (NetworkNamespace one = NetworkNamespace.create(1);
                NetworkNamespace two = NetworkNamespace.create(2);
                MatchedListeners proxy = new MatchedListeners(
                        Map.of("LISTEN", "tcp://:0"),
                        Map.of(
                                ClientMatcher.network("198.18.1.0/24"), READ_CONTAINERS,
                                ClientMatcher.network(two.address()), READ_IMAGES))) {
            String fromOne = one.hostAddress() + ":" + proxy.port(0);
            String fromTwo = two.hostAddress() + ":" + proxy.port(0);
            checkTogether(
                    ClientProgram.in(one).start(fromOne, CONNECTIONS, REQUESTS, CONTAINERS),
                    "200 [network 198.18.1.0/24][198.18.1.2]\n",
                    ClientProgram.in(two).start(fromTwo, CONNECTIONS, REQUESTS, IMAGES),
                    "200 [network 198.18.2.2][198.18.2.2]\n");
            assertThat(ClientProgram.in(one).get(fromOne, IMAGES)).startsWith("403 ");
            assertThat(ClientProgram.in(two).get(fromTwo, CONTAINERS)).startsWith("403 ");
        }
    }

    /** Linux accepts a packet for any of its addresses on any device, so {@code local} alone does not separate networks. */
    @Test
    void clientThatAddsARouteReachesTheLocalAddressOfAnotherNetwork() throws Exception {
        try (NetworkNamespace one = NetworkNamespace.create(1);
                NetworkNamespace two = NetworkNamespace.create(2);
                MatchedListeners proxy = new MatchedListeners(
                        Map.of("LISTEN", "tcp://:0"),
                        Map.of(
                                ClientMatcher.all(List.of(
                                                ClientMatcher.local(one.hostAddress()),
                                                ClientMatcher.network("198.18.1.0/24"))),
                                        READ_CONTAINERS,
                                ClientMatcher.all(List.of(
                                                ClientMatcher.local(one.hostAddress()),
                                                ClientMatcher.network("198.18.2.0/24"))),
                                        READ_IMAGES))) {
            String peer = one.hostAddress() + ":" + proxy.port(0);
            two.route(one.hostAddress() + " via " + two.hostAddress());

            assertThat(ClientProgram.in(two).get(peer, IMAGES))
                    .isEqualTo("200 [local 198.18.1.1 and network 198.18.2.0/24][198.18.2.2]\n");
            assertThat(ClientProgram.in(two).get(peer, CONTAINERS)).startsWith("403 ");
            assertThat(ClientProgram.in(one).get(peer, CONTAINERS)).startsWith("200 ");
        }
    }

    @Test
    void clientsOfTwoListenersAreSeparatedByTheirNames() throws Exception {
        try (MatchedListeners proxy = new MatchedListeners(
                Map.of("LISTEN", "tcp://127.0.0.1:0?name=edge,tcp://127.0.0.1:0?name=ci"),
                Map.of(
                        ClientMatcher.listener("edge"), READ_CONTAINERS,
                        ClientMatcher.listener("ci"), READ_IMAGES))) {
            String edge = "127.0.0.1:" + proxy.port(0);
            String ci = "127.0.0.1:" + proxy.port(1);
            checkTogether(
                    ClientProgram.plain().start(edge, CONNECTIONS, REQUESTS, CONTAINERS),
                    "200 [listener edge][127.0.0.1]\n",
                    ClientProgram.plain().start(ci, CONNECTIONS, REQUESTS, IMAGES),
                    "200 [listener ci][127.0.0.1]\n");
            assertThat(ClientProgram.plain().get(edge, IMAGES)).startsWith("403 ");
            assertThat(ClientProgram.plain().get(ci, CONTAINERS)).startsWith("403 ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void clientsOfATlsListenerAreSeparatedByCertificate(String version) throws Exception {
        Certificates files = Certificates.in(folder)
                .server("server", "ca")
                .client("runner-7", "/CN=runner-7", "ca", "DNS:a.ci.example")
                .client("runner-7.evil", "/CN=runner-7.evil", "ca", "URI:spiffe://td/ns/ci/sa/x");
        try (MatchedListeners proxy = new MatchedListeners(
                Map.of(
                        "LISTEN", "tls://127.0.0.1:0",
                        "TLS_CERT", files.file("server.pem").toString(),
                        "TLS_KEY", files.file("server-key.pem").toString(),
                        "TLS_CLIENT_CA", files.file("ca.pem").toString()),
                Map.of(
                        ClientMatcher.certificate(CertificateName.CN, "runner-*"), READ_CONTAINERS,
                        ClientMatcher.certificate(CertificateName.URI, "spiffe://td/ns/ci/sa/*"), READ_IMAGES))) {
            TlsClient runner = TlsClient.showing(files, "runner-7", "ca");
            TlsClient evil = TlsClient.showing(files, "runner-7.evil", "ca");
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                Future<String> first = threads.submit(requests(runner, proxy.port(0), version, CONTAINERS));
                Future<String> second = threads.submit(requests(evil, proxy.port(0), version, IMAGES));

                assertThat(first.get()).isEqualTo("200 ".repeat(CONNECTIONS * REQUESTS));
                assertThat(second.get()).isEqualTo("200 ".repeat(CONNECTIONS * REQUESTS));
                assertThat(requests(runner, proxy.port(0), version, IMAGES).call())
                        .isEqualTo("403 ".repeat(CONNECTIONS * REQUESTS));
                assertThat(requests(evil, proxy.port(0), version, CONTAINERS).call())
                        .isEqualTo("403 ".repeat(CONNECTIONS * REQUESTS));
            } finally {
                threads.shutdownNow();
            }
        }
    }

    /** Sends requests on several connections, which resume the TLS session, and returns the status codes. */
    private static Callable<String> requests(TlsClient client, int port, String version, String target) {
        return () -> {
            StringBuilder statuses = new StringBuilder();
            for (int i = 0; i < CONNECTIONS; i++) {
                try (RawClient raw = client.connect(port, version)) {
                    for (int j = 0; j < REQUESTS; j++) {
                        statuses.append(raw.request("GET", target).readResponse(), 9, 13);
                    }
                }
            }
            return statuses.toString();
        };
    }

    private static void checkTogether(Cli.Running one, String line, Cli.Running other, String otherLine) {
        String first = ClientProgram.output(one);
        String second = ClientProgram.output(other);
        assertThat(first).isEqualTo(line.repeat(CONNECTIONS * REQUESTS));
        assertThat(second).isEqualTo(otherLine.repeat(CONNECTIONS * REQUESTS));
    }
}
