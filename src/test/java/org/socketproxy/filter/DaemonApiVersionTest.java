package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** {@code API_VERSION=auto} uses the lowest version of the daemon, and old clients are named on the status page. */
class DaemonApiVersionTest {
    private static final String TOO_OLD = "{\"message\":\"client version is too old\"}";

    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private volatile String minimum = "1.44";

    @TempDir
    Path folder;

    /** A daemon that refuses versions of two digits after the dot that are lower than its minimum. */
    private FakeDaemon daemon() throws IOException {
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String target = head.split(" ")[1];
                requests.add(target);
                String body = target.equals("/version")
                        ? "{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"" + minimum + "\"}"
                        : "[]";
                boolean isOld =
                        target.startsWith("/v1.") && target.substring(2, 6).compareTo(minimum) < 0;
                String answer = isOld ? TOO_OLD : body;
                peer.write("HTTP/1.1 " + (isOld ? "400 Bad Request" : "200 OK")
                        + "\r\nContent-Type: application/json\r\nContent-Length: " + answer.length() + "\r\n\r\n"
                        + answer);
            }
        });
    }

    private static ProxyUnderTest proxy(FakeDaemon daemon, String... settings) {
        Map<String, String> environment = new HashMap<>(ProxyUnderTest.everything());
        for (String setting : settings) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        return ProxyUnderTest.with(daemon.socket(), environment);
    }

    private static String page(ProxyUnderTest proxy) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(proxy.statusPage()).getPort())) {
            return client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        }
    }

    private record Deadline(long nanos) {
        Deadline() {
            this(System.nanoTime() + TimeUnit.SECONDS.toNanos(15));
        }

        boolean isAhead() {
            return System.nanoTime() < nanos;
        }
    }

    /** A daemon that never tells its version: each request that needs it would ask again. */
    private FakeDaemon daemonWithoutVersion() throws IOException {
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                requests.add(head.split(" ")[1]);
                if (head.startsWith("GET /version ")) {
                    return;
                }
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
            }
        });
    }

    @Test
    void requestBeyondTheRateAsksNothing() throws Exception {
        Path policy = Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.0/8}]
                    variables: {CONTAINERS: 1}
                    api-version: auto
                    max: {requests: 1/m, burst: 1}
                """);
        try (FakeDaemon daemon = daemonWithoutVersion();
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("POLICY", policy.toString()))) {
            // Waits for the question of the start, too.
            assertThat(proxy.ask("GET", "/v1.24/containers/json")).startsWith("HTTP/1.1 200 ");
            assertThat(requests).contains("/version", "/v1.24/containers/json");
            requests.clear();
            assertThat(proxy.ask("GET", "/v1.24/containers/json")).startsWith("HTTP/1.1 429 ");
            assertThat(requests).isEmpty();
        }
    }

    @Test
    void firstRequestWaitsForTheMinimumOfTheDaemon() throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=auto")) {
            assertThat(proxy.ask("GET", "/v1.24/containers/json")).startsWith("HTTP/1.1 200 ");
            assertThat(proxy.ask("GET", "/v1.41/containers/json")).startsWith("HTTP/1.1 200 ");

            assertThat(requests)
                    .contains("/v1.44/containers/json")
                    .noneMatch(target -> target.startsWith("/v1.24") || target.startsWith("/v1.41"));
            assertThat(requests).filteredOn(target -> target.equals("/version")).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"1.24", "1.40", "1.41", "0.1", "1.044", "''", "x", "1.53", "2.0"})
    void minimumThatIsNotNewerOrNotKnownChangesNothing(String reported) throws Exception {
        minimum = reported;
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=auto")) {
            proxy.ask("GET", "/v1.41/containers/json");

            assertThat(requests).contains("/v1.41/containers/json");
        }
    }

    @Test
    void withoutAutoTheDaemonIsNotAsked() throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44")) {
            proxy.ask("GET", "/v1.24/containers/json");
            proxy.ask("GET", "/v1.41/containers/json");

            assertThat(requests).containsExactly("/v1.44/containers/json", "/v1.44/containers/json");
        }
    }

    /** The daemon is upgraded while a connection of the pool stays open: its refusal makes the proxy ask again. */
    @Test
    void refusedVersionIsAskedAgain() throws Exception {
        minimum = "1.40";
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=auto", "STATUS_LISTEN=tcp://127.0.0.1:0")) {
            assertThat(proxy.ask("GET", "/v1.24/containers/json")).startsWith("HTTP/1.1 200 ");
            minimum = "1.44";

            String response = "";
            Deadline deadline = new Deadline();
            while (!response.startsWith("HTTP/1.1 200 ") && deadline.isAhead()) {
                response = proxy.ask("GET", "/v1.24/containers/json");
            }

            assertThat(requests).contains("/v1.40/containers/json", "/v1.44/containers/json");
            assertThat(page(proxy)).doesNotContain("is not translated");
        }
    }

    @Test
    void daemonThatAnswersAgainIsAskedAgain() throws Exception {
        minimum = "1.40";
        try (ProxyUnderTest proxy = proxyOf(daemonOnce())) {
            assertThat(proxy.ask("GET", "/v1.24/containers/json")).startsWith("HTTP/1.1 502 ");
            minimum = "1.44";
            try (FakeDaemon daemon = daemon()) {
                assertThat(daemon.socket()).exists();
                assertThat(proxy.ask("GET", "/v1.24/containers/json")).startsWith("HTTP/1.1 200 ");
            }
        }
        assertThat(requests).contains("/v1.44/containers/json");
    }

    /** The address of a daemon that is gone. */
    private FakeDaemon daemonOnce() throws IOException {
        FakeDaemon gone = daemon();
        gone.close();
        return gone;
    }

    private static ProxyUnderTest proxyOf(FakeDaemon daemon) {
        return proxy(daemon, "API_VERSION=auto");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "API_VERSION=     | GET  | /v1.24/containers/json | client 127.0.0.1 uses API 1.24, the daemon needs 1.44: set API_VERSION=auto",
                "API_VERSION=1.40 | GET  | /v1.24/containers/json | client 127.0.0.1 uses API 1.24, the daemon needs 1.44: set API_VERSION=auto",
                "API_VERSION=auto | GET  | /v1.24/containers/json | client 127.0.0.1 uses API 1.24: its requests are forwarded with API 1.44",
                "API_VERSION=1.44 | GET  | /v1.41/containers/json | client 127.0.0.1 uses API 1.41: its requests are forwarded with API 1.44",
                "API_VERSION=auto | POST | /v1.41/volumes/prune   | client 127.0.0.1 uses API 1.41, the daemon needs 1.44: a request of VolumePrune could mean something else in the newer version and is not translated; use a newer version of the client (docs/old-clients.md)",
            })
    void oldClientIsOnThePage(String setting, String method, String target, String sentence) throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, setting, "STATUS_LISTEN=tcp://127.0.0.1:0")) {
            String page = "";
            Deadline deadline = new Deadline();
            while (!page.contains(sentence) && deadline.isAhead()) {
                proxy.ask(method, target);
                page = page(proxy);
            }

            assertThat(page).contains(sentence);
        }
    }

    @Test
    void refusalForAnotherReasonNamesNoClient() throws Exception {
        try (FakeDaemon daemon = daemon();
                ProxyUnderTest proxy = proxy(daemon, "STATUS_LISTEN=tcp://127.0.0.1:0")) {
            proxy.ask("GET", "/v1.44/containers/json");

            assertThat(page(proxy)).doesNotContain("the daemon needs");
        }
    }
}
