package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;

/** A client certificate that has expired, or whose CA a reload has removed, ends what rests on it. */
class CertificateEndTest {
    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    @TempDir
    Path folder;

    private Certificates files;
    private FakeDaemon daemon;
    private TlsListenerFixture proxy;

    @BeforeEach
    void start() throws Exception {
        files = Certificates.in(folder)
                .authority("other-ca")
                .server("server", "ca")
                .client("alice", "/CN=alice", "ca", "DNS:alice.example")
                .client("bob", "/CN=bob", "other-ca", "DNS:bob.example")
                .run("cp ca.pem server-ca.pem; cp ca.pem one-ca.pem; cat one-ca.pem other-ca.pem >ca.pem");
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                peer.write(answer(head.split(" ")[1]));
            }
        });
        proxy = new TlsListenerFixture(
                daemon.socket(), files, Map.of("CONTAINERS", "1", "ALLOW_ATTACH", "1", "POST", "1"));
    }

    private static String answer(String target) {
        return switch (target) {
            case "/events" -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n";
            case "/_ping" -> "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
            default -> "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
        };
    }

    @AfterEach
    void stop() throws IOException {
        if (proxy != null) {
            proxy.close();
            daemon.close();
        }
    }

    /** Opens an idle connection, a stream and a tunnel for each protocol. */
    private List<RawClient> open(String client) throws IOException {
        List<RawClient> open = new ArrayList<>();
        for (String protocol : PROTOCOLS) {
            RawClient idle = TlsClient.showing(files, client, "server-ca").connect(proxy.port(), protocol);
            assertThat(idle.request("GET", "/_ping").readResponse()).endsWith("OK");
            RawClient stream = TlsClient.showing(files, client, "server-ca").connect(proxy.port(), protocol);
            assertThat(stream.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200");
            assertThat(stream.read(5)).isEqualTo("2\r\n{}");
            RawClient tunnel = TlsClient.showing(files, client, "server-ca").connect(proxy.port(), protocol);
            tunnel.send("POST /containers/a/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
            assertThat(tunnel.readHead()).startsWith("HTTP/1.1 101");
            open.addAll(List.of(idle, stream, tunnel));
        }
        return open;
    }

    private static void assertEnded(List<RawClient> connections) throws IOException {
        for (RawClient each : connections) {
            assertThat(rest(each)).isEmpty();
            each.close();
        }
    }

    /** Reads to the end of the connection, or to its reset. */
    private static String rest(RawClient client) {
        try {
            return client.readToEnd();
        } catch (IOException reset) {
            return "";
        }
    }

    @Test
    void idleConnectionsStreamsAndTunnelsEndWhenTheCertificateExpires() throws Exception {
        Instant begin = Instant.now();
        List<RawClient> permanent = open("alice");
        Instant end = endAfter(begin, 6);
        List<RawClient> connections = open(shortLived(end));
        assertThat(Instant.now()).as("all connections are open before the end").isBefore(end);

        assertEnded(connections);

        proxy.await("the end of the exchanges", () -> proxy.server().openExchanges() == 4);
        proxy.await("the record", () -> proxy.records().contains("CN=short deny tls-certificate-refused "));
        proxy.await(
                "the log entry",
                () -> proxy.log().contains("CN=short is closed: the client's certificate has expired"));
        assertThat(proxy.server().refusals().count(RejectionCounter.Cause.CERTIFICATE_REFUSED))
                .isEqualTo(6);
        assertContinues(permanent);
    }

    /** Returns a time that the remaining work does not reach, even on a slow machine: a multiple of the time since the begin. */
    private static Instant endAfter(Instant begin, int times) {
        Instant now = Instant.now();
        return now.plusSeconds(3).plus(Duration.between(begin, now).multipliedBy(times));
    }

    private String shortLived(Instant end) {
        files.run("cp ca.pem both-ca.pem; cp one-ca.pem ca.pem")
                .clientUntil(end, "short", "ca")
                .run("cp both-ca.pem ca.pem");
        return "short";
    }

    private static void assertContinues(List<RawClient> connections) throws IOException {
        assertThat(connections.get(0).request("GET", "/_ping").readResponse()).endsWith("OK");
        for (RawClient each : connections) {
            each.close();
        }
    }

    @Test
    void reloadThatRemovesAnAuthorityEndsTheConnectionsOfItsClients() throws Exception {
        List<RawClient> kept = open("alice");
        List<RawClient> ended = open("bob");
        String session = session("bob");
        assertThat(resume(session, "tls1_3")).contains("HTTP/1.1 200");
        files.replace("ca.pem", "one-ca.pem");
        proxy.files().reload();

        assertEnded(ended);
        proxy.await("the end of the exchanges", () -> proxy.server().openExchanges() == 4);
        proxy.await("the record", () -> proxy.records().contains("CN=bob deny tls-certificate-refused "));
        assertThat(resume(session, "tls1_3")).doesNotContain("HTTP/1.1 200");
        assertContinues(kept);
    }

    /** Begins a session of each protocol, and returns the name of its file without the protocol. */
    private String session(String client) {
        String session = folder.resolve("session-").toString();
        for (String version : List.of("tls1_2", "tls1_3")) {
            assertThat(connect(version, client, "-sess_out " + session + version))
                    .contains("New, TLSv1", "HTTP/1.1 200");
        }
        return session;
    }

    /** Resumes a session without a certificate of its own. */
    private String resume(String session, String version) {
        return connect(version, "", "-sess_in " + session + version);
    }

    @Test
    void sessionIsNotResumedAfterTheEndOfItsCertificate() throws Exception {
        Instant begin = Instant.now();
        session("bob");
        Instant end = endAfter(begin, 10);
        String session = session(shortLived(end));
        for (String version : List.of("tls1_2", "tls1_3")) {
            assertThat(resume(session, version)).contains("Reused, TLSv1", "HTTP/1.1 200");
        }
        assertThat(Instant.now()).as("both sessions are resumed before the end").isBefore(end);
        while (Instant.now().isBefore(end.plusSeconds(1))) {
            TimeUnit.MILLISECONDS.sleep(50);
        }

        for (String version : List.of("tls1_2", "tls1_3")) {
            assertThat(resume(session, version)).doesNotContain("HTTP/1.1 200");
        }
        proxy.await("the log entry", () -> proxy.log().contains("failed: the client's certificate has expired"));
        assertThat(proxy.server().refusals().count(RejectionCounter.Cause.CERTIFICATE_REFUSED))
                .isEqualTo(2);
    }

    /** Sends one request with OpenSSL, and returns its report and the response. */
    private String connect(String version, String client, String options) {
        String shown = client.isEmpty() ? "" : " -cert " + client + ".pem -key " + client + "-key.pem";
        return Cli.in(folder, Map.of())
                .script(
                        "printf 'GET /_ping HTTP/1.1\\r\\nHost: d\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client"
                                + " -connect 127.0.0.1:" + proxy.port() + " -" + version
                                + " -CAfile server-ca.pem -ign_eof"
                                + shown + " " + options)
                .stdout();
    }
}
