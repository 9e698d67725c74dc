package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.security.RecordedRequests.Corpus;
import org.socketproxy.security.RecordedRequests.Sent;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * Sends the requests of all corpora in HTTP/1.1 and in HTTP/2, each to its own proxy, and compares responses, audit records and
 * requests at the daemon. Each policy has another part of the requests: each fourth, with {@code -Dhttp2.step=1} all.
 */
class Http2ExchangesTest {
    private static final int STEP = Integer.getInteger("http2.step", 4);
    /** Requests that take over the connection, which HTTP/2 refuses. */
    private static final String HIJACK = "(?s)(POST|GET) \\S*/(attach(/ws)?|exec/[^/]*/start|session|grpc)([? ].*)?";

    private static final List<String> OF_CONNECTION =
            List.of("connection", "transfer-encoding", "content-length", "date");

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void requestsHaveTheSameResults(RecordedPolicy policy) throws Exception {
        Map<String, Sent> requests = new LinkedHashMap<>();
        RecordedRequests.load().stream()
                .filter(request -> request.corpus() != Corpus.RAW && policy.isFor(request))
                .forEach(request -> requests.putIfAbsent(request.label(), request));
        List<Sent> sent = new ArrayList<>();
        int i = List.of(RecordedPolicy.values()).indexOf(policy);
        for (Sent request : requests.values()) {
            if (i++ % STEP == 0 && !request.bytes().contains("\r\nUpgrade: ")) {
                sent.add(request);
            }
        }
        Map<String, RecordedExchange> first =
                policy.run(Files.createDirectory(folder.resolve("1")), sent, Http2ExchangesTest::overHttp1);
        Map<String, RecordedExchange> second =
                policy.run(Files.createDirectory(folder.resolve("2")), sent, Http2ExchangesTest::overHttp2);
        List<String> differences = new ArrayList<>();
        first.forEach((request, was) -> {
            RecordedExchange is = second.get(request);
            String before = withoutUnread(was);
            String after = withoutUnread(is);
            boolean isHijack = is.audit().startsWith("deny http-version ")
                    && !was.audit().startsWith("deny ")
                    && request.matches(HIJACK);
            if (!isHijack && !before.equals(after)) {
                differences.add(request + "\n  1.1 " + before + "\n  2   " + after);
            }
        });
        assertThat(differences).isEmpty();
        assertThat(first).hasSizeGreaterThan(10);
    }

    /** Leaves out how much of the body was read if the proxy answers itself: it discards the body in HTTP/1.1, and refuses it in HTTP/2. */
    private static String withoutUnread(RecordedExchange exchange) {
        String text = exchange.toString();
        return text.startsWith("deny ") || text.contains(" 404 ")
                ? text.replaceFirst(" \\d+/(\\d+B) ", " -/$1 ")
                : text;
    }

    private static String overHttp1(ProxyUnderTest proxy, Sent request) throws IOException {
        try (RawClient client = proxy.connect()) {
            RecordedPolicy.send(client, request.bytes());
            RawResponse response = client.readAnswer(request.method());
            Map<String, String> fields = new TreeMap<>();
            response.head().lines().skip(1).filter(line -> !line.isEmpty()).forEach(line -> {
                String[] field = line.split(": ?", 2);
                fields.put(field[0], field[1]);
            });
            return shown(response.status(), fields, response.body());
        }
    }

    private static String overHttp2(ProxyUnderTest proxy, Sent request) throws IOException {
        try (Http2Client client = Http2Client.connect(proxy.port())) {
            String[] parts = request.bytes().split("\r\n\r\n", 2);
            String[] lines = parts[0].split("\r\n");
            String target = lines[0].substring(lines[0].indexOf(' ') + 1, lines[0].lastIndexOf(' '));
            List<String> fields = new ArrayList<>(
                    List.of(":method", request.method(), ":scheme", "http", ":authority", "d", ":path", target));
            for (int i = 2; i < lines.length; i++) {
                String[] field = lines[i].split(": ?", 2);
                fields.addAll(List.of(field[0].toLowerCase(Locale.ROOT), field[1]));
            }
            boolean isEmpty = parts[1].isEmpty();
            int stream = client.open(isEmpty, fields.toArray(String[]::new));
            for (int from = 0; from < parts[1].length(); from += 10_000) {
                int to = Math.min(parts[1].length(), from + 10_000);
                client.sendData(stream, parts[1].substring(from, to), to == parts[1].length());
            }
            Http2Client.Answer answer = client.answer(stream);
            Map<String, String> received = new HashMap<>();
            answer.fields().forEach(field -> received.put(field.getName(), String.valueOf(field.getValue())));
            return shown(answer.status(), received, answer.body());
        }
    }

    private static String shown(int status, Map<String, String> fields, String body) {
        Map<String, String> ofRepresentation = new TreeMap<>();
        fields.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!OF_CONNECTION.contains(lower)) {
                ofRepresentation.put(lower, value);
            }
        });
        return status + " " + ofRepresentation + " " + body;
    }

    static Stream<Attack> targets() {
        return Attack.all()
                .filter(attack -> attack.bytes().matches("[^\r\n ]+ [^\r\n ][^\r\n]* HTTP/1\\.1\r\nHost: d\r\n\r\n"));
    }

    /** The target is read in the same way: the daemon gets exactly the same request line, or nothing. */
    @Test
    void attackTargetsHaveTheSameStatus() throws Exception {
        Map<String, List<Attack>> byVariables = new TreeMap<>();
        targets()
                .forEach(attack -> byVariables
                        .computeIfAbsent(attack.variables(), any -> new ArrayList<>())
                        .add(attack));
        List<String> differences = new ArrayList<>();
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            for (Map.Entry<String, List<Attack>> each : byVariables.entrySet()) {
                try (ProxyUnderTest proxy = proxy(daemon, each.getKey())) {
                    for (Attack attack : each.getValue()) {
                        differences.addAll(difference(daemon, proxy, attack));
                    }
                }
            }
        }
        assertThat(differences).isEmpty();
    }

    private static ProxyUnderTest proxy(FakeDaemon daemon, String variables) {
        return variables.equals("*")
                ? ProxyUnderTest.allowingEverything(daemon.socket())
                : variables.equals("-")
                        ? ProxyUnderTest.with(daemon.socket(), Map.of())
                        : ProxyUnderTest.allowing(daemon.socket(), variables.split(","));
    }

    /** A malformed head is refused with another status, or by the end of the connection: 0. */
    private static String shortStatus(String status) {
        return status.matches("0|400|414|431|505") ? "malformed" : status;
    }

    private static List<String> difference(FakeDaemon daemon, ProxyUnderTest proxy, Attack attack) throws Exception {
        String line = attack.bytes().substring(0, attack.bytes().indexOf(" HTTP/1.1\r\n"));
        String method = line.substring(0, line.indexOf(' '));
        try (Http2Client client = Http2Client.connect(proxy.port())) {
            Http2Client.Answer answer = client.ask(method, line.substring(line.indexOf(' ') + 1));
            List<String> differences = new ArrayList<>();
            String status = shortStatus(String.valueOf(answer.status()));
            if (!attack.statuses().stream()
                    .map(Http2ExchangesTest::shortStatus)
                    .toList()
                    .equals(List.of(status))) {
                differences.add(attack + " has " + answer.status() + " " + answer.body());
            }
            assertThat(daemon.takeHeads(answer.status() == 200 ? 1 : 0))
                    .allMatch(head -> head.startsWith(line + " HTTP/1.1\r\n"));
            assertThat(daemon.isUntouched()).as(line).isTrue();
            return differences;
        }
    }
}
