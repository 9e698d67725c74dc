package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The rate of requests of a profile: each request counts, and one beyond the rate is denied first. */
class RequestRateStepTest {
    private static final String POLICY = """
            profiles:
              free:
                clients: [{network: 127.0.0.1}]
                variables: {CONTAINERS: 1}
              rated:
                clients: [{network: 127.0.0.3}]
                variables: {CONTAINERS: 1, POST: 1, EXEC: 1, IMAGES: 1}
                max: {requests: 1/m, burst: 3}
                trusts: [free]
            """;
    private static final String LIST = "GET /containers/json HTTP/1.1\r\nHost: d\r\n\r\n";

    @TempDir
    Path folder;

    private final BlockingQueue<String> records = new LinkedBlockingQueue<>();
    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        proxy = ProxyUnderTest.recording(
                Map.of(
                        "SOCKET_PATH",
                        daemon.socket().toString(),
                        "SHUTDOWN_TIMEOUT",
                        "0s",
                        "LOG_LEVEL",
                        "info",
                        "POLICY",
                        policy.toString()),
                lines -> lines.lines().forEach(records::add));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private RawClient connectRated() throws IOException {
        return RawClient.over(
                new Socket(InetAddress.getLoopbackAddress(), proxy.port(), InetAddress.getByName("127.0.0.3"), 0));
    }

    /** Every request counts: a denied, a malformed one, and those of other connections. */
    @Test
    void requestBeyondTheRateIsDeniedWhateverItIs() throws Exception {
        try (RawClient first = connectRated();
                RawClient second = connectRated()) {
            assertThat(first.send(LIST).readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(second.send(LIST.replace("containers/json", "swarm")).readResponse())
                    .startsWith("HTTP/1.1 403 ");
            assertThat(first.send(LIST.replace("containers", "containers/..")).readResponse())
                    .startsWith("HTTP/1.1 400 ");
            for (String request : List.of(
                    LIST,
                    LIST.replace("containers/json", "_ping"),
                    LIST.replace("containers", "containers/.."),
                    LIST.replace("GET /containers/json", "BREW /x"))) {
                for (RawClient client : List.of(first, second)) {
                    assertThat(client.send(request).readResponse())
                            .startsWith("HTTP/1.1 429 Too Many Requests\r\n")
                            .containsPattern("\r\nRetry-After: [1-6]?[0-9]\r\n")
                            .containsPattern("\\{\"message\":\"socket-proxy: the limit of requests of this profile"
                                    + " \\(1/m, burst 3\\) is reached; wait [1-6]?[0-9] s, or set max.requests or"
                                    + " max.burst higher \\(profile rated: policy.yaml line 8\\)\"\\}\n$");
                }
            }
            try (RawClient other = proxy.connect()) {
                assertThat(other.send(LIST).readResponse()).startsWith("HTTP/1.1 200 ");
            }
        }
        assertThat(proxy.server().load().refused("rated", ProfileLimit.REQUESTS))
                .isEqualTo(8);
        assertThat(proxy.server().load().open("rated", ProfileLimit.REQUESTS)).isEqualTo(3);
        assertThat(record("profile-max-requests"))
                .matches(".* 127.0.0.3@rated deny profile-max-requests GET /containers/json - 429 .*");
        assertThat(daemon.takeHead()).contains("/containers/json");
        assertThat(daemon.takeHead()).contains("/containers/json");
        proxy.close();
        assertThat(record("profile-max-requests")).contains(" repeated=7 seq=");
    }

    /** The response comes without the body; the connection is closed if the body is long, or the client waits to send it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Content-Length: 2~~{}                                        | true",
                "Content-Length: 100000~~{                                    | false",
                "Transfer-Encoding: chunked~~1~{~                       | false",
                "Content-Length: 100000~Expect: 100-continue~~            | false",
            })
    void bodyOfARequestBeyondTheRateIsNotAwaited(String rest, boolean isKept) throws Exception {
        try (RawClient client = connectRated()) {
            client.send(LIST + LIST + LIST);
            for (int i = 0; i < 3; i++) {
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
            }
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + rest.replace("~", "\r\n"));

            assertThat(client.readResponse())
                    .startsWith("HTTP/1.1 429 ")
                    .matches(answer -> isKept != answer.contains("\r\nConnection: close\r\n"));
            assertThat(isKept ? client.send(LIST).readResponse() : "HTTP/1.1 429 ")
                    .startsWith("HTTP/1.1 429 ");
        }
    }

    /** Pipelined requests beyond the rate are all answered, in their order, and their records are few. */
    @Test
    void floodIsAnsweredAndHasTwoRecords() throws Exception {
        int flood = 500;
        try (RawClient client = connectRated()) {
            client.send(LIST.repeat(3 + flood));
            for (int i = 0; i < 3 + flood; i++) {
                assertThat(client.readResponse()).startsWith("HTTP/1.1 " + (i < 3 ? "200 " : "429 "));
            }
        }
        proxy.close();
        assertThat(records.stream().filter(line -> line.contains("profile-max-requests")))
                .hasSize(2)
                .last()
                .asString()
                .contains(" repeated=" + (flood - 1) + " seq=");
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
