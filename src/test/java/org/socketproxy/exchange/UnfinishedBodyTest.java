package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Requests whose body has not ended when their permission ends, or whose body comes too slowly. */
class UnfinishedBodyTest {
    private static final String CREATE =
            "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n";
    private static final String CREATED = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";

    private final BlockingQueue<String> records = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @TempDir
    Path folder;

    /** Reads a request with its body, and answers only if both are complete. */
    private FakeDaemon daemon() throws IOException {
        return FakeDaemon.running(folder, peer -> {
            String head = peer.readHead();
            while (head != null) {
                String body = "";
                if (head.contains("chunked")) {
                    while (!body.endsWith("0\r\n\r\n")) {
                        body += peer.read(1);
                    }
                } else if (head.contains("Content-Length: 20")) {
                    body = peer.read(20);
                    if (body.length() < 20) {
                        return;
                    }
                }
                received.add(head.split(" ")[1] + " " + body);
                peer.write(CREATED);
                head = peer.readHead();
            }
        });
    }

    private ProxyUnderTest proxy(FakeDaemon daemon, Map<String, String> environment) {
        Map<String, String> complete = new HashMap<>(environment);
        complete.put("SOCKET_PATH", daemon.socket().toString());
        complete.put("LOG_LEVEL", "info");
        return ProxyUnderTest.recording(complete, lines -> lines.lines().forEach(records::add));
    }

    private Path policy(Instant end, String create) throws IOException {
        return Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.1}]
                    variables: {CONTAINERS: 1, POST: 1}
                    %s
                    until: %s
                """.formatted(create, end));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''           | Content-Length: 20         | '{\"Image\":\"a\"       '",
                "''           | Transfer-Encoding: chunked | '9~{\"Image\":~'",
                "create: safe | Content-Length: 20         | '{\"Image\":\"a\"       '",
                "create: safe | Transfer-Encoding: chunked | '9~{\"Image\":~'",
            })
    void aBodyThatEndsAfterItsPermissionReachesNoDaemon(String create, String framing, String first) throws Exception {
        Instant end = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.MILLIS);
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy =
                        proxy(daemon, Map.of("POLICY", policy(end, create).toString()));
                RawClient client = proxy.connect()) {
            client.send(CREATE + framing + "\r\n\r\n" + first.replace("~", "\r\n"));
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 1)).isTrue();
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
            assertThat(Instant.now()).isAfterOrEqualTo(end);

            assertThat(record()).contains(" policy permission-ended by until " + end);
            assertThat(record()).containsPattern(" (allow revoked|deny body-incomplete) POST /containers/create ");
            assertThat(client.readToEnd()).isEmpty();
        }
        assertThat(received).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"''", "create: safe"})
    void theLastByteIsDecidedByTheClock(String create) throws Exception {
        Instant end = Instant.now().plusSeconds(2).truncatedTo(ChronoUnit.MILLIS);
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy =
                        proxy(daemon, Map.of("POLICY", policy(end, create).toString()));
                RawClient client = proxy.connect()) {
            client.send(CREATE + "Connection: close\r\nContent-Length: 20\r\n\r\n{\"Image\":\"a\"       ");
            while (Instant.now().isBefore(end)) {
                Thread.onSpinWait();
            }
            String answer;
            try {
                answer = client.send("}").readToEnd();
            } catch (IOException closed) {
                answer = "";
            }
            assertThat(answer).matches("(?s)|HTTP/1.1 403 .*the permissions of the profile ended at .*");
        }
        assertThat(received).isEmpty();
    }

    @Test
    void aBodyThatEndsInTimeIsForwarded() throws Exception {
        Instant end = Instant.now().plusSeconds(3600);
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(
                        daemon, Map.of("POLICY", policy(end, "create: safe").toString()));
                RawClient client = proxy.connect()) {
            client.send(CREATE + "Content-Length: 20\r\n\r\n{\"Image\":\"a\"");
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 1)).isTrue();
            client.send("       }");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 201 ");
        }
        assertThat(received).singleElement().asString().contains("/containers/create {\"Image\":\"a\"");
    }

    @ParameterizedTest
    @CsvSource({
        "301, 5000,    true",
        "299, 5000,    false",
        "301, 400000,  false",
    })
    void aSlowUploadIsEndedAfterFiveMinutes(long seconds, int sent, boolean isEnded) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.readToEnd();
                });
                ProxyUnderTest proxy = proxy(daemon, Map.of("CONTAINERS", "1", "POST", "1", "ALLOW_ARCHIVE", "1"));
                RawClient client = proxy.connect()) {
            client.send("PUT /containers/c/archive?path=/ HTTP/1.1\r\nHost: d\r\nContent-Length: 1000000\r\n\r\n"
                    + "x".repeat(sent));
            ActiveExchanges open = proxy.server().exchanges();
            assertThat(ProcessResources.await(
                            () -> open.lasting(Duration.ZERO).stream().anyMatch(each -> each.upstreamBytes() == sent)))
                    .isTrue();

            open.sweep(System.nanoTime() + Duration.ofSeconds(seconds).toNanos());

            assertThat(ProcessResources.await(() -> proxy.openExchanges() == (isEnded ? 0 : 1)))
                    .isTrue();
        }
        assertThat(record())
                .contains(isEnded ? " allow body-timeout PUT " : " allow ")
                .contains(" PUT ");
    }

    private String record() throws InterruptedException {
        return Objects.requireNonNull(records.poll(300, TimeUnit.SECONDS));
    }
}
