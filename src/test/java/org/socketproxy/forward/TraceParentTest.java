package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The header {@code traceparent}: that of the client if it is valid, else one of the proxy, to the daemon and in the record. */
class TraceParentTest {
    private static final String VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static final Pattern TRACE = Pattern.compile("(?im)^traceparent: ?(.*?)\r?$");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  | traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | true",
                "POST | Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | true",
                "GET  | X-Other: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | false",
                "POST | X-Other: 1 | false",
                "GET  | traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01 | false",
                "GET  | traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01 | false",
                "GET  | traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01 | false",
                "GET  | traceparent: ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | false",
                "GET  | traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 seq=1 | false",
                "POST | traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, 2 | false",
                "GET  | traceparent: \"seq\":1 | false",
                "GET  | traceparent: | false",
                "GET  | traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01~"
                        + "TraceParent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01 | false",
            })
    void requestHasOneValidTraceThatIsRecorded(String method, String sent, boolean isOfClient) throws Exception {
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ProxyUnderTest proxy = proxy(daemon, "json", records);
                RawClient client = proxy.connect()) {
            String target = method.equals("GET") ? "/containers/json" : "/containers/c1/kill";
            String headers = sent.replace("~", "\r\n") + "\r\nTracestate: a=b\r\nX-Last: 1\r\n";
            for (int i = 0; i < 2; i++) { // the second one on a pooled connection
                client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
                String head = daemon.takeWholeHead();
                Matcher traces = TRACE.matcher(head);
                assertThat(traces.find()).as(head).isTrue();
                String trace = traces.group(1);
                assertThat(traces.find()).as(head).isFalse();
                assertThat(head).containsIgnoringCase("X-Last: 1");
                assertThat(head.contains("Tracestate: a=b")).isEqualTo(isOfClient);
                assertThat(trace.equals(VALID)).isEqualTo(isOfClient);
                assertThat(trace).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01").doesNotContain("00000000");
                assertThat(records.poll(300, TimeUnit.SECONDS)).contains("\"trace\":\"" + trace + "\",");
            }
        }
    }

    @Test
    void traceOfTheProxyIsNeitherInALineOfTextNorOfADenial() throws Exception {
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ProxyUnderTest text = proxy(daemon, "text", records);
                ProxyUnderTest json = proxy(daemon, "json", records)) {
            for (String header : List.of("X: 1", "traceparent: " + VALID)) {
                boolean isOfClient = !header.startsWith("X");
                String end = " HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n";
                exchange(text, "GET /containers/json" + end, 200);
                assertThat(records.poll(300, TimeUnit.SECONDS).contains("trace"))
                        .isEqualTo(isOfClient);
                exchange(json, "GET /nothing" + end, 403);
                assertThat(records.poll(300, TimeUnit.SECONDS).contains("trace"))
                        .isEqualTo(isOfClient);
            }
        }
    }

    private static void exchange(ProxyUnderTest proxy, String request, int status) throws Exception {
        try (RawClient client = proxy.connect()) {
            client.send(request);
            assertThat(client.readResponse()).startsWith("HTTP/1.1 " + status);
        }
    }

    private static ProxyUnderTest proxy(FakeDaemon daemon, String format, BlockingQueue<String> records)
            throws Exception {
        Map<String, String> environment = ProxyUnderTest.everything();
        environment.putAll(Map.of(
                "SOCKET_PATH", daemon.socket().toString(),
                "PROTECT_SELF", "0",
                "LISTEN", "tcp://127.0.0.1:0",
                "STATUS_LISTEN", "off",
                "LOG_FORMAT", format,
                "LOG_LEVEL", "info"));
        return ProxyUnderTest.recording(environment, lines -> lines.lines().forEach(records::add));
    }
}
