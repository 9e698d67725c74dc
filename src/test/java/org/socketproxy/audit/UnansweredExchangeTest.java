package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The reason in the record of an exchange without a response. */
class UnansweredExchangeTest {
    @TempDir
    Path folder;

    /** The daemon answers no request for containers; if it hangs, also no ping. */
    @ParameterizedTest
    @CsvSource({
        "false, client, client-left",
        "true, client, daemon-silent",
        "false, proxy, proxy-stopped",
    })
    void recordSaysWhoHasEndedTheExchange(boolean isHanging, String ends, String reason) throws Exception {
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        CountDownLatch asked = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            String head = peer.readHead();
            if (head.startsWith("GET /_ping ") && !isHanging) {
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            }
            if (head.contains("/json")) {
                asked.countDown();
            }
            peer.readToEnd();
        })) {
            Map<String, String> environment = new HashMap<>(Map.of(
                    "SOCKET_PATH", daemon.socket().toString(),
                    "STATUS_LISTEN", "tcp://127.0.0.1:0",
                    "SHUTDOWN_TIMEOUT", "100ms",
                    "LOG_LEVEL", "info",
                    "CONTAINERS", "1"));
            try (ProxyUnderTest proxy = ProxyUnderTest.recording(
                            environment, lines -> lines.lines().forEach(records::add));
                    RawClient client = proxy.connect()) {
                assertThat(readiness(proxy)).isEqualTo(isHanging ? 503 : 200);
                client.request("GET", "/containers/json");
                assertThat(asked.await(300, TimeUnit.SECONDS)).isTrue();
                if (ends.equals("client")) {
                    client.close();
                } else {
                    proxy.close();
                }
                assertThat(records.poll(300, TimeUnit.SECONDS))
                        .contains(" allow " + reason + " GET /containers/json ContainerList 0 ");
            }
        }
    }

    private static int readiness(ProxyUnderTest proxy) throws IOException {
        return ((HttpURLConnection)
                        URI.create(proxy.statusPage() + "readyz").toURL().openConnection())
                .getResponseCode();
    }
}
