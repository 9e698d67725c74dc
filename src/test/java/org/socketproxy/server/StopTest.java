package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.AbstractConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Effect of a stop on active exchanges. */
class StopTest {
    private static final String LONG = "1h";

    @TempDir
    Path folder;

    @Test
    void streamsAndTunnelsEndImmediately() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            String head = peer.readRequest();
            boolean isHijack = head.contains("Upgrade: tcp");
            peer.write(
                    isHijack
                            ? "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
                            : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            asked.countDown();
            peer.readToEnd();
        })) {
            ProxyUnderTest proxy =
                    ProxyUnderTest.with(daemon.socket(), Map.of("EXEC", "1", "POST", "1", "SHUTDOWN_TIMEOUT", LONG));
            try (RawClient events = proxy.connect();
                    RawClient exec = proxy.connect()) {
                events.request("GET", "/events").readHead();
                exec.send("POST /exec/a/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                        + "Content-Length: 0\r\n\r\n");
                exec.readHead();
                await(asked);

                Thread stop = new Thread(proxy::close);
                stop.start();
                assertThat(events.readToEnd()).doesNotContain("0\r\n\r\n");
                assertThat(exec.readToEnd()).isEmpty();
                daemon.awaitEnding();
                daemon.awaitEnding();
                stop.join(300_000);
                assertThat(stop.isAlive()).isFalse();
            }
        }
    }

    @Test
    void finiteExchangeFinishes() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            peer.readRequest();
            asked.countDown();
            await(go);
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
        })) {
            ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("SHUTDOWN_TIMEOUT", LONG));
            try (RawClient client = proxy.connect()) {
                client.request("GET", "/version");
                await(asked);
                Thread stop = new Thread(proxy::close);
                stop.start();
                go.countDown();
                assertThat(client.readResponse()).endsWith("OK");
                stop.join(300_000);
                assertThat(stop.isAlive()).isFalse();
            }
        }
    }

    @Test
    void exchangeIsCutAfterTheShutdownTimeout() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            peer.readRequest();
            asked.countDown();
            peer.readToEnd();
        })) {
            ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("SHUTDOWN_TIMEOUT", "200ms"));
            try (RawClient client = proxy.connect()) {
                client.request("GET", "/version");
                await(asked);
                proxy.close();
                assertThat(client.readToEnd()).isEmpty();
            }
        }
    }

    /** An interrupt only ends the wait for exchanges: no connection and no listener stays open. */
    @Test
    void interruptedCloseStopsImmediately() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            peer.readRequest();
            asked.countDown();
            peer.readToEnd();
        })) {
            ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("SHUTDOWN_TIMEOUT", LONG));
            int port = proxy.port();
            try (RawClient client = proxy.connect()) {
                client.request("GET", "/version");
                await(asked);

                Thread.currentThread().interrupt();
                proxy.close();

                assertThat(Thread.interrupted())
                        .as("the thread stays interrupted")
                        .isTrue();
                assertThat(client.readToEnd()).isEmpty();
                daemon.awaitEnding();
                assertThatThrownBy(() -> RawClient.connect(port)).isInstanceOf(ConnectException.class);
                assertThat(proxy.server().connectors()).allMatch(AbstractConnector::isStopped);
            }
        }
    }

    /** In HTTP/1.0 the end of the connection ends the response, so a cut response must end with a reset. */
    @Test
    void cutHttp10ResponseEndsWithReset() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            peer.readRequest();
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
            peer.readToEnd();
        })) {
            ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("SHUTDOWN_TIMEOUT", "200ms"));
            try (RawClient client = proxy.connect()) {
                client.send("GET /version HTTP/1.0\r\nHost: d\r\n\r\n");
                client.readHead();
                assertThat(client.read(4)).isEqualTo("half");
                proxy.close();
                assertThatThrownBy(client::readToEnd).isInstanceOf(SocketException.class);
            }
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }
}
