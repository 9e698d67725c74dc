package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.listener.TlsListenerFixture;
import org.socketproxy.reload.ChangePoller.Reloadable;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TlsClient;
import org.socketproxy.tls.Authorities;
import org.socketproxy.tls.Credentials;
import org.socketproxy.tls.DaemonCredentials;
import org.socketproxy.tls.Identity;
import org.socketproxy.tls.ListenerCredentials;

/** Reload of the listeners' certificates and keys. */
class TlsReloadTest {
    @TempDir
    Path folder;

    private final CompletableFuture<Void> resume = new CompletableFuture<>();
    private Certificates files;
    private FakeDaemon daemon;
    private TlsListenerFixture door;
    private Reloadable watch;

    @BeforeEach
    void start() throws Exception {
        files = Certificates.in(folder)
                .authority("other-ca")
                .server("server", "ca")
                .server("renewed", "ca")
                .expired("old", "ca")
                .client("alice", "/CN=alice", "ca", "DNS:alice.example")
                .client("bob", "/CN=bob", "other-ca", "DNS:bob.example")
                .run("echo nothing >text.pem; : >empty.pem; cat ca.pem other-ca.pem >both-ca.pem");
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                if (head.startsWith("GET /events ")) {
                    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none");
                    resume.join();
                    peer.write("\r\n3\r\ntwo\r\n0\r\n\r\n");
                    return;
                }
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            }
        });
        door = new TlsListenerFixture(daemon.socket(), files, Map.of());
        watch = door.files();
    }

    @AfterEach
    void stop() throws IOException {
        resume.complete(null);
        if (door != null) {
            door.close();
            daemon.close();
        }
    }

    /** Subject of the certificate that the listener presents. */
    private String shown() throws IOException {
        try (SSLSocket socket = TlsClient.showing(files, "alice", "ca").socket(door.port())) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    private String ask(String client) throws IOException {
        try (RawClient raw = TlsClient.showing(files, client, "ca").connect(door.port())) {
            return raw.request("GET", "/_ping").readResponse();
        }
    }

    private ReloadResult lastReload() {
        return java.util.Objects.requireNonNull(door.server().configuration().lastReload());
    }

    @Test
    void sighupAppliesTheNewCertificateImmediately() throws Exception {
        assertThat(shown()).isEqualTo("CN=server");
        files.replace("server.pem", "renewed.pem");
        files.replace("server-key.pem", "renewed-key.pem");

        watch.reload();

        assertThat(shown()).isEqualTo("CN=renewed");
        assertThat(door.log())
                .startsWith("info reload by SIGHUP: the certificate of tls:// addresses is that of"
                        + " CN=renewed, valid until ")
                .endsWith("; clients need a certificate signed by CN=ca\n");
        assertThat(lastReload().isApplied()).isTrue();
        assertThat(lastReload().sentences()).hasSize(1);
    }

    @Test
    void changeIsAppliedWhenTwoPollsReadTheSame() throws Exception {
        watch.poll();
        files.replace("server.pem", "renewed.pem");
        watch.poll();
        files.replace("server-key.pem", "renewed-key.pem");
        watch.poll();
        assertThat(shown()).isEqualTo("CN=server");
        assertThat(door.log()).isEmpty();

        watch.poll();

        assertThat(shown()).isEqualTo("CN=renewed");
        assertThat(door.log()).startsWith("info reload by a change of certificate or key: ");
        assertThat(lastReload().cause()).isEqualTo("a change of certificate or key");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server.pem     | old.pem         | TLS_CERT=@server.pem: this certificate expired at 2020-02-01T00:00:00Z",
                "server.pem     | text.pem        | TLS_CERT=@server.pem: the file contains no certificate",
                "server.pem     | renewed.pem     | TLS_KEY=@server-key.pem: this key does not belong to the certificate",
                "server-key.pem | renewed-key.pem | TLS_KEY=@server-key.pem: this key does not belong to the certificate",
                "server-key.pem | empty.pem       | TLS_KEY=@server-key.pem: the file contains no key",
                "ca.pem         | empty.pem       | TLS_CLIENT_CA=@ca.pem: the file contains no certificate",
            })
    void unusableFilesChangeNothingAndAreReported(String file, String by, String sentence) throws Exception {
        files.run("cp ca.pem trusted.pem");
        files.replace(file, by);

        watch.poll();
        watch.poll();
        watch.poll();

        try (RawClient client = TlsClient.showing(files, "alice", "trusted").connect(door.port())) {
            assertThat(client.request("GET", "/_ping").readResponse()).endsWith("OK");
        }
        assertThat(door.log().lines())
                .singleElement()
                .asString()
                .startsWith("warn reload by a change of certificate or key refused: "
                        + sentence.replace("@", folder + "/"));
        assertThat(lastReload().isApplied()).isFalse();
    }

    /** Opening a FIFO blocks until a writer opens it: the reload refuses it, and continues with other changes. */
    @ParameterizedTest
    @ValueSource(strings = {"server.pem", "server-key.pem", "ca.pem"})
    void fifoInPlaceOfAFileIsRefusedAndBlocksNothing(String name) throws Exception {
        files.run("mv " + name + " kept.pem && mkfifo " + name);
        watch.poll();
        watch.poll();
        assertThat(door.log()).contains(" refused: ").contains("this is not a regular file; name a PEM file");
        assertThat(lastReload().isApplied()).isFalse();

        watch.reload();
        assertThat(door.log()).contains("reload by SIGHUP refused: ");

        files.run("rm " + name + " && mv kept.pem " + name);
        watch.reload();
        assertThat(lastReload().isApplied()).isTrue();
    }

    /** The files are readable, but a TLS context cannot be created: the listeners keep the old certificate. */
    @ParameterizedTest
    @ValueSource(strings = {"listeners", "daemon"})
    void failureOfOneContextChangesNeither(String failing) throws Exception {
        files.replace("server.pem", "renewed.pem");
        files.replace("server-key.pem", "renewed-key.pem");
        Identity renewed = Identity.load(files.file("server.pem"), files.file("server-key.pem"));
        Authorities authorities = Authorities.load(files.file("ca.pem"));
        Identity unusable = new Identity(renewed.chain(), new KeyWithoutBytes());
        Credentials fresh = failing.equals("daemon")
                ? new Credentials(
                        new ListenerCredentials(renewed, authorities), new DaemonCredentials(unusable, authorities))
                : new Credentials(new ListenerCredentials(unusable, authorities), null);

        assertThatThrownBy(() -> door.server().replace(fresh)).isInstanceOf(IllegalStateException.class);

        assertThat(shown()).isEqualTo("CN=server");
    }

    /** A key without encoded bytes, like a hardware key: an in-memory key store does not accept it. */
    private static final class KeyWithoutBytes implements PrivateKey {
        private static final long serialVersionUID = 1;

        @Override
        public String getAlgorithm() {
            return "EC";
        }

        @Override
        public @Nullable String getFormat() {
            return null;
        }

        @Override
        public byte @Nullable [] getEncoded() {
            return null;
        }
    }

    @Test
    void newAuthoritiesApplyAndOldTlsSessionsAreNotResumed() throws Exception {
        TlsClient alice = TlsClient.showing(files, "alice", "ca");
        files.run("cp ca.pem ours.pem");
        try (RawClient before = alice.connect(door.port())) {
            assertThat(before.request("GET", "/_ping").readResponse()).endsWith("OK");
        }
        files.run("cp ca.pem trusted.pem");
        files.replace("ca.pem", "both-ca.pem");
        watch.reload();
        assertThat(ask("bob")).endsWith("OK");
        assertThat(ask("alice")).endsWith("OK");

        files.replace("ca.pem", "other-ca.pem");
        watch.reload();

        // With TLS 1.3 the client may see the end of the connection before the alert.
        for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
            assertThatThrownBy(() -> {
                        try (RawClient after = alice.connect(door.port(), protocol)) {
                            after.request("GET", "/_ping").readResponse();
                        }
                    })
                    .as(protocol)
                    .isInstanceOf(IOException.class);
        }
        try (RawClient bob = TlsClient.showing(files, "bob", "ours").connect(door.port())) {
            assertThat(bob.request("GET", "/_ping").readResponse()).endsWith("OK");
        }
    }

    @Test
    void openConnectionsContinue() throws Exception {
        try (RawClient stream = TlsClient.showing(files, "alice", "ca").connect(door.port());
                RawClient kept = TlsClient.showing(files, "alice", "ca").connect(door.port())) {
            stream.request("GET", "/events").readHead();
            assertThat(stream.read(6)).isEqualTo("3\r\none");
            assertThat(kept.request("GET", "/_ping").readResponse()).endsWith("OK");

            files.replace("server.pem", "renewed.pem");
            files.replace("server-key.pem", "renewed-key.pem");
            watch.reload();
            assertThat(shown()).isEqualTo("CN=renewed");

            assertThat(kept.request("GET", "/_ping").readResponse()).endsWith("OK");
            resume.complete(null);
            assertThat(stream.read(15)).isEqualTo("\r\n3\r\ntwo\r\n0\r\n\r\n");
        }
    }
}
