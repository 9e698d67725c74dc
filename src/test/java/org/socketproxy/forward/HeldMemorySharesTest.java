package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Clients that read transformed responses slowly, from addresses of their own. */
class HeldMemorySharesTest {
    private static final int LIMIT = 1 << 20;
    /** A list that the clients read as a whole. */
    private static final String LIST = "[" + ("{\"a\":\"" + "x".repeat(1000) + "\"},").repeat(500) + "{}]";

    @TempDir
    Path folder;

    private final List<RawClient> clients = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    /** A client at 127.0.0.{@code host} with a small receive buffer. */
    private RawClient client(ChainUnderTest chain, int host) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), chain.port()));
        RawClient client = RawClient.over(socket);
        clients.add(client);
        return client;
    }

    private FakeDaemon daemon() throws IOException {
        byte[] block = LIST.substring(1, LIST.length() - 3).getBytes(StandardCharsets.UTF_8);
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                if (head.contains("endless")) {
                    peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[");
                    while (true) {
                        peer.output().write(block);
                    }
                }
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + LIST.length() + "\r\n\r\n" + LIST);
            }
        });
    }

    private void assertWholeList(ChainUnderTest chain, int host) throws IOException {
        RawResponse answer =
                client(chain, host).request("GET", "/containers/json").readAnswer("GET");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.isWhole()).isTrue();
        assertThat(answer.body()).isEqualTo(LIST);
    }

    @Test
    void slowReadersOfOneClientLeaveMemoryForOthers() throws Exception {
        HeldMemory memory = new HeldMemory(LIMIT, 0, Duration.ofHours(1));
        try (FakeDaemon daemon = daemon();
                ChainUnderTest chain = ChainUnderTest.transforming(daemon.host(), new TestTransforms(), memory)) {
            for (int i = 0; i < 40; i++) {
                client(chain, 2).request("GET", "/containers/json?endless");
            }
            assertThat(chain.takeRecord()).startsWith("allow response-memory GET /containers/json");
            assertThat(memory.reservedBytes()).isLessThanOrEqualTo(LIMIT / 2);

            assertWholeList(chain, 3);
            assertWholeList(chain, 4);
            close();
            assertThat(ProcessResources.await(() -> memory.reservedBytes() == 0 && chain.openExchanges() == 0))
                    .isTrue();
        }
    }

    /** More slow readers than the memory has room for: each of them is a client of its own. */
    @Test
    void slowReadersAreCutInsteadOfAReaderThatNeedsMemory() throws Exception {
        HeldMemory memory = new HeldMemory(LIMIT, 0, Duration.ZERO);
        try (FakeDaemon daemon = daemon();
                ChainUnderTest chain = ChainUnderTest.transforming(daemon.host(), new TestTransforms(), memory)) {
            for (int i = 0; i < 40; i++) {
                client(chain, 10 + i).request("GET", "/containers/json?endless");
            }
            assertThat(chain.takeRecord()).startsWith("allow response-slow GET /containers/json ContainerList 200");
            for (int i = 0; i < 5; i++) {
                assertWholeList(chain, 2);
            }
            close();
            assertThat(ProcessResources.await(() -> memory.reservedBytes() == 0 && chain.openExchanges() == 0))
                    .isTrue();
        }
    }
}
