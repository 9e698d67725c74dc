package org.socketproxy.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.usage.ShadowCounts;
import org.socketproxy.usage.ShadowCounts.Skip;

/** A proxy that tries a policy, before a daemon with an object of each kind. */
abstract class ShadowFixture {
    static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";

    static final String EXEC = "b".repeat(64);

    @TempDir
    Path folder;

    /** Requests that change objects. */
    static final Pattern DAEMON_CHANGES = Pattern.compile("(?m)^(POST|DELETE) ");

    static final Map<Skip, Long> NONE_SKIPPED =
            Arrays.stream(Skip.values()).collect(Collectors.toMap(cause -> cause, cause -> 0L));

    final List<String> asked = new CopyOnWriteArrayList<>();
    final List<String> records = new CopyOnWriteArrayList<>();
    private FakeDaemon daemon;
    ProxyUnderTest proxy;

    @BeforeEach
    void startDaemon() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                asked.add(head.lines().findFirst().orElse(""));
                peer.write(answer(head.split(" ")[1]));
            }
        });
    }

    static String answer(String target) {
        String id = "a".repeat(64);
        String body = "[]";
        if (target.contains("list-")) {
            return list(target);
        } else if (target.equals("/containers/x/json") || target.equals("/containers/" + id + "/json")) {
            body = "{\"Id\":\"" + id + "\",\"Name\":\"/x\",\"Config\":{\"Image\":\"a\",\"Labels\":{\"owner\":\"dev\"}},"
                    + "\"HostConfig\":{\"NetworkMode\":\"host\"}}";
        } else if (target.equals("/exec/" + EXEC + "/json")) {
            body = "{\"ID\":\"" + EXEC + "\",\"ContainerID\":\"" + id + "\",\"ProcessConfig\":{\"privileged\":false}}";
        } else if (target.equals("/networks/other")) {
            body = "{\"Id\":\"" + id + "\",\"Name\":\"other\",\"Labels\":{\"owner\":\"dev\"}}";
        } else if (target.equals("/volumes/host")) {
            body = "{\"Name\":\"host\",\"Driver\":\"local\",\"Labels\":{\"owner\":\"dev\"},"
                    + "\"CreatedAt\":\"2026-01-01T00:00:00Z\",\"Options\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\"}}";
        } else if (target.equals("/volumes/now")) {
            body = "{\"Name\":\"now\",\"Driver\":\"local\",\"Labels\":null,\"CreatedAt\":\"2999-01-01T00:00:00Z\"}";
        } else if (target.equals("/images/a/json")) {
            body = "{\"Id\":\"sha256:" + id
                    + "\",\"RepoTags\":[\"a:latest\"],\"Config\":{\"Labels\":{\"owner\":\"dev\"}}}";
        } else if (target.contains("/gone") || target.contains("/absent")) {
            return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        }
        return ANSWER.replace("Length: 2", "Length: " + body.length()).replace("[]", body);
    }

    /** Replaces {@code LIST-form} by a filter that is valid for all lists, and tells the daemon the form of its answer. */
    static String listed(String request) {
        return request.replaceFirst("LIST-([a-z]+)", "filters=%7B%22label%22:%5B%22list-$1%22%5D%7D");
    }

    /** Answers with one object of each of three owners, in a form that the target names. */
    private static String list(String target) {
        String elements = Stream.of("ci", "dev", "dev")
                .map(owner -> "{\"Id\":\"" + "a".repeat(64)
                        + "\",\"Name\":\"n\",\"Names\":[\"/n\"],\"Labels\":{\"owner\":\"" + owner + "\"}}")
                .collect(Collectors.joining(","));
        String body = target.startsWith("/volumes") ? "{\"Volumes\":[" + elements + "]}" : "[" + elements + "]";
        String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        return switch (target.replaceAll(".*list-([a-z]+).*", "$1")) {
            case "plain" -> head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
            case "chunked" ->
                head + "Transfer-Encoding: chunked\r\n\r\n"
                        + body.chars()
                                .mapToObj(each -> "1\r\n" + (char) each + "\r\n")
                                .collect(Collectors.joining()) + "0\r\n\r\n";
            case "encoded" -> head + "Content-Encoding: gzip\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
            case "malformed" -> head + "Content-Length: 9\r\n\r\n[{\"Id\":1}";
            case "large" -> {
                String large =
                        body.replace("]}", "]}" + " ".repeat(1 << 20)).replaceAll("\\]$", " ".repeat(1 << 20) + "]");
                yield head + "Content-Length: " + large.length() + "\r\n\r\n" + large;
            }
            default -> "HTTP/1.1 500 Internal Server Error\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        };
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    /** Starts a proxy with all variables that tries a policy. */
    void start(String file, String text) throws IOException {
        Map<String, String> environment = new HashMap<>(ProxyUnderTest.everything());
        environment.put("SOCKET_PATH", daemon.socket().toString());
        environment.put("LOG_LEVEL", "info");
        environment.put(
                "SHADOW_POLICY", Files.writeString(folder.resolve(file), text).toString());
        proxy = ProxyUnderTest.recording(environment, lines -> lines.lines().forEach(records::add));
    }

    ShadowCounts.Snapshot counts() {
        return proxy.server().configuration().shadow().counts().snapshot();
    }

    String send(String request, String body) throws IOException {
        String[] words = request.split(" ");
        String headers = words.length > 2 ? words[2].replace("~", "\r\n") + "\r\n" : "";
        String length = body.isEmpty()
                ? ""
                : "Content-Type: application/json\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length
                        + "\r\n";
        try (RawClient client = proxy.connect()) {
            return client.send(
                            words[0] + " " + words[1] + " HTTP/1.1\r\nHost: d\r\n" + headers + length + "\r\n" + body)
                    .readResponse();
        }
    }

    static boolean await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return condition.getAsBoolean();
    }

    void awaitRecords(String part) throws InterruptedException {
        assertThat(await(() -> records.stream().anyMatch(line -> line.contains(part))))
                .as(records.toString())
                .isTrue();
    }
}
