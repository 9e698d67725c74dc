package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** A second proxy takes over a port with {@code reuse-port=1}. */
class SharedPortTest {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";

    @TempDir
    Path folder;

    @TempDir
    Path folderOfNext;

    @Test
    void nextProxyTakesOverThePort() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, SharedPortTest::answer);
                FakeDaemon daemonOfNext = FakeDaemon.answering(folderOfNext, ANSWER + "new")) {
            ProxyUnderTest old = start(daemon, 0);
            int port = old.port();
            try (RawClient stream = RawClient.connect(port);
                    RawClient early = RawClient.connect(port);
                    ProxyUnderTest next = start(daemonOfNext, port)) {
                stream.request("GET", "/events").readHead();
                assertThat(next.port()).isEqualTo(port);
                Thread stop = new Thread(old::close);
                stop.start();
                while (!old.server().exchanges().isStopping()) {
                    Thread.onSpinWait();
                }
                for (int i = 0; i < 20; i++) {
                    assertThat(ask(port)).endsWith("new");
                }
                assertThat(early.request("GET", "/version").readResponse()).endsWith("old");
                stream.close();
                stop.join(TimeUnit.MINUTES.toMillis(5));
                assertThat(stop.isAlive()).isFalse();
                assertThat(ask(port)).endsWith("new");
            }
        }
    }

    /** A stream has no end. */
    private static void answer(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            peer.write(
                    head.startsWith("GET /events")
                            ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            : ANSWER + "old");
        }
    }

    private static String ask(int port) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            return client.request("GET", "/version").readResponse();
        }
    }

    private static ProxyUnderTest start(FakeDaemon daemon, int port) {
        Map<String, String> settings = new HashMap<>();
        settings.put("LISTEN", "tcp://127.0.0.1:" + port + "?reuse-port=1");
        settings.put("DRAIN", "1h");
        return ProxyUnderTest.with(daemon.socket(), settings);
    }
}
