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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** What the proxy writes with {@code LOG_FORMAT=json} is what {@code docs/audit.schema.json} says. */
@Timeout(20)
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
    void anExchangeIsALineOfTheSchema(
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

    @Test
    void aClientOfAUnixSocketHasItsUserAndGroup() throws Exception {
        Path own = Files.createFile(folder.resolve("own"));
        PosixFileAttributes self = Files.readAttributes(own, PosixFileAttributes.class);
        Path socket = folder.resolve("proxy.sock");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(
                        daemon.socket(),
                        Map.of("LISTEN", "unix://" + socket, "LOG_FORMAT", "json", "LOG_LEVEL", "info"));
                RawClient client = RawClient.connect(socket)) {
            client.request("GET", "/_ping").readResponse();
            assertThat(proxy.server().listening()).hasSize(1);
        }

        JsonNode line = line();
        assertThat(line.get("client").asText()).isEqualTo("unix");
        assertThat(line.get("user").asText()).isEqualTo(self.owner().getName());
        assertThat(line.get("group").asText()).isEqualTo(self.group().getName());
    }

    @Test
    void theBytesOfATunnelAreCountedBothWays() throws IOException {
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

        JsonNode line = line();
        assertThat(line.get("upgrade").asBoolean()).isTrue();
        assertThat(line.get("status").asInt()).isEqualTo(101);
        assertThat(line.get("upstreamBytes").asLong()).isEqualTo(100_000);
        assertThat(line.get("downstreamBytes").asLong()).isEqualTo(8);
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
    void whatTheClientSentIsJsonAgainAndCannotLeaveItsString(String sent) throws IOException {
        AuditRecord record = new AuditRecord(
                Instant.EPOCH,
                1,
                Client.at("c"),
                sent,
                sent,
                null,
                Passage.DENY,
                "unlisted",
                0,
                Duration.ZERO,
                false,
                0,
                0);

        assertThat(record.toJson()).matches("[!-~]+");
        JsonNode line = valid(record.toJson());
        assertThat(line.get("target").asText()).isEqualTo(sent);
        assertThat(line.get("method").asText()).isEqualTo(sent);
        assertThat(line.get("status").isNull()).isTrue();
        assertThat(line.get("decision").asText()).isEqualTo("deny");
    }

    @Test
    void theLongestLineIsOfTheSchemaToo() throws IOException {
        String endless = "/".repeat(100_000);
        valid(new AuditRecord(
                        Instant.EPOCH,
                        1,
                        Client.at("c"),
                        endless,
                        endless,
                        null,
                        Passage.DENY,
                        "r",
                        0,
                        Duration.ZERO,
                        true,
                        0,
                        0)
                .toJson());
    }

    @Test
    void aLossIsALineOfTheSchema() throws IOException {
        assertThat(valid(AuditFormat.JSON.dropped(5)).get("dropped").asLong()).isEqualTo(5);
    }

    private static ProxyUnderTest start(FakeDaemon daemon) {
        return ProxyUnderTest.with(
                daemon.socket(), Map.of("LOG_FORMAT", "json", "LOG_LEVEL", "info", "CONTAINERS", "1", "POST", "1"));
    }

    /** The only line that was written. */
    private JsonNode line() throws IOException {
        List<String> lines =
                new ArrayList<>(output.toString(StandardCharsets.UTF_8).lines().toList());
        assertThat(lines).hasSize(1);
        return valid(lines.get(0));
    }

    private static JsonNode valid(String line) throws IOException {
        JsonNode node = JSON.readTree(line);
        assertThat(SCHEMA.validate(node)).as(line).isEmpty();
        return node;
    }
}
