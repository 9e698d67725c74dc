package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Transformed responses that last: events at once, back-pressure, bounded memory, and clients that leave. */
class TransformedStreamTest {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    /** Requests of another client, so that time passes. */
    private static final int REQUESTS = 1000;

    @TempDir
    Path folder;

    private final HeldMemory memory = HeldMemory.ofThisProcess();

    private ChainUnderTest chain(FakeDaemon daemon, HeldMemory limit) throws Exception {
        return ChainUnderTest.transforming(daemon.host(), new TestTransforms(), limit);
    }

    /** The next event is sent only after the client has received the last one. */
    @ParameterizedTest
    @ValueSource(strings = {"%s\n", "\u001e%s\n", "%s"})
    void eachEventArrivesBeforeTheNextIsSent(String framing) throws Exception {
        Semaphore next = new Semaphore(0);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.write(CHUNKED);
                    for (int i = 0; i < 9; i++) {
                        acquire(next);
                        String event = String.format(framing, i % 3 == 1 ? "{\"mask\":0}" : "{\"n\":" + i + "}");
                        String dropped = String.format(framing, "{\"drop\":" + i + "}");
                        for (String text : new String[] {dropped, event}) {
                            peer.write(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
                        }
                    }
                    acquire(next);
                    peer.write("0\r\n\r\n");
                    peer.readToEnd();
                });
                ChainUnderTest chain = chain(daemon, memory);
                RawClient client = chain.connect()) {
            assertThat(client.request("GET", "/events").readHead()).isEqualTo(CHUNKED);
            for (int i = 0; i < 9; i++) {
                next.release();
                String event = String.format(framing, i % 3 == 1 ? "{\"m\":1}" : "{\"n\":" + i + "}");
                String chunk = Integer.toHexString(event.length()) + "\r\n" + event;
                // Jetty writes the line end of a chunk with the next one.
                assertThat(client.read((i == 0 ? "" : "\r\n").length() + chunk.length()))
                        .isEqualTo((i == 0 ? "" : "\r\n") + chunk);
            }
            next.release();
            assertThat(client.read(7)).isEqualTo("\r\n0\r\n\r\n");
            assertThat(client.request("GET", "/_none").readResponse()).startsWith("HTTP/1.1 403 ");
        }
    }

    private static void acquire(Semaphore permits) throws IOException {
        try {
            assertThat(permits.tryAcquire(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    /** Writes a list of elements of one KiB until it has the size, and answers pings. */
    private FakeDaemon listing(long size, String element, AtomicLong written) throws IOException {
        byte[] block = ("," + element.replace("FILL", "x".repeat(1024 - element.length() + 3)))
                .repeat(64)
                .getBytes(StandardCharsets.UTF_8);
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                if (head.startsWith("GET /_ping ")) {
                    peer.write(OK);
                    continue;
                }
                peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[{}");
                while (written.get() < size) {
                    peer.output().write(block);
                    written.addAndGet(block.length);
                }
                peer.write("]\n");
                return;
            }
        });
    }

    @Test
    void slowClientGivesBackPressureAndTheListNeedsLittleMemory() throws Exception {
        long size = 256L << 20;
        AtomicLong written = new AtomicLong();
        try (FakeDaemon daemon = listing(size, "{\"a\":\"FILL\"}", written);
                ChainUnderTest chain = chain(daemon, memory);
                RawClient client = chain.connect()) {
            client.request("GET", "/containers/json").readHead();
            long last = -1;
            while (written.get() == 0 || written.get() != last) {
                last = written.get();
                serveOthers(chain);
            }
            assertThat(written.get()).as("bytes that the daemon could write").isLessThan(32 << 20);
            assertThat(readToLastChunk(client)).isGreaterThan(size);
        }
        assertThat(memory.reservedBytes()).isZero();
    }

    /** Nothing is written to the client for a long time, and the same selector serves others. */
    @Test
    void aListWhoseElementsAreDroppedIsReadOn() throws Exception {
        long size = 256L << 20;
        AtomicLong written = new AtomicLong();
        try (FakeDaemon daemon = listing(size, "{\"a\":\"FILL\",\"b\":\"drop\"}", written);
                ChainUnderTest chain = chain(daemon, memory);
                RawClient client = chain.connect()) {
            client.request("GET", "/containers/json").readHead();
            while (written.get() < size) {
                serveOthers(chain);
            }
            assertThat(readToLastChunk(client)).isLessThan(100);
        }
        assertThat(memory.reservedBytes()).isZero();
    }

    private void serveOthers(ChainUnderTest chain) throws IOException {
        try (RawClient other = chain.connect()) {
            for (int i = 0; i < REQUESTS; i++) {
                assertThat(other.request("GET", "/_ping").readResponse()).endsWith("OK");
                assertThat(memory.reservedBytes()).isLessThan(512 << 10);
            }
        }
    }

    /** Returns the number of bytes after the head. */
    private static long readToLastChunk(RawClient client) throws IOException {
        byte[] block = new byte[1 << 16];
        long read = 0;
        String tail = "";
        while (!tail.endsWith("]\n\r\n0\r\n\r\n")) {
            int n = client.input().read(block);
            assertThat(n).as("more bytes after " + tail).isPositive();
            read += n;
            int last = Math.min(n, 20);
            tail = tail.substring(Math.max(0, tail.length() - 20))
                    + new String(block, n - last, last, StandardCharsets.ISO_8859_1);
        }
        return read;
    }

    /** The limit is that of {@link TestTransforms}. */
    @ParameterizedTest
    @CsvSource({"-8, true, section", "-7, false, response-too-large"})
    void anElementMayHaveTheLimit(int others, boolean isWhole, String reason) throws Exception {
        String body = "[{\"a\":\"" + "x".repeat(TestTransforms.MAX_ELEMENT_BYTES + others) + "\"}]";
        try (FakeDaemon daemon = FakeDaemon.answering(
                        folder, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                ChainUnderTest chain = chain(daemon, new HeldMemory(8 << 20));
                RawClient client = chain.connect()) {
            RawResponse answer = client.request("GET", "/containers/json").readAnswer("GET");

            assertThat(answer.body()).isEqualTo(isWhole ? body : "[");
            assertThat(answer.isWhole()).isEqualTo(isWhole);
            assertThat(chain.takeRecord()).startsWith("allow " + reason + " GET /containers/json ContainerList 200 ");
        }
    }

    @Test
    void allTransformsShareABoundedMemory() throws Exception {
        String half = "{\"a\":\"" + "x".repeat(100_000); // in an array of at most 128 KiB
        HeldMemory limited = new HeldMemory(2 * (3 * 100_000 - 1)); // the half for one client
        Semaphore next = new Semaphore(0);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                        peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + (half.length() + 2) + "\r\n\r\n" + half);
                        acquire(next);
                        peer.write("\"}");
                    }
                });
                ChainUnderTest chain = chain(daemon, limited);
                RawClient first = chain.connect();
                RawClient second = chain.connect();
                RawClient third = chain.connect()) {
            first.request("GET", "/containers/x/json");
            second.request("GET", "/containers/x/json");
            assertThat(ProcessResources.await(() -> limited.reservedBytes() >= 2 * 100_000))
                    .isTrue();
            RawResponse refused = third.request("GET", "/containers/x/json").readAnswer("GET");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("try again later");
            assertThat(chain.takeRecord())
                    .startsWith("allow response-memory GET /containers/x/json ContainerInspect 503");

            next.release(3); // also for the connection that was aborted
            assertThat(first.readAnswer("GET").body()).isEqualTo(half + "\"}");
            assertThat(second.readAnswer("GET").body()).isEqualTo(half + "\"}");
            assertThat(ProcessResources.await(() -> limited.reservedBytes() == 0))
                    .isTrue();
            next.release();
            assertThat(third.request("GET", "/containers/x/json")
                            .readAnswer("GET")
                            .body())
                    .isEqualTo(half + "\"}");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/events, false, section",
        "/events, true, section",
        "/containers/json, false, section",
        "/containers/json, true, section",
        "/containers/x/json, true, client-left", // held as a whole, so the client has got nothing
    })
    void aClientThatLeavesClosesTheDaemonConnection(String target, boolean isReset, String reason) throws Exception {
        boolean isEndless = target.equals("/events");
        String part = "{\"a\":\"" + "x".repeat(20_000);
        CountDownLatch sent = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    String body = (target.endsWith("s/json") ? "[{}," : isEndless ? "{}" : "") + part;
                    peer.write(CHUNKED + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n");
                    sent.countDown();
                    assertThat(peer.readToEnd()).isEmpty();
                });
                ChainUnderTest chain = chain(daemon, memory)) {
            RawClient client = chain.connect();
            client.request("GET", target);
            assertThat(sent.await(300, TimeUnit.SECONDS)).isTrue();
            assertThat(ProcessResources.await(() -> memory.reservedBytes() >= part.length()))
                    .isTrue();
            if (isReset) {
                client.reset();
            } else {
                client.close();
            }
            daemon.awaitEnding();
            String begin = isEndless ? chain.takeRecord() : "";
            assertThat(begin).endsWith(isEndless ? " begin" : "");
            assertThat(chain.takeRecord()).startsWith("allow " + reason + " GET " + target);
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 0 && memory.reservedBytes() == 0))
                    .isTrue();
            assertThat(chain.isEveryRecordTaken()).isTrue();
        }
    }

    @Test
    void aSlowClientThatLeavesClosesTheDaemonConnection() throws Exception {
        AtomicLong written = new AtomicLong();
        try (FakeDaemon daemon = listing(1L << 30, "{\"a\":\"FILL\"}", written);
                ChainUnderTest chain = chain(daemon, memory)) {
            RawClient client = chain.connect();
            client.request("GET", "/containers/json").readHead();
            assertThat(ProcessResources.await(() -> memory.reservedBytes() > 0)).isTrue();
            client.close();
            daemon.awaitEnding();
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 0 && memory.reservedBytes() == 0))
                    .isTrue();
            assertThat(chain.takeRecord()).startsWith("allow section GET /containers/json");
        }
    }
}
