package org.socketproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.FakeTlsDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.tls.Authorities;
import org.socketproxy.tls.Identity;
import org.socketproxy.tls.TlsContext;
import org.socketproxy.tls.UnusableFileException;

/** Tests TLS to the daemon: server verification, the client certificate, and the error messages. */
class TlsDaemonTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String FOREIGN =
            "its certificate is not signed by an authority in ca.pem. Is it the right daemon,"
                    + " and the right DOCKER_CERT_PATH?";
    private static final String NAMES =
            "its certificate does not contain this host name. Use one of its subject alternative names in DOCKER_HOST,"
                    + " or issue a certificate with this name";

    private static final String REFUSED =
            "it rejected this proxy's certificate (*). Put one that a CA of the daemon has signed into"
                    + " DOCKER_CERT_PATH, as cert.pem and key.pem";
    /** The message if the end of the connection arrives before the alert. TLS 1.3 sends the alert after the request. */
    private static final String LOST =
            "it closed the connection or did not speak HTTP. Does it accept this proxy's certificate"
                    + " (cert.pem, key.pem)?";

    @TempDir
    static Path folder;

    private static Certificates files;

    @BeforeAll
    static void make() throws IOException {
        files = Certificates.in(folder)
                .authority("other-ca")
                .server("server", "ca")
                .server("foreign", "other-ca")
                .expired("old", "ca")
                .client("me", "/CN=me", "ca", "DNS:me.example")
                .client("stranger", "/CN=stranger", "other-ca", "DNS:stranger.example")
                .client("localhost", "/CN=localhost", "ca", "email:nobody@example.org")
                .run(
                        "sed 's/clientAuth/serverAuth/' me.ext >elsewhere.ext; openssl x509 -req -in me.csr -CA ca.pem"
                                + " -CAkey ca-key.pem -extfile elsewhere.ext -out elsewhere.pem; cp me-key.pem elsewhere-key.pem")
                .run(
                        "sed 's/clientAuth/serverAuth/' localhost.ext >named.ext; openssl x509 -req -in localhost.csr -CA"
                                + " ca.pem -CAkey ca-key.pem -extfile named.ext -out named.pem; cp localhost-key.pem named-key.pem");
        files.certPath("me", "ca");
        files.certPath("stranger", "ca");
        Files.copy(
                files.file("ca.pem"),
                Files.createDirectory(folder.resolve("path-nobody")).resolve("ca.pem"));
        // ca.pem contains the daemon's own certificate instead of that of its CA.
        files.run("cp -r path-me path-pinned && cp server.pem path-pinned/ca.pem");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server    | me       | localhost | 200 OK",
                "server    | me       | 127.0.0.1 | 200 OK",
                "server    | pinned   | localhost | 200 OK",
                "foreign   | me       | localhost | 502 " + FOREIGN,
                "foreign   | pinned   | localhost | 502 " + FOREIGN,
                "old       | me       | localhost | 502 its certificate has expired. Renew it",
                "elsewhere | me       | localhost | 502 " + NAMES,
                "elsewhere | me       | 127.0.0.1 | 502 " + NAMES,
                "named     | me       | localhost | 502 " + NAMES, // only its common name matches
                "named     | pinned   | localhost | 502 " + FOREIGN,
                "server    | stranger | localhost | 502 " + REFUSED,
                "server    | nobody   | localhost | 502 " + REFUSED,
            })
    void requestIsSentOnlyAfterMutualVerification(String server, String client, String host, String seen)
            throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (FakeTlsDaemon daemon = FakeTlsDaemon.running(server(server), true, peer -> {
            while (readHead(peer)) {
                asked.incrementAndGet();
                write(peer, OK);
            }
        })) {
            String address = "tcp://" + host + ":" + daemon.port();
            try (ProxyUnderTest proxy = before(address, client);
                    RawClient raw = proxy.connect()) {
                String answer = raw.request("GET", "/info").readAnswer("GET").toString();

                assertThat(normalized(answer, address)).isIn(seen, seen.replace(REFUSED, LOST));
            }
            String problem = DaemonProbe.of(new TcpDaemon(host, daemon.port(), new DaemonTls(context(client))))
                    .answer()
                    .problem();
            String told = seen.equals("200 OK") ? "" : seen.substring(4);
            assertThat(normalized(problem, address)).isIn(told, told.replace(REFUSED, LOST));
            assertThat(asked.get() > 0).isEqualTo(seen.equals("200 OK"));
        }
    }

    private static String normalized(String message, String address) {
        return message.replace("no answer from the daemon at " + address + ": ", "")
                .replaceFirst("(?<=certificate )\\([a-z_]+\\)", "(*)");
    }

    @Test
    void noClientCertificateIsNeededIfTheDaemonRequestsNone() throws Exception {
        try (FakeTlsDaemon daemon = FakeTlsDaemon.running(server("server"), false, TlsDaemonTest::answer);
                ProxyUnderTest proxy = before("tcp://localhost:" + daemon.port(), "nobody")) {
            assertThat(proxy.ask("GET", "/info")).endsWith("\r\n\r\nOK");
        }
    }

    @Test
    void daemonWithoutTlsGetsNoRequest() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.onTcp(peer -> {
                    peer.read(100);
                    peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                });
                ProxyUnderTest proxy = before(daemon.host(), "me")) {
            assertThat(proxy.ask("GET", "/info"))
                    .contains("it does not speak TLS on this port. Use its TLS port, or unset DOCKER_TLS_VERIFY");
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void handshakeTimeoutIsA504() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
                ProxyUnderTest proxy = before("tcp://127.0.0.1:" + silent.getLocalPort(), "me")) {
            assertThat(proxy.ask("GET", "/info")).startsWith("HTTP/1.1 504 ").contains("did not answer in time");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Connection: Upgrade\r\nUpgrade: tcp\r\n", ""})
    void tunnelForwardsHalfClose(String upgradeHeaders) throws Exception {
        try (FakeTlsDaemon daemon = FakeTlsDaemon.running(server("server"), true, TlsDaemonTest::echo);
                ProxyUnderTest proxy = before("tcp://localhost:" + daemon.port(), "me");
                RawClient client = proxy.connect()) {
            client.send("POST /exec/a/start HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n" + upgradeHeaders + "\r\n{}");

            assertThat(client.readHead()).startsWith(upgradeHeaders.isEmpty() ? "HTTP/1.1 200 " : "HTTP/1.1 101 ");
            assertThat(client.read(6)).isEqualTo("hello ");
            client.send("input").shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("[input]");
        }
    }

    private static void echo(SSLSocket client) throws IOException {
        readHead(client);
        client.getInputStream().skipNBytes(2);
        write(client, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello ");
        String input = new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        write(client, "[" + input + "]");
        client.shutdownOutput();
    }

    private static void answer(SSLSocket client) throws IOException {
        while (readHead(client)) {
            write(client, OK);
        }
    }

    private static boolean readHead(SSLSocket client) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = client.getInputStream().read();
            if (next < 0) {
                return false;
            }
            head.append((char) next);
        }
        return true;
    }

    private static void write(SSLSocket client, String text) throws IOException {
        OutputStream out = client.getOutputStream();
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    private static ProxyUnderTest before(String host, String client) {
        return ProxyUnderTest.before(
                host,
                Map.of(
                        "DOCKER_TLS_VERIFY",
                        "1",
                        "DOCKER_CERT_PATH",
                        folder.resolve("path-" + client).toString()));
    }

    private static SSLContext context(String client) throws UnusableFileException {
        Path path = folder.resolve("path-" + client);
        Identity identity = Files.exists(path.resolve("cert.pem"))
                ? Identity.load(path.resolve("cert.pem"), path.resolve("key.pem"))
                : null;
        return TlsContext.ofClient(identity, Authorities.load(path.resolve("ca.pem")));
    }

    /** Creates the context of a server that trusts the CA. It also loads certificates that the proxy would reject. */
    private static SSLContext server(String name) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(files.keyStore(name), Certificates.PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(Authorities.load(files.file("ca.pem")).toKeyStore());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
