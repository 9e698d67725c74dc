package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests resource use with many concurrent clients, and that the proxy still serves others. */
class FloodTest {
    /** Maximum of the pool, 64 threads and those of the listeners, plus the threads of the tests. */
    private static final int MOST_THREADS = 120;

    private static final long MIB = 1 << 20;

    @TempDir
    Path folder;

    private final List<RawClient> clients = new ArrayList<>();
    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    /** Daemon with endless streams that it writes at full speed. */
    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                if (head.startsWith("GET /events ")) {
                    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    while (true) {
                        peer.write("4000\r\n" + "x".repeat(0x4000) + "\r\n");
                    }
                }
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            }
        });
        proxy = ProxyUnderTest.with(daemon.socket(), Map.of("MAX_CONNECTIONS_PER_CLIENT", "4000"));
        assertServed();
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        proxy.close();
        daemon.close();
    }

    @Test
    void tenThousandSequentialConnectionsLeakNothing() throws Exception {
        assertServed(); // opens the connection to the daemon
        ProcessResources before = ProcessResources.now();
        for (int i = 0; i < 10_000; i++) {
            proxy.connect().close();
        }
        assertServed(); // the proxy accepts this connection after all earlier ones
        ProcessResources.await(() -> ProcessResources.now().files() <= before.files() + 2);
        ProcessResources after = ProcessResources.now();
        System.out.println("FloodTest: 10,000 connects: " + before + " -> " + after);
        assertThat(after.files()).isLessThanOrEqualTo(before.files() + 2);
        assertThat(after.threads()).isLessThan(MOST_THREADS);
        assertThat(after.directBytes()).isLessThan(before.directBytes() + 16 * MIB);
    }

    @Test
    void idleConnectionsHoldNoThreadsOrBuffers() throws Exception {
        ProcessResources before = ProcessResources.now();
        for (int i = 0; i < 2000; i++) {
            RawClient client = proxy.connect();
            clients.add(client);
            assertThat(client.request("GET", "/_ping").readResponse()).endsWith("OK");
        }
        ProcessResources after = ProcessResources.now();
        System.out.println("FloodTest: 2,000 idle: " + before + " -> " + after);
        assertThat(after.threads()).isLessThan(MOST_THREADS);
        assertThat(after.directBytes()).isLessThan(before.directBytes() + 16 * MIB);
        for (RawClient client : clients) {
            assertThat(client.request("GET", "/_ping").readResponse()).endsWith("OK");
        }
    }

    @Test
    void slowSubscribersHoldNoThreadsAndBoundedBuffers() throws Exception {
        ProcessResources before = ProcessResources.now();
        for (int i = 0; i < 500; i++) {
            RawClient client = proxy.connect();
            clients.add(client);
            client.request("GET", "/events");
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 500)).isTrue();
        assertServed();
        ProcessResources after = ProcessResources.now();
        System.out.println("FloodTest: 500 subscribers: " + before + " -> " + after);
        assertThat(after.threads()).isLessThan(MOST_THREADS);
        assertThat(after.directBytes() - before.directBytes()).isLessThan(500 * MIB / 4);
        for (RawClient client : clients) {
            client.close();
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    private void assertServed() throws IOException {
        assertThat(proxy.ask("GET", "/_ping")).endsWith("OK");
    }
}
