package org.socketproxy.listener;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProxyUnderTest;

/** Proxy before a daemon that answers with the body of the request, for clients of HTTP/2. */
abstract class Http2Fixture {

    @TempDir
    Path folder;

    final CountDownLatch released = new CountDownLatch(1);
    final AtomicLong written = new AtomicLong();
    FakeDaemon daemon;
    ProxyUnderTest proxy;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, this::serve);
        restart(Map.of());
    }

    final void restart(Map<String, String> settings) {
        if (proxy != null) {
            proxy.close();
        }
        Map<String, String> environment = new HashMap<>(ProxyUnderTest.everything());
        environment.put("MAX_HEADER_SIZE", "8k");
        environment.putAll(settings);
        proxy = ProxyUnderTest.with(daemon.socket(), environment);
    }

    @AfterEach
    void stop() throws IOException {
        released.countDown();
        proxy.close();
        daemon.close();
    }

    /** Answers with the body of the request; endless for events, cut for {@code /info}, large for images. */
    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readHead(); head != null; head = peer.readHead()) {
            if (head.contains("early")) {
                peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nearly");
                peer.readToEnd();
                return;
            }
            if (head.contains("100-continue")) {
                peer.write("HTTP/1.1 100 Continue\r\n\r\n");
            }
            String body = body(peer, head);
            if (head.startsWith("GET /events")) {
                peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
                while (head.contains("flood")) {
                    peer.write("4000\r\n" + "x".repeat(0x4000) + "\r\n");
                    written.addAndGet(0x4000);
                }
                peer.readToEnd();
                return;
            }
            if (head.startsWith("GET /info")) {
                peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
                return;
            }
            if (head.startsWith("POST /containers/x/stop")) {
                await();
            }
            String answer = head.startsWith("GET /images/json") ? "0123456789".repeat(200_000) : body;
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + answer.length() + "\r\n\r\n" + answer);
        }
    }

    private void await() {
        try {
            released.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static String body(FakeDaemon.Peer peer, String head) throws IOException {
        if (head.contains("\r\nContent-Length: ")) {
            return peer.read(Integer.parseInt(head.replaceAll("(?s).*\r\nContent-Length: (\\d+)\r\n.*", "$1")));
        }
        StringBuilder body = new StringBuilder();
        while (head.contains("\r\nTransfer-Encoding: chunked\r\n")
                && !body.toString().endsWith("0\r\n\r\n")) {
            String next = peer.read(1);
            if (next.isEmpty()) {
                throw new IOException("The body has no end");
            }
            body.append(next);
        }
        return body.toString();
    }

    final Http2Client connect() throws IOException {
        return Http2Client.connect(proxy.port());
    }
}
