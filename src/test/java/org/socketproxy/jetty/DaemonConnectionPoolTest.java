package org.socketproxy.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;

class DaemonConnectionPoolTest {
    private static final Duration IDLE_LIMIT = Duration.ofMillis(200);
    private static final int BURST = 50;
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    @Test
    void idleConnectionsExpireAndActiveOnesDoNot() throws Exception {
        CountDownLatch burst = new CountDownLatch(BURST);
        CountDownLatch expired = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                if (head.startsWith("GET /wait ")) {
                    await(expired);
                } else if (head.startsWith("GET /burst ")) {
                    burst.countDown();
                    await(burst); // forces a separate connection for each request
                }
                peer.write(OK);
            }
        })) {
            HttpClient client = client();
            try {
                CompletableFuture<ContentResponse> waiting = send(client, daemon, "/wait");
                List<CompletableFuture<ContentResponse>> all = new ArrayList<>();
                for (int i = 0; i < BURST; i++) {
                    all.add(send(client, daemon, "/burst"));
                }
                for (CompletableFuture<ContentResponse> each : all) {
                    assertThat(each.get(300, TimeUnit.SECONDS).getStatus()).isEqualTo(200);
                }
                assertThat(ProcessResources.await(() -> daemon.open() == 1)).isTrue();
                expired.countDown();
                assertThat(waiting.get(300, TimeUnit.SECONDS).getStatus()).isEqualTo(200);
                assertThat(ProcessResources.await(() -> daemon.open() == 0)).isTrue();
                assertThat(send(client, daemon, "/again")
                                .get(300, TimeUnit.SECONDS)
                                .getStatus())
                        .isEqualTo(200);
            } finally {
                client.stop();
            }
        }
    }

    private static HttpClient client() throws Exception {
        HttpClientTransportOverHTTP transport = new HttpClientTransportOverHTTP(new ClientConnector());
        transport.setConnectionPoolFactory(destination -> new DaemonConnectionPool(destination, 100, IDLE_LIMIT));
        HttpClient client = new HttpClient(transport);
        client.setIdleTimeout(0);
        client.setMaxConnectionsPerDestination(100);
        client.start();
        return client;
    }

    private static CompletableFuture<ContentResponse> send(HttpClient client, FakeDaemon daemon, String path) {
        Request request = client.newRequest("http://docker" + path).transport(new Transport.TCPUnix(daemon.socket()));
        return new CompletableResponseListener(request).send();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }
}
