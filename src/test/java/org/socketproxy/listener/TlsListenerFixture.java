package org.socketproxy.listener;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.ChangePoller.Reloadable;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Notices;
import org.socketproxy.testing.RawClient;

/**
 * Proxy with a TLS listener that requires client certificates of {@code ca} and presents {@code server}. It captures
 * the log and the audit records. Only one can run at a time, because the log is the standard error of the program.
 */
public final class TlsListenerFixture implements AutoCloseable {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(300);

    private final PrintStream standardError = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final PrintStream captured = new PrintStream(log, true, StandardCharsets.UTF_8);
    private final List<String> records = new CopyOnWriteArrayList<>();
    private final SocketProxyServer server;

    /** @param settings in addition to those for TLS */
    public TlsListenerFixture(Path socket, Certificates files, Map<String, String> settings) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of(
                "LISTEN", "tls://127.0.0.1:0",
                "STATUS_LISTEN", "off",
                "SOCKET_PATH", socket.toString(),
                "TLS_CERT", files.file("server.pem").toString(),
                "TLS_KEY", files.file("server-key.pem").toString(),
                "TLS_CLIENT_CA", files.file("ca.pem").toString()));
        environment.putAll(settings);
        Variables variables = Variables.load();
        System.setErr(captured);
        try {
            server = SocketProxyServer.start(
                    Settings.read(environment, variables), variables, lines -> records.add(lines), List.of());
        } catch (Exception failed) {
            System.setErr(standardError);
            throw failed;
        }
    }

    public SocketProxyServer server() {
        return server;
    }

    public int port() {
        return server.port();
    }

    /** Returns the reloadable files of the server, which the test reloads itself. */
    public Reloadable files() {
        return server.tlsFiles(Notices.to(captured)).get(0);
    }

    /** Returns the log up to now. */
    public String log() {
        return Notices.withoutTimes(log.toString(StandardCharsets.UTF_8));
    }

    /** Returns the audit log up to now. */
    String records() {
        return String.join("", records);
    }

    /** Requests the status page. */
    String page() throws IOException {
        int port = java.net.URI.create(server.statusPage()).getPort();
        try (RawClient client = RawClient.connect(port)) {
            return client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        }
    }

    /** Waits for an effect that occurs shortly after the client has received its response. */
    void await(String effect, BooleanSupplier hasOccurred) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (!hasOccurred.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Not within five minutes: " + effect + "\n" + log() + records());
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } finally {
            System.setErr(standardError);
        }
    }
}
