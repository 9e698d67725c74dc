package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** Limits of a profile: what is open counts until it ends, in whichever way, and one more is denied. */
class LimitStepTest {
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{network: 127.0.0.1}]
                variables: {CONTAINERS: 1, IMAGES: 1, VOLUMES: 1, POST: 1, EXEC: 1, ALLOW_LOGS: 1, PLUGINS: 1}
                mask: [env]
                max: {exchanges: 4, exec: 1, stream: 2}
                trusts: [safe]
              safe:
                clients: [{network: 127.0.0.2}]
                variables: {CONTAINERS: 1, VOLUMES: 1, POST: 1, EXEC: 1}
                create: safe
            """;
    private static final String UPGRADE = " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n";

    @TempDir
    Path folder;

    private final BlockingQueue<String> records = new LinkedBlockingQueue<>();
    private FakeDaemon daemon;
    private SocketProxyServer proxy;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, LimitStepTest::serve);
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        Map<String, String> environment = Map.of(
                "SOCKET_PATH", daemon.socket().toString(),
                "LISTEN", "tcp://127.0.0.1:0",
                "STATUS_LISTEN", "off",
                "SHUTDOWN_TIMEOUT", "0s",
                "MAX_BODY", "64k",
                "POLICY", policy.toString());
        Filter extension = (request, response, chain) -> {
            if (Objects.equals(((HttpServletRequest) request).getHeader("X-Deny"), "1")) {
                ((HttpServletResponse) response).sendError(451);
            } else {
                chain.doFilter(request, response);
            }
        };
        Variables variables = Variables.load();
        proxy = SocketProxyServer.start(
                Settings.read(environment, variables),
                variables,
                lines -> lines.lines().forEach(records::add),
                List.of(extension));
    }

    /** Upgrades, streams, waits or answers, by the target. */
    private static void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (head.contains("/exec/refused")) {
                peer.write("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}");
                continue;
            }
            if (head.contains("\r\nUpgrade: ")) {
                peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                if (!head.contains("/exec/short")) {
                    peer.readToEnd();
                }
                return;
            }
            if (head.startsWith("GET /events") || head.contains("/logs")) {
                peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
                peer.readToEnd();
                return;
            }
            if (head.contains("all=broken") || head.contains("/volumes/broken")) {
                return;
            }
            if (head.contains("all=slow")) {
                peer.readToEnd();
                return;
            }
            if (head.contains("/slow")) {
                peer.readToEnd();
                return;
            }
            if (head.contains("/unknown")) {
                peer.write("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
                        + "{\"message\":\"x\"}");
            } else {
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
            }
        }
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private RawClient connect() throws IOException {
        return RawClient.connect(proxy.port());
    }

    /** Connects as a client of the profile {@code safe}. */
    private RawClient connectSafe() throws IOException {
        return RawClient.over(
                new Socket(InetAddress.getLoopbackAddress(), proxy.port(), InetAddress.getByName("127.0.0.2"), 0));
    }

    private int openOfSafe() {
        return proxy.load().open("safe", ProfileLimit.EXCHANGES);
    }

    private String open() {
        List<Integer> open = new ArrayList<>();
        for (ProfileLimit limit : List.of(ProfileLimit.EXCHANGES, ProfileLimit.EXEC, ProfileLimit.STREAM)) {
            open.add(proxy.load().open("ci", limit));
        }
        return open.toString();
    }

    private void assertNothingIsOpen() throws InterruptedException {
        ProcessResources.await(() -> open().equals("[0, 0, 0]"));
        assertThat(open()).isEqualTo("[0, 0, 0]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // request                     | exchanges, exec, stream
                "POST /exec/e/start            | [1, 1, 0]",
                "POST /containers/c/attach     | [1, 0, 1]",
                "GET /events                   | [1, 0, 1]",
                "GET /containers/c/logs?stdout=1&follow=1 | [1, 0, 1]",
            })
    void openExchangeCounts(String request, String counts) throws Exception {
        try (RawClient client = connect()) {
            client.send(request + UPGRADE + "\r\n").readHead();
            assertThat(open()).isEqualTo(counts);
        }
        assertNothingIsOpen();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /containers/json HTTP/1.1\r\nHost: d\r\n\r\n",
                "GET /containers/json?all=broken HTTP/1.1\r\nHost: d\r\n\r\n",
                "GET /containers/json HTTP/1.1\r\nHost: d\r\nX-Deny: 1\r\n\r\n",
                "GET /swarm HTTP/1.1\r\nHost: d\r\n\r\n",
                "GET /containers/../x HTTP/1.1\r\nHost: d\r\n\r\n",
                "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 54\r\n\r\n"
                        + "{\"Image\":\"a\",\"Env\":[\"A=***masked-by-socket-proxy***\"]}",
                "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{",
                "POST /containers/c/start HTTP/1.1\r\nHost: d\r\n\r\n",
                "POST /exec/refused/start" + UPGRADE + "\r\n",
            })
    void exchangeThatIsAnsweredOrDeniedNoLongerCounts(String request) throws Exception {
        try (RawClient client = connect()) {
            assertThat(client.send(request).readHead()).startsWith("HTTP/1.1 ");
        }
        assertNothingIsOpen();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /containers/json?all=slow HTTP/1.1\r\nHost: d\r\n\r\n",
                "GET /events HTTP/1.1\r\nHost: d\r\n\r\n",
                "POST /exec/e/start" + UPGRADE + "\r\n",
                "POST /exec/e/start HTTP/1.1\r\nHost: d\r\nContent-Length: 9\r\n\r\n{",
                "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{",
                "POST /plugins/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            })
    void exchangeOfAClientThatLeavesNoLongerCounts(String request) throws Exception {
        try (RawClient client = connect()) {
            client.send(request);
            ProcessResources.await(() -> open().startsWith("[1, "));
            assertThat(open()).startsWith("[1, ");
            client.reset();
        }
        assertNothingIsOpen();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /containers/json?all=slow HTTP/1.1\r\nHost: d\r\n\r\n",
                "GET /events HTTP/1.1\r\nHost: d\r\n\r\n",
                "POST /exec/e/start" + UPGRADE + "\r\n",
            })
    void exchangeThatTheStopOfTheProxyAbortsNoLongerCounts(String request) throws Exception {
        try (RawClient client = connect()) {
            client.send(request);
            daemon.takeHead();
            proxy.exchanges().stop(() -> Duration.ZERO, () -> Duration.ZERO, () -> true);
        }
        assertNothingIsOpen();
    }

    @Test
    void tunnelThatTheDaemonEndsNoLongerCounts() throws Exception {
        try (RawClient client = connect()) {
            assertThat(client.send("POST /exec/short/start" + UPGRADE + "\r\n").readHead())
                    .startsWith("HTTP/1.1 101");
            assertThat(client.readToEnd()).isEmpty();
        }
        assertNothingIsOpen();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/containers/unknown/start | ''                                                   | 404",
                "/containers/create        | '{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"broken:/x\"]}}' | 502",
                "/containers/create        | '{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}}' | 403",
                "/containers/a/exec        | '{\"Cmd\":[\"a\"],\"Privileged\":true}' | 403",
            })
    void exchangeThatTheRulesOfCreateDenyNoLongerCounts(String target, String body, int status) throws Exception {
        try (RawClient client = connectSafe()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body);
            assertThat(client.readResponse()).startsWith("HTTP/1.1 " + status + " ");
        }
        ProcessResources.await(() -> openOfSafe() == 0);
        assertThat(openOfSafe()).isZero();
    }

    @Test
    void exchangeOfAClientThatLeavesDuringAQuestionToTheDaemonNoLongerCounts() throws Exception {
        try (RawClient client = connectSafe()) {
            client.send("POST /containers/slow/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            ProcessResources.await(() -> openOfSafe() == 1);
            assertThat(openOfSafe()).isOne();
            assertThat(daemon.takeHead()).contains("/containers/slow/json");
        }
        ProcessResources.await(() -> openOfSafe() == 0);
        assertThat(openOfSafe()).isZero();
    }

    @Test
    void execOverTheLimitIsDeniedUntilOneEnds() throws Exception {
        RawClient first = connect();
        assertThat(first.send("POST /exec/e/start" + UPGRADE + "\r\n").readHead())
                .startsWith("HTTP/1.1 101");
        try (RawClient second = connect()) {
            assertThat(second.send("POST /exec/f/start" + UPGRADE + "\r\n").readResponse())
                    .startsWith("HTTP/1.1 429 Too Many Requests\r\n")
                    .endsWith(
                            "{\"message\":\"socket-proxy: the limit of exec sessions of this profile (1) is reached; close some,"
                                    + " or set max.exec higher (profile ci: policy.yaml line 6)\"}\n");
            assertThat(second.request("GET", "/containers/json").readResponse()).startsWith("HTTP/1.1 200 ");
            first.close();
            ProcessResources.await(() -> open().equals("[0, 0, 0]"));
            assertThat(second.send("POST /exec/f/start" + UPGRADE + "\r\n").readHead())
                    .startsWith("HTTP/1.1 101");
        }
        assertThat(record("profile-max-exec")).matches(".* deny profile-max-exec POST /exec/f/start ExecStart 429 .*");
        assertThat(proxy.load().refused("ci", ProfileLimit.EXEC)).isOne();
        assertNothingIsOpen();
    }

    @Test
    void streamsAndExchangesHaveTheirOwnLimits() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (String request : List.of("GET /events", "GET /events", "POST /exec/e/start")) {
            RawClient client = connect();
            clients.add(client);
            client.send(request + UPGRADE + "\r\n").readHead();
        }
        try (RawClient more = connect();
                RawClient slow = connect()) {
            assertThat(more.request("GET", "/events").readResponse())
                    .startsWith("HTTP/1.1 429 ")
                    .contains(
                            "the limit of streams of this profile (2) is reached; close some, or set max.stream higher");
            assertThat(more.request("GET", "/containers/json").readResponse()).startsWith("HTTP/1.1 200 ");
            ProcessResources.await(() -> open().equals("[3, 1, 2]"));
            slow.request("GET", "/containers/json?all=slow");
            ProcessResources.await(() -> open().equals("[4, 1, 2]"));
            assertThat(more.request("GET", "/containers/json").readResponse())
                    .startsWith("HTTP/1.1 429 ")
                    .contains(
                            "the limit of exchanges of this profile (4) is reached; close some, or set max.exchanges higher");
        }
        for (RawClient client : clients) {
            client.close();
        }
        assertNothingIsOpen();
    }

    private String record(String code) throws InterruptedException {
        while (true) {
            String next = Objects.requireNonNull(records.poll(300, TimeUnit.SECONDS), "no record with " + code);
            if (next.contains(code)) {
                return next;
            }
        }
    }
}
