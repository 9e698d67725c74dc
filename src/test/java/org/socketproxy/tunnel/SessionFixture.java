package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.SessionClient;

/** Proxy between clients with a session of BuildKit and a fake daemon, which calls them. */
abstract class SessionFixture {
    static final String FILES = "/moby.filesync.v1.FileSync/DiffCopy";
    static final String SECRET = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
    private static final String UPGRADED = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

    @TempDir
    Path folder;

    final List<String> records = new CopyOnWriteArrayList<>();
    /** The daemon's ends of the sessions. */
    private final BlockingQueue<Http2Client> sessions = new LinkedBlockingQueue<>();

    private final BlockingQueue<Boolean> stop = new LinkedBlockingQueue<>();
    FakeDaemon daemon;
    ProxyUnderTest proxy;

    final void start() throws IOException {
        start(Map.of());
    }

    final void start(Map<String, String> settings) throws IOException {
        daemon = FakeDaemon.running(folder, this::serve);
        Map<String, String> environment =
                new HashMap<>(settings.containsKey("POLICY") ? Map.of() : ProxyUnderTest.everything());
        environment.put("DOCKER_HOST", daemon.host());
        environment.put("LOG_LEVEL", "info");
        environment.putAll(settings);
        proxy = ProxyUnderTest.recording(environment, lines -> lines.lines().forEach(records::add));
    }

    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (head.contains("/session HTTP/1.1\r\n")) {
                peer.write(UPGRADED);
                sessions.add(Http2Client.over(peer.asClient()));
                try {
                    stop.poll(300, TimeUnit.SECONDS); // the test reads and writes
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
                return;
            }
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
        }
    }

    /** Opens a session; {@link #daemonEnd} returns the other end. */
    final SessionClient open(String... headers) throws IOException {
        if (proxy == null) {
            start();
        }
        return SessionClient.open(proxy.port(), headers);
    }

    final Http2Client daemonEnd() throws InterruptedException {
        Http2Client session = sessions.poll(60, TimeUnit.SECONDS);
        assertThat(session).isNotNull();
        return session;
    }

    /** Calls a method as the daemon does; returns the stream. */
    static int call(Http2Client daemonEnd, String method, String... fields) throws IOException {
        String[] all = {"content-type", "application/grpc", "te", "trailers", "grpc-accept-encoding", "gzip"};
        String[] further = java.util.Arrays.copyOf(all, all.length + fields.length);
        System.arraycopy(fields, 0, further, all.length, fields.length);
        return daemonEnd.open(false, Http2Client.head("POST", method, further));
    }

    static String text(HttpFields fields) {
        return fields.get("grpc-status") + " " + fields.get("grpc-message");
    }

    final void awaitRecord(String part) throws InterruptedException {
        assertThat(ProcessResources.await(() -> records.stream().anyMatch(line -> line.contains(part))))
                .as(() -> part + " in " + records)
                .isTrue();
    }

    final void assertNothingIsOpen() throws InterruptedException {
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    final RawClient connect() throws IOException {
        return proxy.connect();
    }

    @AfterEach
    void stop() throws IOException {
        stop.add(true);
        stop.add(true);
        stop.add(true);
        if (proxy != null) {
            proxy.close();
        }
        if (daemon != null) {
            daemon.close();
        }
    }
}
