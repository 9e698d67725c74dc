package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** Permissions with an end, {@code until}: streams that rest on them, requests after it, and reloads that move it. */
class PermissionEndTest {
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{network: 127.0.0.1}]
                variables: {CONTAINERS: 1, EVENTS: 0}
                allow:
                  - {operation: SystemEvents, until: END}
                  - ContainerWait
            """;
    private static final String OF_PROFILE = POLICY.replace("{operation: SystemEvents, until: END}", "SystemEvents")
            .replace("allow:", "until: END\n    allow:");

    @TempDir
    Path folder;

    private final AtomicInteger completeBodies = new AtomicInteger();
    private Path policy;
    private FakeDaemon daemon;
    private ReloadedProxy proxy;

    @BeforeEach
    void create() throws Exception {
        policy = folder.resolve("policy.yaml");
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                if (head.startsWith("POST /containers/create")) { // and its body was complete
                    completeBodies.incrementAndGet();
                }
                boolean isEndless = head.contains("/events") || head.contains("/wait");
                peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        + (isEndless ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 2\r\n\r\n[]"));
            }
        });
        proxy = new ReloadedProxy(Files.writeString(folder.resolve("proxy.env"), "# nothing\n"), daemon.socket());
        proxy.setting("POLICY", policy.toString());
        proxy.setting("LOG_LEVEL", "info");
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private void write(String text, Instant end) throws IOException {
        Files.writeString(policy, text.replace("END", end.toString()));
    }

    private static Instant inSeconds(long seconds) {
        return Instant.now().plusSeconds(seconds).truncatedTo(ChronoUnit.MILLIS);
    }

    private String ask(String method, String target) throws IOException {
        try (RawClient client = RawClient.connect(proxy.port())) {
            return client.request(method, target).readResponse();
        }
    }

    @Test
    void streamEndsWithItsPermissionAndOthersGoOn() throws Exception {
        Instant end = inSeconds(3);
        write(POLICY, end);
        proxy.start();
        try (RawClient events = RawClient.connect(proxy.port());
                RawClient wait = RawClient.connect(proxy.port())) {
            assertThat(events.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200");
            assertThat(wait.request("POST", "/containers/a/wait").readHead()).startsWith("HTTP/1.1 200");
            assertThat(proxy.nextRecord()).endsWith(" begin");
            assertThat(proxy.nextRecord()).endsWith(" begin");
            assertThat(proxy.nextRecord())
                    .endsWith(" policy permission-ended by until " + end + " profile ci SystemEvents");
            assertThat(proxy.nextRecord()).contains(" allow revoked GET /events SystemEvents ");
            assertThat(events.readToEnd()).isEmpty();
            assertThat(proxy.exchanges(1)).isOne();
            assertThat(Instant.now()).isAfterOrEqualTo(end);
        }
        assertThat(ask("GET", "/events"))
                .startsWith("HTTP/1.1 403")
                .contains("its permission ended at " + end + " (profile ci: policy.yaml line 6)");
        assertThat(ask("GET", "/containers/json")).startsWith("HTTP/1.1 200");
    }

    @Test
    void profileEndsAsAWhole() throws Exception {
        Instant end = inSeconds(3);
        write(OF_PROFILE, end);
        proxy.start();
        try (RawClient events = RawClient.connect(proxy.port());
                RawClient wait = RawClient.connect(proxy.port())) {
            assertThat(events.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200");
            assertThat(wait.request("POST", "/containers/a/wait").readHead()).startsWith("HTTP/1.1 200");
            assertThat(proxy.exchanges(0)).isZero();
        }
        for (String target : new String[] {"/_ping", "/containers/json", "/images/json"}) {
            assertThat(ask("GET", target))
                    .startsWith("HTTP/1.1 403")
                    .contains("the permissions of the profile ended at " + end + " (profile ci: policy.yaml line 5)");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // end in seconds: at the start, after a reload | is the stream ended | response to the next request
                "3600 | 7200 | false | 200",
                "3600 | -60  | true  | 403",
                "3600 | 3    | true  | 403",
                "60   | 3600 | false | 200",
            })
    void reloadMovesTheEnd(long atStart, long afterReload, boolean isEnded, String status) throws Exception {
        write(POLICY, inSeconds(atStart));
        proxy.start();
        try (RawClient events = RawClient.connect(proxy.port())) {
            assertThat(events.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200");
            assertThat(proxy.nextRecord()).endsWith(" begin");
            write(POLICY, inSeconds(afterReload));
            proxy.reload();
            assertThat(proxy.lastReload().isApplied()).isTrue();

            assertThat(proxy.exchanges(isEnded ? 0 : 1)).isEqualTo(isEnded ? 0 : 1);
            assertThat(proxy.logged().contains("until of SystemEvents is in the past"))
                    .isEqualTo(afterReload < 0);
            try (RawClient next = RawClient.connect(proxy.port())) {
                assertThat(next.request("GET", "/events").readHead()).startsWith("HTTP/1.1 " + status);
            }
        }
    }

    @Test
    void endInThePastIsAWarning() throws Exception {
        write(POLICY, Instant.parse("2020-01-01T00:00:00Z"));
        proxy.start();

        assertThat(proxy.configuration().notes())
                .contains("profile ci: until of SystemEvents is in the past (2020-01-01T00:00:00Z), so the operation is"
                        + " denied");
        assertThat(ask("GET", "/events")).startsWith("HTTP/1.1 403");
    }

    /** The record and the end of the exchange by the poll come up to 250 ms after the end; the last bytes come before. */
    @ParameterizedTest
    @ValueSource(strings = {"[]", "safe"})
    void aBodyBegunBeforeAReloadThatAddsAnEndReachesNoDaemonAfterIt(String create) throws Exception {
        String policyText = """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.1}]
                    variables: {CONTAINERS: 1, POST: 1}
                """ + (create.equals("safe") ? "    create: safe\n" : "");
        write(policyText, Instant.EPOCH);
        proxy.start();
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                clients.add(RawClient.connect(proxy.port())
                        .send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                                + "Connection: close\r\nContent-Length: 20\r\n\r\n{\"Image\":\"a\"       "));
            }
            assertThat(proxy.exchanges(20)).isEqualTo(20);
            Instant end = inSeconds(2);
            write(policyText + "    until: END\n", end);
            proxy.reload();
            assertThat(proxy.lastReload().isApplied()).isTrue();
            assertThat(proxy.exchanges(20)).isEqualTo(20);
            while (Instant.now().isBefore(end)) {
                Thread.onSpinWait();
            }
            for (RawClient client : clients) {
                assertThat(answerToTheLastByte(client))
                        .matches("(?s)|HTTP/1.1 403 .*the permissions of the profile ended at " + end + ".*");
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        assertThat(completeBodies).hasValue(0);
    }

    /** Empty if the proxy has closed the connection already. */
    private static String answerToTheLastByte(RawClient client) {
        try {
            return client.send("}").readToEnd();
        } catch (IOException closed) {
            return "";
        }
    }
}
