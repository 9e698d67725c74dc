package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** Requests that follow on the same connection without waiting for the response are answered, also if they are denied. */
class PipelinedDenialTest {
    private static final int TIMES = 30;
    private static final String END = " HTTP/1.1\r\nHost: d\r\n\r\n";

    @TempDir
    Path folder;

    /** The first request and the status of its response; then a denied request, many times, and a ping. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "POST /containers/x/start | 403", // after a question to the daemon
                "POST /containers/create | 403", // its body is read and judged
                "GET /containers/json | 200",
                "GET /debug/vars | 403",
                "GET /_ping/../secrets | 400",
                "GET //user:x:y@d/ | 400", // an authority that Jetty cannot parse
                "POST //user:x:y@d/ | 400",
                "HEAD /debug/vars | 403",
            })
    void aDeniedRequestBehindAnotherOneIsAnswered(String line, int status) throws Exception {
        String method = line.split(" ")[0];
        String body = line.endsWith("create") ? "{\"HostConfig\":{\"Privileged\":true}}" : "";
        String first = line + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
        String denied = ("GET /debug/vars" + END).repeat(TIMES) + "GET /_ping/../x" + END + "HEAD /debug/vars" + END;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Map.of())) {
            // More clients than selector threads: one that waits forever would stop the proxy.
            for (int i = 0; i < TIMES; i++) {
                try (RawClient client = chain.connect()) {
                    client.send(first + denied + "GET /_ping" + END);
                    assertThat(client.readAnswer(method).status()).isEqualTo(status);
                    for (int k = 0; k < TIMES; k++) {
                        assertThat(client.readAnswer("GET").status()).isEqualTo(403);
                    }
                    assertThat(client.readAnswer("GET").status()).isEqualTo(400);
                    assertThat(client.readAnswer("HEAD").status()).isEqualTo(403);
                    assertThat(client.readAnswer("GET").status()).isEqualTo(200);
                }
            }
        }
    }

    /** The responses do not nest, and a client that sends more before it reads does not occupy a thread. */
    @Test
    void manyDenialsAreAnsweredToClientsThatReadLater() throws Exception {
        int many = 5000;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Map.of());
                RawClient late = chain.connect()) {
            Thread sender = new Thread(() -> {
                try {
                    late.send("POST /containers/x/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n"
                            + ("GET /debug/vars" + END).repeat(many));
                } catch (IOException closed) {
                    throw new UncheckedIOException(closed);
                }
            });
            sender.start();
            for (int i = 0; i < TIMES; i++) {
                try (RawClient other = chain.connect()) {
                    assertThat(other.send("GET /debug/vars" + END)
                                    .readAnswer("GET")
                                    .status())
                            .isEqualTo(403);
                }
            }
            assertThat(late.readAnswer("POST").status()).isEqualTo(403);
            for (int i = 0; i < many; i++) {
                assertThat(late.readAnswer("GET").status()).isEqualTo(403);
            }
            sender.join();
        }
    }
}
