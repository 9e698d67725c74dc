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
import org.socketproxy.reload.Reloadable;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.RawClient;

/**
 * A proxy with a listener for TLS that asks clients for a certificate of {@code ca}, and shows {@code server}; what it logs
 * and records is caught. One at a time, since the log is the program's standard error.
 */
public final class TlsListenerFixture implements AutoCloseable {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final PrintStream standardError = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final PrintStream caught = new PrintStream(log, true, StandardCharsets.UTF_8);
    private final List<String> records = new CopyOnWriteArrayList<>();
    private final SocketProxyServer server;

    /** @param settings besides those for TLS */
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
        System.setErr(caught);
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

    /** What watches the files; looks are taken by the test. */
    public Reloadable files() {
        return server.tlsFiles(caught).get(0);
    }

    /** Until now. */
    public String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    /** The audit log until now. */
    String records() {
        return String.join("", records);
    }

    /** The status page as of now. */
    String page() throws IOException {
        int port = java.net.URI.create(server.statusPage()).getPort();
        try (RawClient client = RawClient.connect(port)) {
            return client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        }
    }

    /** Waits for what comes a moment after the client has seen its side of it. */
    void await(String what, BooleanSupplier isSo) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Not so: " + what + "\n" + log() + records());
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
