package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** Tests which clients a listener with client certificates accepts, and how it reports the others. */
class TlsListenerTest {
    private static final String STREAM_OF =
            "<code class=\"path\" title=\"/events\">/events</code>\n<span class=\"client\">";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    /** ClientHello of TLS 1.1 (RFC 4346): one cipher suite, no compression, no extension. */
    private static final byte[] HELLO_OF_1_1 =
            HexFormat.of().parseHex("160302002d01000029" + "0302" + "5a".repeat(32) + "00" + "0002002f" + "0100");

    private static final String MISSING = "the client sent no certificate. Give it one that a CA in"
            + " TLS_CLIENT_CA has signed (docker: DOCKER_CERT_PATH with cert.pem and key.pem)";
    private static final String REJECTED = "the client's certificate was rejected: ";

    @TempDir
    static Path certificates;

    private static Certificates files;

    @TempDir
    Path folder;

    @BeforeAll
    static void make() {
        files = Certificates.in(certificates)
                .authority("other-ca")
                .server("server", "ca")
                .client(
                        "alice",
                        "/O=Acme/CN=alice",
                        "ca",
                        "DNS:alice.example,IP:192.0.2.7,URI:spiffe://acme/alice,email:alice@acme.example")
                .client("stranger", "/CN=stranger", "other-ca", "DNS:stranger.example")
                .expired("old", "ca")
                .early("early", "ca");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nobody     | TLSv1.3 | tls-certificate-missing | " + MISSING,
                "nobody     | TLSv1.2 | tls-certificate-missing | " + MISSING,
                "stranger   | TLSv1.3 | tls-certificate-refused | " + REJECTED
                        + "unable to find valid certification path",
                "stranger   | TLSv1.2 | tls-certificate-refused | " + REJECTED
                        + "unable to find valid certification path",
                "server     | TLSv1.3 | tls-certificate-refused | " + REJECTED + "Extended key usage does not permit",
                "old        | TLSv1.3 | tls-certificate-refused | the client's certificate has expired (NotAfter: ",
                "old        | TLSv1.2 | tls-certificate-refused | the client's certificate has expired (NotAfter: ",
                "early      | TLSv1.3 | tls-certificate-refused | the client's certificate is not valid yet. Check the clocks",
                "distrusting | TLSv1.3 | tls-handshake | the client rejected the certificate of the proxy (certificate_unknown). Give it the CA",
                "plaintext  | -       | tls-handshake | the client does not speak TLS. Enable TLS in it (docker: DOCKER_TLS_VERIFY=1",
                "outdated   | TLSv1.1 | tls-handshake | the client supports neither TLS 1.2 nor 1.3. Use a newer one",
            })
    void failedHandshakesAreExplainedInTheLog(String client, String protocol, String code, String explanation)
            throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                TlsListenerFixture proxy =
                        new TlsListenerFixture(daemon.socket(), files, Map.of("LOG_FORMAT", "text"))) {
            assertThat(answer(client, protocol, proxy.port())).doesNotContain("HTTP/1.1 200");

            proxy.await("a line", () -> proxy.log().contains("TLS with "));
            assertThat(proxy.log()).contains("TLS with 127.0.0.1 failed: " + explanation);
            proxy.await("a record", () -> proxy.records().contains(" 127.0.0.1 deny " + code + " - - - 0 "));
            assertThat(proxy.records().lines()).hasSize(1);
            assertThat(daemon.isUntouched()).isTrue();
            // A valid client is still accepted.
            try (RawClient alice = TlsClient.showing(files, "alice", "ca").connect(proxy.port())) {
                assertThat(alice.request("GET", "/_ping").readResponse()).isEqualTo(OK);
            }
        }
    }

    /** Returns the response, or an empty text or the bytes of a TLS alert if there is none. */
    private static String answer(String client, String protocol, int port) {
        try {
            switch (client) {
                case "plaintext" -> {
                    try (RawClient clear = RawClient.connect(port)) {
                        return clear.request("GET", "/_ping").readToEnd();
                    }
                }
                case "outdated" -> {
                    try (Socket old = new Socket(InetAddress.getLoopbackAddress(), port)) {
                        old.getOutputStream().write(HELLO_OF_1_1);
                        byte[] alert = old.getInputStream().readAllBytes();
                        assertThat(alert).startsWith(21).endsWith(2, 70); // fatal, protocol_version
                        return "";
                    }
                }
                default -> {
                    String shown = List.of("nobody", "distrusting").contains(client) ? null : client;
                    String trusted = client.equals("distrusting") ? "other-ca" : "ca";
                    try (RawClient encrypted =
                            TlsClient.showing(files, shown, trusted).connect(port, protocol)) {
                        return encrypted.request("GET", "/_ping").readToEnd();
                    }
                }
            }
        } catch (IOException refused) {
            return "";
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.2, ''",
        "TLSv1.3, ''",
        "TLSv1.2, localhost",
        "TLSv1.3, localhost",
        "TLSv1.2, unknown.example",
        "TLSv1.3, unknown.example",
    })
    void anyServerNameIsAccepted(String protocol, String serverName) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                TlsListenerFixture proxy = new TlsListenerFixture(daemon.socket(), files, Map.of());
                RawClient client = TlsClient.showing(files, "alice", "ca")
                        .calling(serverName)
                        .connect(proxy.port(), protocol)) {
            assertThat(client.request("GET", "/_ping").readResponse()).isEqualTo(OK);
        }
    }

    @Test
    void portScanIsNotLogged() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                TlsListenerFixture proxy = new TlsListenerFixture(daemon.socket(), files, Map.of())) {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
                probe.shutdownOutput();
                try (InputStream in = probe.getInputStream()) {
                    assertThat(in.readAllBytes()).isEmpty();
                }
            }
            try (RawClient client = TlsClient.showing(files, "alice", "ca").connect(proxy.port())) {
                assertThat(client.request("GET", "/_ping").readResponse()).isEqualTo(OK);
            }
            proxy.await("a record", () -> !proxy.records().isEmpty());
            assertThat(proxy.log()).isEmpty();
            assertThat(proxy.records()).doesNotContain("deny");
        }
    }

    @ParameterizedTest
    @CsvSource({"text", "json"})
    void certificateIsInTheAuditLogAndOnThePage(String format) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
                    peer.readToEnd();
                });
                TlsListenerFixture proxy = new TlsListenerFixture(
                        daemon.socket(), files, Map.of("LOG_FORMAT", format, "STATUS_LISTEN", "tcp://127.0.0.1:0"));
                RawClient denied = TlsClient.showing(files, "alice", "ca").connect(proxy.port());
                RawClient stream = TlsClient.showing(files, "alice", "ca").connect(proxy.port())) {
            assertThat(denied.request("GET", "/images/json").readResponse()).startsWith("HTTP/1.1 403 ");
            stream.request("GET", "/events").readHead();
            assertThat(stream.read(6)).isEqualTo("3\r\none");

            String client = "127.0.0.1/CN=alice,O=Acme";
            proxy.await("the stream is shown", () -> shows(proxy, STREAM_OF + client + "</span>"));
            assertThat(proxy.page())
                    .contains("<span class=\"client\">" + client + "</span>", "requested by " + client + ".")
                    .doesNotContain("BEGIN", "spiffe", certificates.toString());
            stream.close();
            proxy.await(
                    "denial, begin and end of the stream are recorded",
                    () -> proxy.records().lines().count() == 3);
            String named = format.equals("text")
                    ? " " + client + " "
                    : "\"client\":\"127.0.0.1\",\"certificateSubject\":\"CN=alice,O=Acme\",\"certificateNames\":["
                            + "\"DNS:alice.example\",\"IP:192.0.2.7\",\"URI:spiffe://acme/alice\",\"email:alice@acme.example\"]";
            assertThat(proxy.records().lines()).isNotEmpty().allMatch(line -> line.contains(named));
        }
    }

    private static boolean shows(TlsListenerFixture proxy, String text) {
        try {
            return proxy.page().contains(text);
        } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }
}
