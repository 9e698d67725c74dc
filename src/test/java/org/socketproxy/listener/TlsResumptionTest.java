package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.tls.Credentials;
import org.socketproxy.tls.Identity;
import org.socketproxy.tls.TlsContext;

/** A resumed TLS session (RFC 8446 section 2.2) has the certificate of the session that it resumes. */
class TlsResumptionTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    static Path certificates;

    private static Certificates files;

    @TempDir
    Path folder;

    @BeforeAll
    static void make() {
        files = Certificates.in(certificates)
                .server("server", "ca")
                .client("alice", "/CN=alice", "ca", "DNS:alice.example")
                .client("bob", "/CN=bob", "ca", "DNS:bob.example");
    }

    @Test
    void numberOfSessionsIsBounded() throws Exception {
        Identity identity = Identity.load(files.file("server.pem"), files.file("server-key.pem"));

        assertThat(TlsContext.ofServer(identity, null).getServerSessionContext().getSessionCacheSize())
                .isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({"tls1_3, alice", "tls1_3, bob", "tls1_3, nobody", "tls1_2, alice", "tls1_2, bob", "tls1_2, nobody"})
    void resumedSessionKeepsItsCertificate(String version, String second) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                TlsListenerFixture proxy = new TlsListenerFixture(daemon.socket(), files, Map.of())) {
            String session = folder.resolve("session").toString();
            assertThat(connect(proxy, version, "alice", "-sess_out " + session)).contains("New, TLSv1");
            String resumed = connect(proxy, version, second, "-sess_in " + session);

            assertThat(resumed).contains("Reused, TLSv1", "HTTP/1.1 200");
            proxy.await(
                    "two records of alice",
                    () -> proxy.records()
                                    .lines()
                                    .filter(line -> line.contains("/CN=alice "))
                                    .count()
                            == 2);
            assertThat(proxy.records()).doesNotContain("bob");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls1_3", "tls1_2"})
    void newSessionHasItsOwnCertificate(String version) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                TlsListenerFixture proxy = new TlsListenerFixture(daemon.socket(), files, Map.of())) {
            connect(proxy, version, "alice", "");
            assertThat(connect(proxy, version, "bob", "")).contains("New, TLSv1", "HTTP/1.1 200");

            proxy.await("a record of bob", () -> proxy.records().contains("/CN=bob "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls1_3", "tls1_2"})
    void sessionIsNotResumedAfterTheCertificatesWereReloaded(String version) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                TlsListenerFixture proxy = new TlsListenerFixture(daemon.socket(), files, Map.of())) {
            String session = folder.resolve("session").toString();
            connect(proxy, version, "alice", "-sess_out " + session);
            proxy.server()
                    .replace(Credentials.load(proxy.server().configuration().settings()));

            assertThat(connect(proxy, version, "bob", "-sess_in " + session)).contains("New, TLSv1", "HTTP/1.1 200");
            proxy.await("a record of bob", () -> proxy.records().contains("/CN=bob "));
        }
    }

    /** Sends one request with OpenSSL, and returns its report and the response. */
    private String connect(TlsListenerFixture proxy, String version, String certificate, String options) {
        String shown =
                certificate.equals("nobody") ? "" : " -cert " + certificate + ".pem -key " + certificate + "-key.pem";
        return Cli.in(certificates, Map.of())
                .script(
                        "printf 'GET /_ping HTTP/1.1\\r\\nHost: d\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client"
                                + " -connect 127.0.0.1:" + proxy.port() + " -" + version + " -CAfile ca.pem -ign_eof"
                                + shown
                                + " " + options)
                .stdout();
    }
}
