package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests that a truncated response does not affect a concurrent exchange. */
class CrosstalkTest {
    private static final int CLIENTS = 4;
    private static final int TRIES = 400;
    private static final String BROKEN = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOKabc\r\n0\r\n\r\n";
    private static final String WHOLE =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n4\r\nabcd\r\n0\r\n\r\n";

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void truncatedResponseDoesNotAffectOthers(FakeDaemon.Kind kind) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, CrosstalkTest::serve);
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of())) {
            List<Callable<Void>> asking = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                boolean isBroken = i % 2 == 0;
                asking.add(
                        () -> ask(proxy, isBroken ? "/info" : "/version", isBroken ? "200, then cut" : "200 OKabcd"));
            }
            for (Future<Void> asked : clients.invokeAll(asking)) {
                asked.get();
            }
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
        } finally {
            clients.shutdownNow();
        }
    }

    private static void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            peer.write(head.startsWith("GET /info ") ? BROKEN : WHOLE);
        }
    }

    private static Void ask(ProxyUnderTest proxy, String target, String expected) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            try (RawClient client = proxy.connect()) {
                String seen = client.request("GET", target).readAnswer("GET").toString();
                assertThat(seen).as(target + ", try " + i).isEqualTo(expected);
            }
        }
        return null;
    }
}
