package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests disconnect detection during a stream with a pipelined request. */
class WatchedClientTest {
    private static final String STREAM_HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    @TempDir
    Path folder;

    @Test
    void pipelinedRequestIsServedAfterTheStream() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.write(STREAM_HEAD);
                    await(go);
                    peer.write("3\r\nend\r\n0\r\n\r\n");
                    while (peer.readHead() != null) {
                        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket());
                RawClient client = proxy.connect()) {
            client.request("GET", "/events").readHead();
            EndPoint endPoint = proxy.server()
                    .connectors()
                    .get(0)
                    .getConnectedEndPoints()
                    .iterator()
                    .next();
            HttpConnection connection = (HttpConnection) endPoint.getConnection();
            assertThat(ProcessResources.await(endPoint::isFillInterested))
                    .as("detection is active")
                    .isTrue();
            client.request("GET", "/_ping");
            assertThat(ProcessResources.await(() -> !connection.isRequestBufferEmpty()))
                    .as("the detector has read the pipelined request")
                    .isTrue();

            go.countDown();

            assertThat(client.read(13)).isEqualTo("3\r\nend\r\n0\r\n\r\n");
            assertThat(client.readResponse()).endsWith("OK");
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/version").readResponse()).endsWith("OK");
            }
            assertThat(daemon.accepted()).isEqualTo(1);
        }
    }

    private static void await(CountDownLatch latch) throws java.io.IOException {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new java.io.IOException(stopped);
        }
    }
}
