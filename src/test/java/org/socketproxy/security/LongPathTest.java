package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests long targets, which would block a selector for seconds with a quadratic matcher. */
class LongPathTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"/libpod/manifests/a/", "/v1.45/images/", "/containers/"})
    @Timeout(120)
    void longPathIsRejectedImmediately(String start) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("MAX_HEADER_SIZE", "256k"))) {
            String target = start + "registry/".repeat(14_000) + "x";
            List<RawClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 32; i++) {
                    clients.add(proxy.connect());
                }
                for (RawClient client : clients) {
                    client.request("POST", target);
                }
                assertThat(proxy.ask("GET", "/_ping")).endsWith("OK");
                for (RawClient client : clients) {
                    assertThat(client.readResponse())
                            .startsWith("HTTP/1.1 400 ")
                            .contains("the path contains more than 64 segments");
                }
            } finally {
                for (RawClient client : clients) {
                    client.close();
                }
            }
        }
    }
}
