package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests slow, chunked and endless responses. */
class StreamTest {
    private static final String STREAM_HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** So many requests take longer than a write that waits only for its thread. */
    private static final int OTHERS_REQUESTS = 2000;

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    @Test
    void headAndChunksAreForwardedAtOnce() throws Exception {
        CountDownLatch[] seen = {new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1)};
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.write(STREAM_HEAD);
                    for (CountDownLatch latch : seen) {
                        peer.write("3\r\nabc\r\n");
                        await(latch);
                    }
                    peer.write("0\r\n\r\n");
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket());
                RawClient client = proxy.connect()) {
            assertThat(client.request("GET", "/events").readHead()).isEqualTo(STREAM_HEAD);
            for (CountDownLatch latch : seen) {
                // Jetty writes the line end of a chunk with the next one.
                assertThat(client.read(6)).isEqualTo("3\r\nabc");
                latch.countDown();
                assertThat(client.read(2)).isEqualTo("\r\n");
            }
            assertThat(client.read(5)).isEqualTo("0\r\n\r\n");
        }
    }

    /** The daemon can answer before it has read the body, or without reading it. */
    @ParameterizedTest
    @CsvSource({
        "GET, /events, 0, false",
        "GET, /containers/x/logs?follow=1, 0, false",
        "POST, /containers/x/wait, 0, false",
        "POST, /containers/x/wait, 2, true",
        "POST, /plugins/create, 100000, true",
    })
    void streamIsForwardedAtOnceWithExpect100Continue(
            String method, String target, int bodyBytes, boolean isExpectForwarded) throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.write(STREAM_HEAD + "3\r\nabc\r\n");
                    await(seen);
                    peer.write("0\r\n\r\n");
                    peer.readToEnd();
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            String length = bodyBytes > 0 ? "Content-Length: " + bodyBytes + "\r\n" : "";
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n" + length
                    + "Expect: 100-continue\r\n\r\n");
            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("\r\nTransfer-Encoding: chunked\r\n");
            assertThat(client.read(6)).isEqualTo("3\r\nabc");
            seen.countDown();
            assertThat(daemon.takeHead().contains("Expect: 100-continue")).isEqualTo(isExpectForwarded);
            assertThat(client.read(7)).isEqualTo("\r\n0\r\n\r\n");
            client.close();
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /events, true, false",
        "GET, /events, true, true",
        "GET, /containers/x/logs?follow=1, true, false",
        "POST, /containers/x/wait, true, false",
        "POST, /containers/x/wait, false, false",
        "POST, /containers/x/wait, false, true",
        "POST, /containers/x/stop, false, false",
        "POST, /images/create?fromImage=a, false, false",
        "POST, /containers/x/attach, false, false",
    })
    void disconnectClosesTheDaemonConnection(String method, String target, boolean isHeadSent, boolean isReset)
            throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    if (isHeadSent) {
                        peer.write(STREAM_HEAD);
                    }
                    asked.countDown();
                    assertThat(peer.readToEnd()).isEmpty();
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket())) {
            RawClient client = proxy.connect();
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}");
            await(asked);
            if (isHeadSent) {
                client.readHead();
            }
            if (isReset) {
                client.reset();
            } else {
                client.close();
            }
            daemon.awaitEnding();
        }
    }

    @Test
    void disconnectDuringAnUploadClosesTheDaemonConnection() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.readToEnd();
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket())) {
            RawClient client = proxy.connect();
            client.send("POST /plugins/create HTTP/1.1\r\nHost: d\r\nContent-Length: 1000\r\n\r\nabc");
            daemon.takeHead();
            client.close();
            daemon.awaitEnding();
        }
    }

    @Test
    void slowClientGivesBackPressureToTheDaemon() throws Exception {
        long size = 512L << 20;
        AtomicLong written = new AtomicLong();
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    if (isPing(peer)) {
                        return;
                    }
                    peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nConnection: close\r\n\r\n");
                    byte[] block = new byte[1 << 16];
                    while (written.get() < size) {
                        peer.output().write(block);
                        written.addAndGet(block.length);
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.request("GET", "/images/get?names=a").readHead();
            awaitStandstill(written, proxy);
            assertThat(written.get()).as("bytes that the daemon could write").isLessThan(32 << 20);
            long read = 0;
            byte[] block = new byte[1 << 16];
            for (int n = client.input().read(block);
                    read < size;
                    n = client.input().read(block)) {
                read += n;
            }
            assertThat(read).isGreaterThanOrEqualTo(size);
        }
    }

    @Test
    void slowDaemonGivesBackPressureToTheClient() throws Exception {
        long size = 256L << 20;
        CountDownLatch go = new CountDownLatch(1);
        AtomicLong written = new AtomicLong();
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    if (isPing(peer)) {
                        return;
                    }
                    await(go);
                    peer.input().skipNBytes(size);
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /plugins/create HTTP/1.1\r\nHost: d\r\nContent-Length: " + size + "\r\n\r\n");
            Thread writer = new Thread(() -> {
                try {
                    byte[] block = new byte[1 << 16];
                    for (; written.get() < size; written.addAndGet(block.length)) {
                        client.output().write(block);
                    }
                } catch (IOException broken) {
                    throw new java.io.UncheckedIOException(broken);
                }
            });
            writer.start();
            awaitStandstill(written, proxy);
            assertThat(written.get()).as("bytes that the client could write").isLessThan(32 << 20);
            go.countDown();
            assertThat(client.readResponse()).endsWith("OK");
            writer.join();
        }
    }

    /** Answers all requests of a connection if the first is a ping. */
    private static boolean isPing(FakeDaemon.Peer peer) throws IOException {
        String head = peer.readHead();
        boolean isPing = head.startsWith("GET /_ping ");
        for (; isPing && head != null; head = peer.readHead()) {
            peer.write(OK);
        }
        return isPing;
    }

    /** Waits until the counter does not change while the proxy serves many requests of another client. */
    private static void awaitStandstill(AtomicLong counter, ProxyUnderTest proxy) throws IOException {
        try (RawClient other = proxy.connect()) {
            long last = -1;
            while (counter.get() == 0 || counter.get() != last) {
                last = counter.get();
                for (int i = 0; i < OTHERS_REQUESTS; i++) {
                    assertThat(other.request("GET", "/_ping").readResponse()).endsWith("OK");
                }
            }
        }
    }

    @Test
    void truncatedResponseIsNotCompleted() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.write(STREAM_HEAD + "5\r\nhal");
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket());
                RawClient client = proxy.connect()) {
            client.request("GET", "/events").readHead();
            assertThat(client.readToEnd()).doesNotContain("0\r\n\r\n");
        }
    }
}
