package org.socketproxy.filter.extension;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.decide.BodyStep;
import org.socketproxy.extension.ExchangeFacts;
import org.socketproxy.policy.BodyRules;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** An extension that blocks delays the client whose requests are slow, and no other one. */
class SlowExtensionTest {
    private static final int FLOOD = 300;
    private static final int SHARE = 16;

    @TempDir
    Path folder;

    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicInteger blocked = new AtomicInteger();
    private final List<RawClient> clients = new ArrayList<>();
    private FakeDaemon daemon;
    private ChainUnderTest chain;

    private final class Slow implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            if (ExchangeFacts.of(request).operation().id().equals("ImageList")) {
                blocked.incrementAndGet();
                try {
                    end.await();
                } catch (InterruptedException stopped) {
                    throw new IOException("interrupted", stopped);
                }
            }
            chain.doFilter(request, response);
        }
    }

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
        chain = ChainUnderTest.with(daemon, new BodyStep(), BodyRules.none(), new Slow());
    }

    @AfterEach
    void stop() throws Exception {
        end.countDown();
        for (RawClient client : clients) {
            client.close();
        }
        chain.close();
        daemon.close();
    }

    /** Sends more requests than the server has threads. */
    private void flood() throws Exception {
        for (int i = 0; i < FLOOD; i++) {
            RawClient client = chain.connect();
            clients.add(client);
            client.request("GET", "/images/json");
        }
        assertThat(ProcessResources.await(() -> blocked.get() >= SHARE)).isTrue();
    }

    @Test
    void slowRequestsOfOneClientDelayNoOtherClient() throws Exception {
        flood();

        try (RawClient other =
                RawClient.over(new Socket("127.0.0.1", chain.port(), InetAddress.getByName("127.0.0.2"), 0))) {
            for (int i = 0; i < 20; i++) {
                assertThat(other.request("GET", "/_ping").readResponse()).endsWith("OK");
            }
        }
        assertThat(blocked).hasValue(SHARE);

        end.countDown();
        for (RawClient client : clients) {
            assertThat(client.readResponse()).endsWith("OK");
        }
        assertThat(blocked).hasValue(FLOOD);
    }

    @Test
    void requestIsDeniedWhenTheExtensionDoesNotReturnInTime() throws Exception {
        try (RawClient client = chain.connect()) {
            RawResponse denied = client.request("GET", "/images/json").readAnswer("GET");
            assertThat(denied.status()).isEqualTo(500);
            assertThat(denied.body()).contains("failed, so this request is not allowed; see the log");
            assertThat(chain.takeRecord()).startsWith("deny extension-failed ");
            assertThat(client.request("GET", "/_ping").readResponse()).endsWith("OK");
        }
        assertThat(daemon.takeHead()).startsWith("GET /_ping ");
        assertThat(daemon.isUntouched()).isTrue();
    }
}
