package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.BodyRules;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** Clients that send judged bodies slowly, in odd pieces, or not to their end. */
class HeldBodySharesTest {
    private static final BodyJudge ANY = (allowed, body) -> null;
    private static final int LIMIT = 64 * 1024;
    private static final String HEAD = "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: ";
    private static final String HALF = HEAD + "10000\r\n\r\n{" + " ".repeat(4999);
    private static final String WHOLE = HEAD + "8000\r\n\r\n{" + " ".repeat(7998) + "}";

    @TempDir
    Path folder;

    private final List<RawClient> clients = new ArrayList<>();
    private FakeDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            while (peer.readRequest() != null) {
                peer.write("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}");
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        daemon.close();
    }

    private ChainUnderTest chain(HeldMemory memory) throws Exception {
        BodyRules rules = BodyRules.of(Map.of("ContainerCreate", ANY));
        return ChainUnderTest.with(daemon, new BodyStep(memory, Duration.ofMinutes(1)), rules);
    }

    /** Returns a connection of the client at 127.0.0.{@code host}. */
    private RawClient client(ChainUnderTest chain, int host) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), chain.port()));
        RawClient client = RawClient.over(socket);
        clients.add(client);
        return client;
    }

    @Test
    void slowUploadsOfOneClientLeaveMemoryForOthers() throws Exception {
        HeldMemory memory = new HeldMemory(LIMIT, 0, Duration.ofHours(1));
        try (ChainUnderTest chain = chain(memory)) {
            for (int i = 0; i < 20; i++) {
                client(chain, 2).send(HALF);
            }
            assertThat(clients.get(19).readResponse()).startsWith("HTTP/1.1 503 ");
            assertThat(memory.reservedBytes()).isLessThanOrEqualTo(LIMIT / 2);

            assertThat(client(chain, 3).send(WHOLE + WHOLE).readResponse()).startsWith("HTTP/1.1 201 ");
        }
    }

    @Test
    void slowUploadsAreCutIfAnotherClientNeedsMemory() throws Exception {
        HeldMemory memory = new HeldMemory(LIMIT, 0, Duration.ZERO);
        try (ChainUnderTest chain = chain(memory)) {
            for (int i = 0; i < 20; i++) {
                client(chain, 10 + i).send(HALF);
            }
            assertThat(chain.takeRecord()).startsWith("deny body-memory POST /containers/create ContainerCreate");
            assertThat(client(chain, 2).send(WHOLE).readResponse()).startsWith("HTTP/1.1 201 ");
            stop();
            assertThat(ProcessResources.await(() -> memory.reservedBytes() == 0 && chain.openExchanges() == 0))
                    .isTrue();
        }
    }

    /** A message of BuildKit is copied twice. The heap of the image has 80 MiB. */
    @ParameterizedTest
    @CsvSource({"80, 2.4", "128, 3.9"})
    void loneMessageUpToItsLimitHasMemoryAndAnotherClientToo(int heap, double megabytes) throws Exception {
        HeldMemory memory = HeldMemory.ofBodies((long) heap << 20 >> 3);
        int largest = new BodyStep(memory, Duration.ofMinutes(1)).largest(BuildBinding.MAX_BYTES);
        HeldBody body = new HeldBody(largest, memory.share(null, null));
        ByteBuffer part = ByteBuffer.allocate(10_000);
        int held = 0;
        for (; held + part.capacity() <= largest; held += part.capacity()) {
            assertThat(body.add(part.clear())).isEqualTo(HeldBody.Added.YES);
        }

        assertThat(held).isGreaterThan((int) (megabytes * (1 << 20)));
        assertThat(body.reserveCopies()).isTrue();
        assertThat(body.add(part.clear())).isEqualTo(HeldBody.Added.TOO_LONG);
        try (ChainUnderTest chain = chain(memory)) {
            assertThat(client(chain, 3).send(WHOLE + WHOLE).readResponse()).startsWith("HTTP/1.1 201 ");
        }
    }

    /** The client sends {@code ~} as a line end, and then closes or resets the connection. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 8000~~",
                "Content-Length: 8000~~{",
                "Content-Length: 8000~Expect: 100-continue~~",
                "Content-Length: 2~~{}",
                "Content-Length: 2~~{}POST /containers/create HTTP/1.1~Host: d~Content-Length: 8000~~{",
                "Content-Length: 2~~{}POST /containers/create HTTP/1.1~Host: d~Transfer-Encoding: chunked~~1~{~",
                "Transfer-Encoding: chunked~~",
                "Transfer-Encoding: chunked~~1~{~",
                "Transfer-Encoding: chunked~~1~{~1~}~0~~",
                "Transfer-Encoding: chunked~~1~{~1~}~0~~GET /_ping HTTP/1.1~Host: d~~",
                "Transfer-Encoding: chunked~~1~{~x~}~",
                "Transfer-Encoding: chunked~~fffffff~{",
                "Content-Length: 99999999~~{",
            })
    void anAbortedUploadHoldsNoMemory(String rest) throws Exception {
        HeldMemory memory = new HeldMemory(1 << 20);
        String request = "POST /containers/create HTTP/1.1~Host: d~" + rest;
        try (ChainUnderTest chain = chain(memory)) {
            for (int i = 0; i < 10; i++) {
                RawClient client = client(chain, 2).send(request.replace("~", "\r\n"));
                if (i % 2 == 0) {
                    client.reset();
                } else {
                    client.close();
                }
                if (i % 3 == 0) {
                    chain.takeRecord();
                }
            }
            assertThat(ProcessResources.await(() -> memory.reservedBytes() == 0 && chain.openExchanges() == 0))
                    .isTrue();
        }
    }
}
