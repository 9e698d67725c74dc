package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The header {@code traceparent}: passed on as it is, and in the record if it is valid. */
class TraceParentTest {
    private static final String VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | true",
                "POST | Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | true",
                "GET | X-Other: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | false",
                "GET | traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01 | false",
                "GET | traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01 | false",
                "GET | traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01 | false",
                "GET | traceparent: ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | false",
                "GET | traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 seq=1 | false",
                "GET | traceparent: \"seq\":1 | false"
            })
    void onlyAValidOneIsRecorded(String method, String header, boolean isRecorded) throws Exception {
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            Map<String, String> environment = ProxyUnderTest.everything();
            environment.putAll(Map.of(
                    "SOCKET_PATH", daemon.socket().toString(),
                    "PROTECT_SELF", "0",
                    "LISTEN", "tcp://127.0.0.1:0",
                    "STATUS_LISTEN", "off",
                    "LOG_FORMAT", "json",
                    "LOG_LEVEL", "info"));
            try (ProxyUnderTest proxy = ProxyUnderTest.recording(
                            environment, lines -> lines.lines().forEach(records::add));
                    RawClient client = proxy.connect()) {
                String target = method.equals("GET") ? "/containers/json" : "/containers/c1/kill";
                client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n");
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
                assertThat(daemon.takeHead()).containsIgnoringCase("\r\n" + header + "\r\n");
                assertThat(records.poll(300, TimeUnit.SECONDS))
                        .containsPattern(
                                isRecorded
                                        ? "\"daemonMillis\":\\d+,\"trace\":\"" + VALID + "\",\"seq\":1}$"
                                        : "\"daemonMillis\":\\d+,\"seq\":1}$");
            }
        }
    }
}
