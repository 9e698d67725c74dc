package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.reload.ChangePoller.Reloadable;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.FakeTlsDaemon;
import org.socketproxy.testing.Notices;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.tls.Authorities;

/** Reload of the files in {@code DOCKER_CERT_PATH}. */
class DaemonReloadTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private Certificates files;
    private FakeTlsDaemon daemon;
    private ProxyUnderTest proxy;
    private Reloadable watch;

    @BeforeEach
    void start() throws Exception {
        files = Certificates.in(folder)
                .authority("other-ca")
                .server("server", "ca")
                .client("me", "/CN=me", "ca", "DNS:me.example")
                .client("renewed", "/CN=renewed", "ca", "DNS:me.example");
        Path certificates = files.certPath("me", "ca");
        daemon = FakeTlsDaemon.running(server(), true, DaemonReloadTest::respondWithSubject);
        proxy = ProxyUnderTest.before(
                "tcp://localhost:" + daemon.port(),
                Map.of("DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", certificates.toString()));
        watch = proxy.server().tlsFiles(Notices.to(log)).get(0);
    }

    @AfterEach
    void stop() throws IOException {
        if (proxy != null) {
            proxy.close();
            daemon.close();
        }
    }

    private SSLContext server()
            throws IOException, GeneralSecurityException, org.socketproxy.tls.UnusableFileException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(files.keyStore("server"), Certificates.PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(Authorities.load(files.file("ca.pem")).toKeyStore());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /** Responds with the subject of the client's certificate and closes the connection after each request. */
    private static void respondWithSubject(SSLSocket client) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) client.getInputStream().read());
        }
        String name = client.getSession().getPeerPrincipal().getName();
        String answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + name.length() + "\r\n\r\n" + name;
        client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        client.getOutputStream().flush();
    }

    private String logged() {
        return Notices.withoutTimes(log.toString(StandardCharsets.UTF_8));
    }

    @Test
    void newConnectionUsesTheNewCertificate() throws Exception {
        assertThat(proxy.ask("GET", "/info")).endsWith("CN=me");

        files.replace("path-me/cert.pem", "renewed.pem");
        watch.poll();
        files.replace("path-me/key.pem", "renewed-key.pem");
        watch.poll();
        assertThat(logged()).isEmpty();
        watch.poll();

        assertThat(proxy.ask("GET", "/info")).endsWith("CN=renewed");
        assertThat(logged())
                .matches(
                        "info reload by a change of certificate or key: the proxy presents the"
                                + " certificate of CN=renewed, valid until \\S+ to the daemon; the daemon needs a certificate signed by CN=ca\n");
    }

    @Test
    void daemonThatIsNoLongerTrustedIsRefused() throws Exception {
        assertThat(proxy.ask("GET", "/info")).endsWith("CN=me");

        files.replace("path-me/ca.pem", "other-ca.pem");
        watch.reload();

        assertThat(proxy.ask("GET", "/info"))
                .startsWith("HTTP/1.1 502 ")
                .contains("its certificate is not signed by an authority in ca.pem");
    }

    @Test
    void unusableFilesChangeNothing() throws Exception {
        files.run("rm path-me/key.pem");
        watch.reload();

        assertThat(proxy.ask("GET", "/info")).endsWith("CN=me");
        assertThat(logged())
                .isEqualTo("warn reload by SIGHUP refused: DOCKER_CERT_PATH=" + folder
                        + "/path-me: key.pem: the file does not exist; create it, or name another file\n");
    }
}
