package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.client.Client;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.Records;

/** Tests that the log of {@code LOG_FORMAT=json} matches {@code docs/audit.schema.json}. */
class AuditSchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchema SCHEMA = schema();

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final PrintStream stdout = System.out;

    @TempDir
    Path folder;

    private static JsonSchema schema() {
        try (InputStream schema = Files.newInputStream(Path.of("docs/audit.schema.json"))) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(schema);
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveBack() {
        System.setOut(stdout);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /_ping?a=hunter2     | /_ping           | SystemPing      | allow | section          | 200 | 0",
                "GET /containers/a%22b    | /containers/a%22b|                 | deny  | unlisted         | 403 | 0",
                "GET /images/json         | /images/json     | ImageList       | deny  | variable-missing | 403 | 0",
                "GET /a/../b              | /a/../b          |                 | deny  | target-segment   | 400 | 0",
                "POST /containers/create  | /containers/create | ContainerCreate | allow | section        | 200 | 5",
            })
    void exchangeMatchesSchema(
            String requestLine, String target, String operation, String decision, String reason, int status, long up)
            throws IOException {
        long down;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = start(daemon);
                RawClient client = proxy.connect()) {
            client.send(requestLine + " HTTP/1.1\r\nHost: d\r\nX-Registry-Auth: hunter2\r\nContent-Length: " + up
                    + "\r\n\r\n" + "x".repeat((int) up));
            String response = client.readResponse();
            down = response.substring(response.indexOf("\r\n\r\n") + 4).length();
        }

        JsonNode line = line();
        assertThat(line.get("client").asText()).isEqualTo("127.0.0.1");
        assertThat(line.get("method").asText()).isEqualTo(requestLine.replaceFirst(" .*", ""));
        assertThat(line.get("target").asText()).isEqualTo(target);
        assertThat(line.get("operation").asText(null)).isEqualTo(operation);
        assertThat(line.get("decision").asText()).isEqualTo(decision);
        assertThat(line.get("reason").asText()).isEqualTo(reason);
        assertThat(line.get("status").asInt()).isEqualTo(status);
        assertThat(line.get("upgrade").asBoolean()).isFalse();
        assertThat(line.get("upstreamBytes").asLong()).isEqualTo(up);
        assertThat(line.get("downstreamBytes").asLong()).isEqualTo(down).isPositive();
        assertThat(output.toString(StandardCharsets.UTF_8)).doesNotContain("hunter2");
    }

    /** The client leaves before the daemon has answered, or before the body of a judged request has ended. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp  | ''   | POST /containers/c/restart | 0  | allow | client-left",
                "unix | ''   | POST /containers/c/restart | 0  | allow | client-left",
                "tcp  | safe | POST /containers/create    | 99 | deny  | body-incomplete",
                "unix | safe | POST /containers/create    | 99 | deny  | body-incomplete",
                "tcp  | safe | POST /containers/c/start   | 0  | deny  | container-incomplete",
                "unix | safe | POST /containers/c/start   | 0  | deny  | container-incomplete",
            })
    void unansweredRequestHasNoStatus(
            String listener, String create, String requestLine, int length, String decision, String reason)
            throws Exception {
        Path socket = folder.resolve("proxy.sock");
        CountDownLatch reached = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    if (peer.readRequest() != null) {
                        reached.countDown();
                        peer.readRequest();
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.before(
                        daemon.host(),
                        Map.of(
                                "LISTEN",
                                "tcp://127.0.0.1:0,unix://" + socket,
                                "LOG_FORMAT",
                                "json",
                                "LOG_LEVEL",
                                "info",
                                "CREATE",
                                create));
                RawClient client = listener.equals("tcp") ? proxy.connect() : RawClient.connect(socket)) {
            client.send(requestLine + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + length + "\r\n\r\n" + (length == 0 ? "" : "{"));
            assertThat(length > 0 || reached.await(300, TimeUnit.SECONDS)).isTrue();
            client.close();
            assertThat(ProcessResources.await(() -> output.size() > 0)).isTrue();
        }

        JsonNode line = line();
        assertThat(line.get("decision").asText()).isEqualTo(decision);
        assertThat(line.get("reason").asText()).isEqualTo(reason);
        assertThat(line.get("status").isNull()).as(line.toString()).isTrue();
    }

    @Test
    void unixClientHasUserAndGroup() throws Exception {
        Path own = Files.createFile(folder.resolve("own"));
        PosixFileAttributes self = Files.readAttributes(own, PosixFileAttributes.class);
        Path socket = folder.resolve("proxy.sock");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(
                        daemon.socket(),
                        Map.of("LISTEN", "unix://" + socket + "?name=ci", "LOG_FORMAT", "json", "LOG_LEVEL", "info"));
                RawClient client = RawClient.connect(socket)) {
            client.request("GET", "/_ping").readResponse();
            assertThat(proxy.server().listening()).hasSize(1);
        }

        JsonNode line = line();
        assertThat(line.get("client").asText()).isEqualTo("unix");
        assertThat(line.get("listener").asText()).isEqualTo("ci");
        assertThat(line.get("user").asText()).isEqualTo(self.owner().getName());
        assertThat(line.get("group").asText()).isEqualTo(self.group().getName());
    }

    @Test
    void tunnelBytesAreCountedInBothDirections() throws IOException {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello");
                    peer.readToEnd();
                    peer.write("bye");
                });
                ProxyUnderTest proxy = start(daemon);
                RawClient client = proxy.connect()) {
            client.send("POST /containers/c/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 0\r\n\r\n");
            client.readHead();
            client.send("x".repeat(100_000));
            client.shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("hellobye");
        }

        List<JsonNode> lines = validLines();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).get("event").asText()).isEqualTo("begin");
        JsonNode line = lines.get(1);
        assertThat(line.get("event").asText()).isEqualTo("end");
        assertThat(line.get("id")).isEqualTo(lines.get(0).get("id"));
        assertThat(line.get("upgrade").asBoolean()).isTrue();
        assertThat(line.get("status").asInt()).isEqualTo(101);
        assertThat(line.get("upstreamBytes").asLong()).isEqualTo(100_000);
        assertThat(line.get("downstreamBytes").asLong()).isEqualTo(8);
    }

    /** The log has the begin record while the exchange is open, in case the proxy is killed. */
    @ParameterizedTest
    @CsvSource({
        "GET /events, '', SystemEvents, allow, section",
        "GET /containers/c/logs?follow=1, CONTAINERS=1 ALLOW_LOGS=1, ContainerLogs, allow, section",
        "POST /exec/e/start, EXEC=1 POST=1, ExecStart, allow, section",
        "POST /exec/e/start, MODE=learn, ExecStart, learn, variable-missing",
    })
    void streamAndTunnelHaveBeginAndEndRecords(
            String request, String settings, String operation, String decision, String reason) throws Exception {
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            String head = peer.readRequest();
            peer.write(
                    head.contains("\r\nUpgrade: ")
                            ? "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
                            : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            peer.readToEnd();
        })) {
            Map<String, String> environment = new HashMap<>(Map.of(
                    "SOCKET_PATH", daemon.socket().toString(),
                    "LISTEN", "tcp://127.0.0.1:0",
                    "STATUS_LISTEN", "off",
                    "LOG_FORMAT", "json"));
            Arrays.stream(settings.split(" "))
                    .filter(setting -> !setting.isEmpty())
                    .map(setting -> setting.split("="))
                    .forEach(setting -> environment.put(setting[0], setting[1]));
            Variables variables = Variables.load();
            try (SocketProxyServer server = SocketProxyServer.start(
                    Settings.read(environment, variables),
                    variables,
                    lines -> lines.lines()
                            .filter(line -> line.contains("\"id\":"))
                            .forEach(records::add),
                    List.of())) {
                JsonNode begin;
                try (RawClient client = RawClient.connect(server.port())) {
                    client.send(request + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                    client.readHead();
                    begin = valid(Objects.requireNonNull(records.poll(300, TimeUnit.SECONDS)));
                    assertThat(records).isEmpty();
                }
                assertThat(begin.get("event").asText()).isEqualTo("begin");
                assertThat(begin.get("operation").asText()).isEqualTo(operation);
                assertThat(begin.get("decision").asText()).isEqualTo(decision);
                assertThat(begin.get("reason").asText()).isEqualTo(reason);
                assertThat(begin.get("target").asText()).isEqualTo(request.replaceAll(".* |\\?.*", ""));

                JsonNode end = valid(Objects.requireNonNull(records.poll(300, TimeUnit.SECONDS)));
                assertThat(end.get("event").asText()).isEqualTo("end");
                assertThat(end.get("id")).isEqualTo(begin.get("id"));
                assertThat(end.get("decision").asText()).isEqualTo(decision);
            }
        }
        assertThat(records).isEmpty();
    }

    @Test
    void policyChangeMatchesSchema() throws IOException {
        JsonNode line = valid(new PolicyChange(
                Instant.EPOCH,
                PolicyChange.Kind.RELOAD,
                "a change of /etc/\"my\"\n.env",
                "ci",
                List.of("EXEC"),
                List.of("IMAGES", "PING"),
                List.of("LOG_LEVEL=notice"),
                List.of("EXEC runs any command")));
        assertThat(line.get("cause").asText()).isEqualTo("a change of /etc/\"my\"\n.env");
        assertThat(line.get("off")).extracting(JsonNode::asText).containsExactly("IMAGES", "PING");
        valid(PolicyChange.learnOn(Instant.EPOCH, Instant.EPOCH));
        valid(PolicyChange.learnOff(Instant.EPOCH));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a\"b,\"decision\":\"allow",
                "/a\\",
                "/a\\u0022",
                "/a\n{}",
                "/a\u0000\u001b[2J\u007f\u0085\u2028\u202e\ud800",
                "/\ud83d\ude00",
            })
    void clientDataCannotEscapeJsonString(String sent) throws IOException {
        AuditRecord record = new AuditRecord(
                Records.begun(Instant.EPOCH, 1, Client.at("c"), sent, sent, null, Outcome.DENY, "unlisted"),
                0,
                Duration.ZERO,
                false,
                0,
                0,
                null);

        assertThat(record.toJson()).matches("[!-~]+");
        JsonNode line = valid(record);
        assertThat(line.get("target").asText()).isEqualTo(sent);
        assertThat(line.get("method").asText()).isEqualTo(sent);
        assertThat(line.get("status").isNull()).isTrue();
        assertThat(line.get("decision").asText()).isEqualTo("deny");
    }

    @Test
    void longestLineMatchesSchema() throws IOException {
        String endless = "/".repeat(100_000);
        valid(new AuditRecord(
                Records.begun(Instant.EPOCH, 1, Client.at("c"), endless, endless, null, Outcome.DENY, "r"),
                0,
                Duration.ZERO,
                true,
                0,
                0,
                null));
    }

    @Test
    void judgedBodyMatchesSchema() throws IOException {
        BeginRecord begun = Records.begun(Instant.EPOCH, 1, Client.at("c"), "POST", "/", "X", Outcome.ALLOW, "r");
        String endless = "/".repeat(513);
        JsonNode line = valid(new AuditRecord(
                begun,
                201,
                Duration.ZERO,
                false,
                0,
                0,
                null,
                new CreatedObject(endless, endless, List.of("sh", endless)),
                true,
                2));

        assertThat(line.get("recreate").asBoolean()).isTrue();
        assertThat(line.get("repeated").asLong()).isEqualTo(2);
        assertThat(line.get("command")).extracting(JsonNode::asText).first().isEqualTo("sh");
    }

    @Test
    void droppedRecordsMatchSchema() throws IOException {
        assertThat(valid(AuditFormat.JSON.dropped(5)).get("dropped").asLong()).isEqualTo(5);
    }

    private static ProxyUnderTest start(FakeDaemon daemon) {
        return ProxyUnderTest.with(
                daemon.socket(), Map.of("LOG_FORMAT", "json", "LOG_LEVEL", "info", "CONTAINERS", "1", "POST", "1"));
    }

    /** Returns the only line of the log. */
    private JsonNode line() throws IOException {
        List<JsonNode> lines = validLines();
        assertThat(lines).hasSize(1);
        return lines.get(0);
    }

    private List<JsonNode> validLines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : output.toString(StandardCharsets.UTF_8).lines().toList()) {
            lines.add(valid(line));
        }
        return lines;
    }

    private static JsonNode valid(AuditEntry entry) throws IOException {
        StringBuilder line = new StringBuilder();
        AuditFormat.JSON.append(entry, ZoneOffset.UTC, 1, line);
        return valid(line.toString());
    }

    private static JsonNode valid(String line) throws IOException {
        JsonNode node = JSON.readTree(line);
        assertThat(SCHEMA.validate(node)).as(line).isEmpty();
        return node;
    }
}
