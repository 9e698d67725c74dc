package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** Tests the lines of the audit log for two clients that poll like a dashboard, until the proxy stops. */
class LogRepeatsTest {
    private static final List<String> TARGETS =
            List.of("/v1.45/images/json", "/images/json?all=1", "/nowhere", "/a/../b", "/_ping");
    private static final int ROUNDS = 3;
    private static final Pattern TARGET = Pattern.compile("(?:GET |\"target\":\")(/[^ \"]*)");
    private static final Pattern REPEATED = Pattern.compile("(?: repeated=|,\"repeated\":)(\\d+)");

    private final Queue<String> printed = new ConcurrentLinkedQueue<>();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void eachClientHasOneLineAndOneCountForEachDenial(String format) throws Exception {
        String metrics = poll(Map.of("LOG_FORMAT", format, "LOG_REPEATS", "collapse"));

        for (String client : List.of("127.0.0.1", "unix")) {
            assertThat(lines(client))
                    .containsExactly(
                            "/v1.45/images/json",
                            "/nowhere",
                            "/a/../b",
                            "/_ping",
                            "/_ping",
                            "/_ping",
                            "/images/json repeated 5",
                            "/nowhere repeated 2",
                            "/a/../b repeated 2");
        }
        assertThat(metrics)
                .contains(
                        "{decision=\"deny\",operation=\"ImageList\",reason=\"variable-missing\",status=\"4xx\"} 12.0\n")
                .contains("{decision=\"deny\",operation=\"unlisted\",reason=\"target-segment\",status=\"4xx\"} 6.0\n")
                .contains("{decision=\"deny\",operation=\"unlisted\",reason=\"unlisted\",status=\"4xx\"} 6.0\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void everyDenialIsALineByDefault(String format) throws Exception {
        poll(Map.of("LOG_FORMAT", format));

        for (String client : List.of("127.0.0.1", "unix")) {
            assertThat(lines(client)).hasSize(ROUNDS * TARGETS.size()).noneMatch(line -> line.contains("repeated"));
        }
    }

    /** Sends all requests of both clients, and returns the metrics before the proxy stops. */
    private String poll(Map<String, String> settings) throws Exception {
        Path socket = folder.resolve("proxy.sock");
        Map<String, String> environment = new HashMap<>(settings);
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) {
            environment.put("SOCKET_PATH", daemon.socket().toString());
            environment.put("LISTEN", "tcp://127.0.0.1:0,unix://" + socket);
            environment.put("STATUS_LISTEN", "tcp://127.0.0.1:0");
            environment.put("PROTECT_SELF", "0");
            Variables variables = Variables.load();
            try (SocketProxyServer proxy = SocketProxyServer.start(
                            Settings.read(environment, variables),
                            variables,
                            lines -> lines.lines().forEach(printed::add),
                            List.of());
                    RawClient tcp = RawClient.connect(proxy.port());
                    RawClient unix = RawClient.connect(socket)) {
                for (int i = 0; i < ROUNDS; i++) {
                    for (String target : TARGETS) {
                        tcp.request("GET", target).readResponse();
                        unix.request("GET", target).readResponse();
                    }
                }
                return HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create(proxy.statusPage() + "metrics"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
            }
        }
    }

    /** Returns the target and the count of each line of a client. */
    private List<String> lines(String client) {
        return printed.stream()
                .filter(line -> line.contains(" " + client) || line.contains("\"client\":\"" + client + "\""))
                .map(line ->
                        find(TARGET, line) + (line.contains("repeated") ? " repeated " + find(REPEATED, line) : ""))
                .toList();
    }

    private static String find(Pattern pattern, String line) {
        Matcher found = pattern.matcher(line);
        assertThat(found.find()).as(line).isTrue();
        return found.group(1);
    }
}
