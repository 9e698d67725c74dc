package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.FakeDaemon.Peer;
import org.socketproxy.testing.FuzzSeeds;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/**
 * Any bytes in both directions of a tunnel, cut at any byte around the heads: each side receives exactly what the other sent. The
 * input is one letter each for the bytes that follow a head in one write and for the share of the client, and the bytes.
 */
class TunnelFuzzTest {
    private static final String REQUEST =
            "POST /exec/abc/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    private static final String UPGRADED = "HTTP/1.1 101 UPGRADED\r\n"
            + "Content-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    /** Both sides write everything before they read. */
    private static final int MAX_BYTES = 20_000;

    private static final BlockingQueue<String[]> FROM_DAEMON = new LinkedBlockingQueue<>();
    private static final BlockingQueue<String> TO_DAEMON = new LinkedBlockingQueue<>();
    private static Path folder;
    private static FakeDaemon daemon;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory("tunnel-fuzz");
        daemon = FakeDaemon.running(folder, TunnelFuzzTest::answer);
        proxy = ProxyUnderTest.allowingEverything(daemon.socket());
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        daemon.close();
        Files.delete(folder);
    }

    private static void answer(Peer peer) throws IOException {
        String head = peer.readRequest();
        if (head == null || !head.startsWith("POST /exec")) {
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
            return;
        }
        String[] parts = FROM_DAEMON.remove();
        peer.write(UPGRADED + parts[0]);
        peer.write(parts[1]);
        peer.shutdownOutput();
        TO_DAEMON.add(peer.readToEnd());
    }

    static Stream<byte[]> seeds() {
        String frame = "\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0003abc";
        return FuzzSeeds.of(
                "\u0000\u0000\u0080hello",
                "\u0005\u0008@" + frame + frame,
                "\u0010\u0002\u00ffPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "\u0003\u0003\u0000HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "\u00ff\u00ff\u0080GET /_ping HTTP/1.1\r\nHost: d\r\n\r\nHTTP/1.1 101 UPGRADED\r\n\r\n",
                "\u0001\u0001\u0080\u0081\u0082abcd" + "x".repeat(10_000));
    }

    @MethodSource("seeds")
    @FuzzTest
    void eachSideReceivesExactlyWhatTheOtherSent(byte[] input) throws Exception {
        if (input.length < 3 || input.length > MAX_BYTES) {
            return;
        }
        String bytes = FuzzSeeds.text(input).substring(3);
        int share = bytes.length() * (input[2] & 0xff) / 0xff;
        // Jetty's parser skips line breaks behind the request; see docs/evidence/reliability.md.
        String fromClient = bytes.substring(0, share).replaceFirst("^[\\r\\n]+", "");
        String fromDaemon = bytes.substring(share);
        int early = Math.min(input[0] & 0xff, fromClient.length());
        int withHead = Math.min(input[1] & 0xff, fromDaemon.length());
        FROM_DAEMON.add(new String[] {fromDaemon.substring(0, withHead), fromDaemon.substring(withHead)});
        try (RawClient client = proxy.connect()) {
            client.send(REQUEST + fromClient.substring(0, early));
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            client.send(fromClient.substring(early));
            client.shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo(fromDaemon);
        }
        assertThat(TO_DAEMON.poll(300, TimeUnit.SECONDS)).isEqualTo(fromClient);
    }
}
