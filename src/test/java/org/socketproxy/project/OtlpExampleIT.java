package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The example {@code examples/otlp} with a log of the proxy, and a collector that keeps the bodies of its requests. */
@Tag("thorough")
class OtlpExampleIT {
    private static final Path PROGRAM = Path.of("examples", "otlp", "spans.py").toAbsolutePath();
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SPAN = "b7ad6b7169203331";

    @TempDir
    Path folder;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<Integer> statuses = new LinkedBlockingQueue<>();
    private HttpServer collector;

    @BeforeEach
    void start() throws IOException {
        Programs.assumeInstalled("python3");
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Integer failure = statuses.poll();
            if (failure == null) {
                received.add(exchange.getRequestHeaders().getFirst("Content-Type") + " " + body);
            }
            exchange.sendResponseHeaders(failure == null ? 200 : failure, -1);
            exchange.close();
        });
        collector.start();
    }

    @AfterEach
    void stop() {
        collector.stop(0);
    }

    private Cli.Result send(String log, String address) throws IOException {
        Files.writeString(folder.resolve("log"), log);
        return Cli.in(folder, Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", address))
                .script("exec python3 " + PROGRAM + " <log");
    }

    private String address() {
        return "http://127.0.0.1:" + collector.getAddress().getPort();
    }

    private List<JsonNode> spans() throws IOException {
        List<JsonNode> spans = new ArrayList<>();
        for (String request : received) {
            assertThat(request).startsWith("application/json {");
            JsonNode resource = new ObjectMapper()
                    .readTree(request.substring(request.indexOf('{')))
                    .at("/resourceSpans/0");
            assertThat(resource.at("/resource/attributes/0/value/stringValue").asText())
                    .isEqualTo("socket-proxy");
            resource.at("/scopeSpans/0/spans").forEach(spans::add);
        }
        return spans;
    }

    private static Map<String, String> attributes(JsonNode span) {
        Map<String, String> found = new HashMap<>();
        span.get("attributes")
                .forEach(each -> found.put(
                        each.get("key").asText(),
                        each.get("value").iterator().next().asText()));
        return found;
    }

    @Test
    void eachRequestIsASpanOfItsTrace() throws IOException {
        Instant before = Instant.now();
        Path log = folder.resolve("audit.log");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
                ProxyUnderTest proxy = ProxyUnderTest.with(
                        daemon.socket(),
                        Map.of(
                                "LOG_FORMAT",
                                "json",
                                "LOG_LEVEL",
                                "info",
                                "AUDIT_FILE",
                                log.toString(),
                                "CONTAINERS",
                                "1",
                                "PING",
                                "0"));
                RawClient client = proxy.connect()) {
            client.send("GET /v1.45/containers/json HTTP/1.1\r\nHost: d\r\ntraceparent: 00-" + TRACE + "-" + SPAN
                            + "-01\r\n\r\n")
                    .readResponse();
            client.request("GET", "/v1.45/containers/json").readResponse();
            client.request("GET", "/_ping").readResponse();
        }

        Cli.Result sent = send("a line of another program\n{\"event\":\"end\"}\n" + Files.readString(log), address());

        assertThat(sent).isEqualTo(new Cli.Result(0, "", ""));
        List<JsonNode> spans = spans();
        assertThat(spans).hasSize(3);
        JsonNode traced = spans.get(0);
        assertThat(traced.get("traceId").asText()).isEqualTo(TRACE);
        assertThat(traced.get("parentSpanId").asText()).isEqualTo(SPAN);
        assertThat(traced.get("name").asText()).isEqualTo("ContainerList");
        assertThat(attributes(traced))
                .containsEntry("http.request.method", "GET")
                .containsEntry("url.path", "/v1.45/containers/json")
                .containsEntry("http.response.status_code", "200")
                .containsEntry("client.address", "127.0.0.1")
                .containsEntry("socket_proxy.decision", "allow");
        long begin = traced.get("startTimeUnixNano").asLong();
        assertThat(Instant.ofEpochSecond(0, begin)).isBetween(before.minusMillis(1), Instant.now());
        assertThat(traced.get("endTimeUnixNano").asLong()).isGreaterThanOrEqualTo(begin);
        assertThat(spans.get(1).get("traceId").asText()).matches("[0-9a-f]{32}").isNotEqualTo(TRACE);
        assertThat(spans.get(1).get("parentSpanId").asText()).matches("[0-9a-f]{16}");
        assertThat(spans.get(2).get("traceId").asText()).matches("[0-9a-f]{32}");
        assertThat(spans.get(2).get("parentSpanId").asText()).isEmpty();
        assertThat(attributes(spans.get(2)))
                .containsEntry("socket_proxy.decision", "deny")
                .containsEntry("socket_proxy.reason", "variable-missing");
        assertThat(spans.stream().map(span -> span.get("spanId").asText()).distinct())
                .hasSize(3);
    }

    @Test
    void spansWaitForACollectorAndAreCountedIfItDoesNotCome() throws IOException {
        String record =
                "{\"time\":\"2026-11-25T01:47:39.483123456Z\",\"event\":\"end\",\"method\":\"GET\",\"operation\":\"SystemPing\","
                        + "\"status\":502,\"durationMillis\":7}\n";
        statuses.add(503);

        Cli.Result late = send(record, address());
        Cli.Result lost = send(record + record, "http://127.0.0.1:1");

        assertThat(late.exitCode()).isZero();
        assertThat(late.stderr()).contains("503");
        assertThat(spans()).hasSize(1);
        JsonNode span = spans().get(0);
        assertThat(span.at("/status/code").asInt()).isEqualTo(2);
        assertThat(span.get("startTimeUnixNano").asText()).isEqualTo("1795571259483123456");
        assertThat(span.get("endTimeUnixNano").asText()).isEqualTo("1795571259490123456");
        assertThat(lost.exitCode()).isEqualTo(1);
        assertThat(lost.stderr()).endsWith("2 spans are lost\n");
    }
}
