package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests that the use of an operation is counted while its exchange is still active. */
class ActiveExchangeUseTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "GET /events, '', EVENTS",
        "GET /containers/c/logs?follow=1, CONTAINERS=1 ALLOW_LOGS=1, ALLOW_LOGS",
        "GET /containers/c/logs?follow=1, MODE=learn, ALLOW_LOGS",
        "POST /exec/e/start, EXEC=1 POST=1, EXEC",
        "POST /exec/e/start, MODE=learn, EXEC",
        "GET /containers/json, CONTAINERS=1, CONTAINERS", // the daemon is slow
    })
    void variableOfAnActiveExchangeIsSuggestedAndNotUnused(String request, String settings, String variable)
            throws IOException {
        Map<String, String> environment = new HashMap<>(Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0"));
        Arrays.stream(settings.split(" "))
                .filter(setting -> !setting.isEmpty())
                .map(setting -> setting.split("="))
                .forEach(setting -> environment.put(setting[0], setting[1]));
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    String head = peer.readRequest();
                    peer.write(
                            head.contains("\r\nUpgrade: ")
                                    ? "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
                                    : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    peer.readToEnd();
                });
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), environment);
                RawClient client = proxy.connect()) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
            assertThat(client.readHead()).matches("HTTP/1.1 (200|101) (?s:.*)");

            assertThat(read(proxy.statusPage() + "suggest")).contains("\n" + variable + "=1\n");
            assertThat(read(proxy.statusPage())).doesNotContain(variable + "=0");
        }
    }

    private static String read(String address) throws IOException {
        return new String(URI.create(address).toURL().openStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
