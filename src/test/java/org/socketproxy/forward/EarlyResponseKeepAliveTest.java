package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** A response that comes before the daemon has read the body does not end the connection of the client. */
class EarlyResponseKeepAliveTest {
    private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)");
    private static final int CONNECTIONS = 20;
    private static final int REQUESTS = 10;

    @TempDir
    Path folder;

    /** Bodies that fit into the first read of the proxy, and longer ones. */
    @ParameterizedTest
    @ValueSource(ints = {10, 1500, 3000, 9000, 100_000})
    void connectionServesTheNextRequest(int bodyBytes) throws Exception {
        String request = "POST /plugins/create HTTP/1.1\r\nHost: docker\r\nContent-Length: " + bodyBytes + "\r\n\r\n"
                + "x".repeat(bodyBytes);
        try (FakeDaemon daemon = FakeDaemon.running(folder, EarlyResponseKeepAliveTest::answerEarly);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("PLUGINS", "1", "POST", "1"))) {
            for (int i = 0; i < CONNECTIONS; i++) {
                try (RawClient client = proxy.connect()) {
                    for (int j = 0; j < REQUESTS; j++) {
                        assertThat(client.send(request).readResponse())
                                .as("request %d of connection %d", j, i)
                                .startsWith("HTTP/1.1 200")
                                .endsWith("OK");
                    }
                }
            }
        }
    }

    /** The proxy reads the second request inside the callback of the last write of the first response. */
    @ParameterizedTest
    @ValueSource(ints = {10, 3000, 100_000})
    void denialOfThePipelinedRequestIsSent(int bodyBytes) throws Exception {
        String requests = "POST /plugins/create HTTP/1.1\r\nHost: docker\r\nContent-Length: " + bodyBytes + "\r\n\r\n"
                + "x".repeat(bodyBytes) + "GET /secrets HTTP/1.1\r\nHost: docker\r\n\r\n";
        try (FakeDaemon daemon = FakeDaemon.running(folder, EarlyResponseKeepAliveTest::answerEarly);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("PLUGINS", "1", "POST", "1"))) {
            for (int i = 0; i < CONNECTIONS; i++) {
                try (RawClient client = proxy.connect()) {
                    assertThat(client.send(requests).readResponse())
                            .as("connection %d", i)
                            .startsWith("HTTP/1.1 200");
                    assertThat(client.readResponse()).as("connection %d", i).startsWith("HTTP/1.1 403");
                }
            }
        }
    }

    private static void answerEarly(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readHead(); head != null; head = peer.readHead()) {
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            Matcher length = LENGTH.matcher(head);
            assertThat(length.find()).isTrue();
            peer.input().skipNBytes(Integer.parseInt(length.group(1)));
        }
    }
}
