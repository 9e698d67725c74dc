package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests that logs contain no credentials, and that a client cannot inject log lines. */
class AuditSecrecyTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String SECRET = "hunter2";
    private static final String HEADERS =
            " HTTP/1.1\r\nHost: d\r\nX-Registry-Auth: hunter2\r\nX-Registry-Config: hunter2\r\n"
                    + "Authorization: Bearer hunter2\r\nCookie: a=hunter2\r\nUser-Agent: hunter2\r\n";

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final PrintStream stdout = System.out;
    private final PrintStream stderr = System.err;

    @TempDir
    Path folder;

    @BeforeEach
    void capture() {
        PrintStream captured = new PrintStream(output, true, StandardCharsets.UTF_8);
        System.setOut(captured);
        System.setErr(captured);
    }

    @AfterEach
    void giveBack() {
        System.setOut(stdout);
        System.setErr(stderr);
    }

    private ProxyUnderTest start(boolean isEverythingAllowed, Path socket) {
        Map<String, String> environment = new HashMap<>(Map.of("LOG_LEVEL", "debug"));
        for (Variable variable : Variables.load().all()) {
            environment.put(variable.name(), isEverythingAllowed ? "1" : "0");
        }
        return ProxyUnderTest.with(socket, environment);
    }

    /** Returns the log after the proxy has stopped and printed all records. */
    private List<String> log() {
        return output.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static String ask(ProxyUnderTest proxy, String bytes) throws IOException {
        try (RawClient client = proxy.connect()) {
            return client.send(bytes).readResponse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /images/create?fromImage=x&registry=user:hunter2@r",
                "POST /build?t=user:hunter2@r/x&remote=https://user:hunter2@git/x&buildargs=%7B%22P%22%3A%22hunter2%22%7D",
                "POST /auth?%zzhunter2",
                "POST /auth/../x?hunter2",
                "POST /nonsense?hunter2",
                "POST /_ping#hunter2",
            })
    void credentialsAreNotInLogOrResponse(String requestLine) throws Exception {
        String body = "{\"password\":\"hunter2\"}";
        String request = requestLine + HEADERS + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest open = start(true, daemon.socket());
                ProxyUnderTest closed = start(false, daemon.socket());
                ProxyUnderTest alone = start(true, folder.resolve("missing.sock"))) {
            assertThat(ask(open, request)).doesNotContain(SECRET);
            assertThat(ask(closed, request)).doesNotContain(SECRET);
            assertThat(ask(alone, request)).doesNotContain(SECRET);
        }
        assertThat(log())
                .allSatisfy(line -> assertThat(line).contains(" POST /").doesNotContain(SECRET))
                .filteredOn(line -> !line.contains(" begin seq="))
                .hasSize(3);
    }

    @Test
    void malformedHttpIsLoggedWithoutItsBytes() throws Exception {
        try (ProxyUnderTest proxy = start(true, folder.resolve("missing.sock"))) {
            assertThat(ask(proxy, "GET /_ping HTTP/1.1\r\nHost: hunter2\r\nHost: hunter2\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ")
                    .doesNotContain(SECRET);
            assertThat(ask(proxy, "GET http://user:hunter2@d/ HTTP/1.1\r\nHost: d\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ")
                    .doesNotContain(SECRET);
            assertThat(ask(proxy, "GET //user:hunter2:x@d/ HTTP/1.1\r\nHost: d\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ");
        }
        assertThat(log().stream().filter(line -> !line.contains(" deny target-segment GET //user:hunter2:x@d/ ")))
                .noneMatch(line -> line.contains(SECRET));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /x%0d%0a2026-01-01T00:00:00Z%20#1",
                "GET /x\u001b[2J\u001b]0;evil\u0007",
                "GET /<script>alert(1)</script>",
                "GET /x\\u000aallow",
                "GET /x\u00e2\u0080\u00a8allow",
                "GET /x\u0085allow",
                "GET /x?<script>alert(1)</script>",
                "G<script>T /_ping",
                "ALLOW-section /_ping",
            })
    void clientDataCannotInjectLogLinesOrHtml(String requestLine) throws Exception {
        String answer;
        try (ProxyUnderTest proxy = start(false, folder.resolve("missing.sock"))) {
            answer = ask(proxy, requestLine + " HTTP/1.1\r\nHost: d\r\nUser-Agent: <script>\r\n\r\n");
        }
        assertThat(answer)
                .matches("(?s)HTTP/1.1 40[03] .*")
                .contains("\r\nContent-Type: application/json\r\n")
                .doesNotContain("<script");
        assertThat(log())
                .hasSizeLessThanOrEqualTo(1)
                .allSatisfy(line -> assertThat(line).matches("[ -~]+").contains(" 127.0.0.1 deny "));
    }

    @Test
    void longPathIsTruncatedInLog() throws Exception {
        try (ProxyUnderTest proxy = start(false, folder.resolve("missing.sock"))) {
            ask(proxy, "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: d\r\n\r\n");
        }
        assertThat(log()).singleElement().asString().hasSizeLessThan(700);
    }
}
