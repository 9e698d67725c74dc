package org.socketproxy.reload;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.config.Settings;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.Notices;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** A proxy with an env file. The test calls {@link #poll} and {@link #reload} itself, so that it does not wait for them. */
final class ReloadedProxy implements AutoCloseable {
    private static final Variables VARIABLES = Variables.load();

    private final Path file;
    private final Map<String, String> environment = new HashMap<>();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final BlockingQueue<String> audited = new LinkedBlockingQueue<>();
    private SocketProxyServer server;
    private ConfigurationReloader watch;

    ReloadedProxy(Path file, Path socket) {
        this.file = file;
        environment.putAll(Map.of(
                "SOCKET_PATH", socket.toString(),
                "LISTEN", "tcp://127.0.0.1:0",
                "STATUS_LISTEN", "off",
                "LOG_LEVEL", "err",
                "ENV_FILE", file.toString()));
    }

    /** Sets an environment variable before the start. */
    void setting(String name, String value) {
        environment.put(name, value);
    }

    void start() throws Exception {
        ConfigurationFiles read = ConfigurationFiles.load(environment);
        server = SocketProxyServer.start(
                Settings.read(environment, read, VARIABLES),
                VARIABLES,
                lines -> lines.lines().forEach(audited::add),
                List.of());
        watch = new ConfigurationReloader(
                environment,
                read,
                VARIABLES,
                server.configuration(),
                server.exchanges(),
                server.profiles(),
                server.auditLog(),
                Notices.to(log));
    }

    void startWith(String text) throws Exception {
        write(text);
        start();
    }

    void write(String text) throws IOException {
        Files.writeString(file, text);
    }

    /** Reloads the file as on SIGHUP. */
    void reload() {
        watch.reload();
    }

    /** Polls the file once. */
    void poll() {
        watch.poll();
    }

    void pollTwice() {
        poll();
        poll();
    }

    int port() {
        return server.port();
    }

    String ask(String method, String target) throws IOException {
        try (RawClient client = RawClient.connect(port())) {
            return client.request(method, target).readResponse();
        }
    }

    /** Sends a request, given as method, blank and target; returns the status code. */
    int status(String request) throws IOException {
        String[] words = request.split(" ");
        return Integer.parseInt(ask(words[0], words[1]).substring(9, 12));
    }

    /** Waits until this number of exchanges is active; returns the number. */
    int exchanges(int expected) throws InterruptedException {
        ProcessResources.await(() -> server.exchanges().size() == expected);
        return server.exchanges().size();
    }

    ProfileConcurrency load() {
        return server.load();
    }

    LiveConfiguration configuration() {
        return server.configuration();
    }

    /** The next line of the audit log. */
    String nextRecord() throws InterruptedException {
        return Objects.requireNonNull(audited.poll(300, TimeUnit.SECONDS)).replaceFirst(" seq=\\d+$", "");
    }

    String logged() {
        return Notices.withoutTimes(log.toString(StandardCharsets.UTF_8));
    }

    ReloadResult lastReload() {
        return Objects.requireNonNull(server.configuration().lastReload());
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
