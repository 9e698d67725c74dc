package org.socketproxy.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.NotifySettings;
import org.socketproxy.config.NotifySettings.Form;
import org.socketproxy.notify.Notification.Kind;
import org.socketproxy.notify.Webhook.Result;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.FakeTlsDaemon;

/** Requests of the webhook, and the words for those that fail. */
class WebhookTest {
    private static final Notification MESSAGE = new Notification(Instant.EPOCH, Kind.ROOT, "", "a text");
    private static final String TOKEN = "a-secret-token";

    @TempDir
    Path folder;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            received.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Title") + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            int status = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:" + port() + "/200");
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=x");
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int port() {
        return server.getAddress().getPort();
    }

    private static Result send(String address, Form form) {
        return Webhook.of(new NotifySettings(URI.create(address), address.startsWith("http:"), form))
                .send(MESSAGE);
    }

    @Test
    void messageIsPosted() throws InterruptedException {
        Result result = send("http://me:pass@127.0.0.1:" + port() + "/200?token=" + TOKEN, Form.NTFY);

        assertThat(result).isEqualTo(Result.SENT);
        assertThat(received.poll(60, TimeUnit.SECONDS))
                .isEqualTo("POST /200?token=" + TOKEN
                        + " Docker socket proxy: clients can become root Basic bWU6cGFzcw== a text");
    }

    /** Also no redirect is followed: another address would get the message. */
    @ParameterizedTest
    @CsvSource({
        "302, false",
        "307, false",
        "400, false",
        "401, false",
        "404, false",
        "429, true",
        "500, true",
        "503, true"
    })
    void refusedMessageIsRepeatedOnlyIfItCanArriveLater(int status, boolean mayPass) {
        assertThat(send("http://127.0.0.1:" + port() + "/" + status, Form.JSON))
                .isEqualTo(new Result("HTTP status " + status, mayPass));
        assertThat(received).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:1/, the connection is refused",
        "http://no-such-host.invalid/, the host name is not known",
    })
    void failureHasWordsWithoutTheAddress(String address, String words) {
        assertThat(send(address + TOKEN, Form.JSON)).isEqualTo(new Result(words, true));
    }

    @ParameterizedTest
    @CsvSource({"localhost, true, true", "localhost, false, false", "other.example, true, false", "old, true, false"})
    void certificateAndHostNameAreChecked(String kind, boolean isTrusted, boolean isSent) throws Exception {
        Certificates certificates = Certificates.in(folder);
        if (kind.equals("old")) {
            certificates.expired("hook", "ca");
        } else {
            certificates.serverOf(kind, "hook", "ca");
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(certificates.keyStore("hook"), Certificates.PASSWORD.toCharArray());
        SSLContext ofServer = SSLContext.getInstance("TLS");
        ofServer.init(keys.getKeyManagers(), null, null);
        try (FakeTlsDaemon secured = FakeTlsDaemon.running(ofServer, false, WebhookTest::answer)) {
            NotifySettings settings = new NotifySettings(
                    URI.create("https://localhost:" + secured.port() + "/" + TOKEN), false, Form.SLACK);
            Webhook webhook = isTrusted
                    ? new Webhook(settings, trusting(certificates.file("ca.pem")), Duration.ofMinutes(5))
                    : Webhook.of(settings);
            Result result = webhook.send(MESSAGE);

            assertThat(result.isSent()).as(result.problem()).isEqualTo(isSent);
            assertThat(result.problem()).doesNotContain(TOKEN, "localhost", "https:");
        }
    }

    static Stream<Arguments> endless() {
        String late = "no answer within 1 seconds";
        return Stream.of(
                Arguments.of("", "", late),
                Arguments.of("", "HTTP/1.1 100 Continue\r\n\r\n", late),
                Arguments.of("HTTP/1.1 503 Busy\r\n", "A: b\r\n", late),
                Arguments.of("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/", "a", late),
                Arguments.of("\u0016\u0003\u0003@\0", "\1", late), // a TLS record of 16 KiB
                Arguments.of("HTTP/1.1 200 OK\r\n\r\n", "a", ""),
                Arguments.of("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "a", "HTTP status 302"),
                Arguments.of("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", "HTTP status 500"));
    }

    @ParameterizedTest
    @MethodSource("endless")
    void endlessResponseOfTheReceiverEnds(String first, String repeated, String problem) throws Exception {
        try (FakeDaemon receiver = FakeDaemon.onTcp(peer -> {
            peer.write(first);
            while (true) {
                LockSupport.parkNanos(2_000_000); // fewer bytes than the JDK accepts as headers
                peer.write(repeated);
            }
        })) {
            boolean isTls = first.startsWith("\u0016");
            URI address = URI.create(receiver.host().replace("tcp", isTls ? "https" : "http") + "/" + TOKEN);
            Webhook webhook = new Webhook(
                    new NotifySettings(address, !isTls, Form.JSON),
                    isTls ? SSLContext.getDefault() : null,
                    Duration.ofSeconds(1));

            assertThat(webhook.send(MESSAGE).problem()).isEqualTo(problem);
        }
    }

    private static void answer(SSLSocket client) throws IOException {
        InputStream in = client.getInputStream();
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) in.read());
        }
        client.getOutputStream()
                .write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static SSLContext trusting(Path authority) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream file = Files.newInputStream(authority)) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
