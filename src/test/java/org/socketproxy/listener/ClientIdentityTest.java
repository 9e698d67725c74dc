package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.server.AbstractConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.client.CertificateIdentity.CertificateName;
import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** Tests the identity that each kind of listener gives to its clients. */
class ClientIdentityTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    /** Returns the client of the only connection. */
    private static Client only(ProxyUnderTest proxy) {
        List<Client> clients = proxy.server().connectors().stream()
                .map(AbstractConnector::getConnectedEndPoints)
                .flatMap(java.util.Collection::stream)
                .map(Client::of)
                .toList();
        assertThat(clients).hasSize(1);
        return clients.get(0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp://127.0.0.1:0?name=edge | 127.0.0.1 | 127.0.0.1 | edge",
                "tcp://127.0.0.1:0           | 127.0.0.1 | 127.0.0.1 |",
                "tcp://0.0.0.0:0?name=v4     | 127.0.0.5 | 127.0.0.5 | v4",
                // One socket for both families: Linux reports the client as ::ffff:127.0.0.5.
                "tcp://[::]:0?name=both      | 127.0.0.5 | 127.0.0.5 | both",
                "tcp://:0?name=all           | 127.0.0.5 | 127.0.0.5 | all",
                "tcp://[::1]:0?name=v6       | ::1       | 0:0:0:0:0:0:0:1 | v6",
            })
    void tcpClientHasListenerRemoteAndLocalAddress(String listen, String host, String local, String name)
            throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("LISTEN", listen));
                RawClient raw = RawClient.over(new Socket(InetAddress.getByName(host), proxy.port()))) {
            assertThat(raw.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200");

            Client client = only(proxy);
            assertThat(client.listener()).isEqualTo(name);
            assertThat(client.remote()).hasToString(host.equals("::1") ? local : "127.0.0.1");
            assertThat(client.local()).hasToString(local);
            assertThat(client.remote()).isEqualTo(IpAddress.of(InetAddress.getByName(client.address())));
            assertThat(client.peer()).isNull();
            assertThat(client.certificate()).isNull();
        }
    }

    @Test
    void unixClientHasListenerAndNumbersOfUserAndGroup() throws Exception {
        Path own = Files.createFile(folder.resolve("own"));
        Path socket = folder.resolve("proxy.sock");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy =
                        ProxyUnderTest.with(daemon.socket(), Map.of("LISTEN", "unix://" + socket + "?name=ci"));
                RawClient raw = RawClient.connect(socket)) {
            assertThat(raw.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200");

            Client client = only(proxy);
            assertThat(client.listener()).isEqualTo("ci");
            UnixPeer peer = client.peer();
            assertThat(peer.uid()).isEqualTo(Files.getAttribute(own, "unix:uid"));
            assertThat(peer.gid()).isEqualTo(Files.getAttribute(own, "unix:gid"));
            assertThat(client.remote()).isNull();
            assertThat(client.local()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Forwarded-For: 10.0.0.1",
                "X-Real-IP: 10.0.0.1",
                "Forwarded: for=10.0.0.1;by=10.0.0.2;host=edge",
                "X-Forwarded-Client-Cert: Subject=\"CN=root\"",
                "X-SSL-Client-CN: root",
                "Via: 1.1 10.0.0.1",
            })
    void headersDoNotChangeTheIdentity(String header) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy =
                        ProxyUnderTest.with(daemon.socket(), Map.of("LISTEN", "tcp://127.0.0.1:0?name=edge"));
                RawClient raw = proxy.connect()) {
            Client before = identified(proxy, raw, "");
            assertThat(identified(proxy, raw, header + "\r\n")).isEqualTo(before);
            assertThat(before.remote()).hasToString("127.0.0.1");
        }
    }

    private static Client identified(ProxyUnderTest proxy, RawClient raw, String header) throws Exception {
        raw.send("GET /_ping HTTP/1.1\r\nHost: edge\r\n" + header + "\r\n");
        assertThat(raw.readResponse()).startsWith("HTTP/1.1 200");
        return only(proxy);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 10.0.0.1 10.0.0.2 1000 2000\r\n",
                "\r\n\r\n\u0000\r\nQUIT\n!\u0011\u0000\u000c\n\u0000\u0000\u0001\n\u0000\u0000\u0002\u0003\u0084\u0003\u0085",
            })
    void proxyProtocolIsNotSupported(String line) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of());
                RawClient raw = proxy.connect()) {
            raw.send(line + "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n");
            assertThat(raw.readToEnd()).startsWith("HTTP/1.1 400 ");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void tlsClientHasTheNamesOfItsCertificate() throws Exception {
        Certificates files = Certificates.in(folder)
                .server("server", "ca")
                .client(
                        "alice",
                        "/O=Acme/CN=alice",
                        "ca",
                        "DNS:alice.example,URI:spiffe://acme/alice,email:a@acme.example")
                .client("bob", "/CN=bob", "ca", "DNS:bob.example");
        Map<String, String> environment = Map.of(
                "LISTEN", "tls://127.0.0.1:0?name=edge",
                "TLS_CERT", files.file("server.pem").toString(),
                "TLS_KEY", files.file("server-key.pem").toString(),
                "TLS_CLIENT_CA", files.file("ca.pem").toString());
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), environment)) {
            Client alice = tlsClient(proxy, files, "alice");
            Client bob = tlsClient(proxy, files, "bob");

            assertThat(alice.listener()).isEqualTo("edge");
            assertThat(alice.certificate().identity().commonName()).isEqualTo("alice");
            for (ClientMatcher condition : List.of(
                    ClientMatcher.certificate(CertificateName.CN, "ali*"),
                    ClientMatcher.certificate(CertificateName.DNS, "alice.example"),
                    ClientMatcher.certificate(CertificateName.URI, "spiffe://acme/alice"),
                    ClientMatcher.certificate(CertificateName.EMAIL, "*@acme.example"))) {
                assertThat(condition.matches(alice)).as(condition.text()).isTrue();
                assertThat(condition.matches(bob)).as(condition.text()).isFalse();
            }
        }
    }

    private static Client tlsClient(ProxyUnderTest proxy, Certificates files, String name) throws Exception {
        try (RawClient raw = TlsClient.showing(files, name, "ca").connect(proxy.port())) {
            assertThat(raw.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200");
            return proxy.server().connectors().get(0).getConnectedEndPoints().stream()
                    .map(Client::of)
                    .filter(client -> client.name().endsWith("CN=" + name)
                            || client.name().contains("CN=" + name + ","))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
