package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.IdleTimeout;
import org.socketproxy.testing.RawClient;

/** Tests that the idle timeout of the listeners, shortened here, closes only connections without an active exchange. */
class IdleTimeoutTest {
    /** Not shorter, because it also runs while a busy processor delays the read of a request. */
    private static final long IDLE_MILLIS = 3000;

    private static final long LIMIT_SECONDS = 300;

    /** The daemon releases one permit for each request that waits. */
    private final Semaphore begun = new Semaphore(0);

    private final Semaphore outlasted = new Semaphore(0);

    @TempDir
    Path folder;

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void closesOnlyConnectionsWithoutAnExchangeOrTunnel() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            String head = peer.readRequest();
            if (head.contains("Upgrade: tcp")) {
                peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                keepWaiting();
                peer.write("tunnel");
            } else if (head.startsWith("GET /events")) {
                peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                keepWaiting();
                peer.write("6\r\nstream\r\n0\r\n\r\n");
            } else {
                keepWaiting();
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
            }
            peer.readRequest();
        })) {
            Variables variables = Variables.load();
            Map<String, String> environment = Map.of(
                    "SOCKET_PATH", daemon.socket().toString(),
                    "LISTEN", "tcp://127.0.0.1:0",
                    "STATUS_LISTEN", "off",
                    "LOG_LEVEL", "err",
                    "EXEC", "1",
                    "POST", "1");
            try (SocketProxyServer server = SocketProxyServer.start(Settings.read(environment, variables), variables)) {
                server.connectors().forEach(connector -> connector.setIdleTimeout(IDLE_MILLIS));
                int port = server.port();
                try (RawClient events = RawClient.connect(port);
                        RawClient exec = RawClient.connect(port);
                        RawClient late = RawClient.connect(port)) {
                    events.request("GET", "/events");
                    exec.send("POST /exec/a/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                            + "Content-Length: 0\r\n\r\n");
                    late.request("GET", "/version");
                    events.readHead();
                    exec.readHead();
                    await(port, 3);
                    assertThat(events.read(9)).isEqualTo("6\r\nstream");
                    assertThat(exec.read(6)).isEqualTo("tunnel");
                    assertThat(late.readResponse()).endsWith("late");
                    assertThat(late.readToEnd())
                            .as("idle again after its exchange")
                            .isEmpty();
                }
            }
        }
    }

    /** The pending write lasts longer than the idle timeout of Jetty. */
    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void slowReaderReceivesTheWholeBody() throws Exception {
        long pieces = 1024; // of 64 KiB: more than all socket buffers hold
        String piece = "x".repeat(1 << 16);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            peer.readRequest();
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + pieces * piece.length() + "\r\n\r\n");
            for (int i = 0; i < pieces; i++) {
                peer.write(piece);
            }
            peer.readRequest();
        })) {
            Variables variables = Variables.load();
            Map<String, String> environment = Map.of(
                    "SOCKET_PATH", daemon.socket().toString(),
                    "LISTEN", "tcp://127.0.0.1:0",
                    "STATUS_LISTEN", "off",
                    "LOG_LEVEL", "err");
            try (SocketProxyServer server = SocketProxyServer.start(Settings.read(environment, variables), variables)) {
                server.connectors().forEach(connector -> connector.setIdleTimeout(IDLE_MILLIS));
                try (RawClient client = RawClient.connect(server.port())) {
                    assertThat(client.request("GET", "/version").readHead()).startsWith("HTTP/1.1 200 ");

                    IdleTimeout.await(server.port()); // the buffers fill
                    IdleTimeout.await(server.port());

                    client.input().skipNBytes(pieces * piece.length());
                }
            }
        }
    }

    /** The proxy writes nothing to the client before the end of the exchange, so the connection was idle for longer. */
    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "HTTP/1.1 200 OK|Content-Length: 0|| -> 200",
                "HTTP/1.1 204 No Content|| -> 204",
                "HTTP/1.1 200 OK|Content-Length: 4||late -> 200",
                "no HTTP -> 502",
                "'' -> 502",
            })
    void silentExchangeIsAnsweredAndTheConnectionIsReused(String answer, String status) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            String head = peer.readHead();
            if (!head.startsWith("GET /version")) {
                keepWaiting();
                peer.write(answer.replace("|", "\r\n"));
                head = answer.startsWith("HTTP/1.1 ") ? peer.readHead() : null;
            }
            if (head != null) {
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");
                peer.readHead();
            }
        })) {
            Variables variables = Variables.load();
            Map<String, String> environment = Map.of(
                    "SOCKET_PATH", daemon.socket().toString(),
                    "LISTEN", "tcp://127.0.0.1:0",
                    "STATUS_LISTEN", "off",
                    "LOG_LEVEL", "err");
            try (SocketProxyServer server = SocketProxyServer.start(Settings.read(environment, variables), variables)) {
                server.connectors().forEach(connector -> connector.setIdleTimeout(IDLE_MILLIS));
                try (RawClient client = RawClient.connect(server.port())) {
                    client.request("GET", "/_ping");
                    await(server.port(), 1);
                    assertThat(client.readResponse()).startsWith("HTTP/1.1 " + status + " ");
                    assertThat(client.request("GET", "/version").readResponse()).endsWith("next");
                }
            }
        }
    }

    /** Makes the daemon wait between request and response, or within a response. */
    private void keepWaiting() throws IOException {
        begun.release();
        acquire(outlasted, 1);
    }

    /**
     * Waits until so many requests wait at the daemon, then longer than the idle timeout, then lets the daemon
     * continue.
     */
    private void await(int port, int waiting) throws IOException {
        acquire(begun, waiting);
        IdleTimeout.await(port);
        outlasted.release(waiting);
    }

    private static void acquire(Semaphore semaphore, int permits) throws IOException {
        try {
            if (!semaphore.tryAcquire(permits, LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("Not within " + LIMIT_SECONDS + " seconds");
            }
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }
}
