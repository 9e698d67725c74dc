package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.Http2Client.Answer;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests the streams of HTTP/2 connections: their end, their limits. {@link Http2HeadTest} tests the heads. */
class Http2Test extends Http2Fixture {
    private static final int INTERNAL_ERROR = 2;
    private static final int FLOW_CONTROL_ERROR = 3;
    private static final int STREAM_CLOSED = 5;
    private static final int REFUSED_STREAM = 7;

    @Test
    void dataAfterTheEndOfTheRequestEndsTheConnectionAndTheExchange() throws Exception {
        try (Http2Client client = connect()) {
            int stream = client.request("POST", "/containers/x/stop");
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 1)).isTrue();
            client.data(stream, "late", true);
            assertThat(client.awaitEnd()).isEqualTo(STREAM_CLOSED);
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    @Test
    void overflowOfAWindowEndsTheExchange() throws Exception {
        try (Http2Client client = connect()) {
            int stream = client.request("GET", "/events");
            client.head(stream);
            byte[] most = {0x7f, -1, -1, -1};
            client.frame(Http2Client.WINDOW_UPDATE, 0, stream, most);
            client.frame(Http2Client.WINDOW_UPDATE, 0, stream, most);
            assertThat(client.awaitEnd()).isEqualTo(FLOW_CONTROL_ERROR);
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /containers/x/attach",
        "POST, /exec/x/start",
        "GET, /containers/x/attach/ws",
        "POST, /session",
        "POST, /grpc",
        "POST, /libpod/containers/x/attach",
    })
    void hijackNeedsHttp1(String method, String path) throws Exception {
        try (Http2Client client = connect()) {
            Answer answer = client.ask(method, path);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("use HTTP/1.1");
        }
        assertThat(daemon.isUntouched()).isTrue();
    }

    @Test
    void truncatedResponseResetsTheStreamOnly() throws Exception {
        try (Http2Client client = connect()) {
            Answer answer = client.ask("GET", "/info");
            assertThat(answer.isComplete()).isFalse();
            assertThat(answer.reset()).isEqualTo(INTERNAL_ERROR);
            assertThat(client.ask("GET", "/_ping").status()).isEqualTo(200);
        }
    }

    @Test
    void largeResponsesOfManyStreamsAreComplete() throws Exception {
        try (Http2Client client = connect()) {
            List<Integer> streams = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                streams.add(client.request("GET", "/images/json"));
            }
            for (int stream : streams) {
                assertThat(client.answer(stream).body()).isEqualTo("0123456789".repeat(200_000));
            }
        }
    }

    /** The frame that resets the stream cannot be written, so the connection ends. */
    @Test
    void abortEndsAStreamOfAClientThatDoesNotRead() throws Exception {
        try (Http2Client client = connect()) {
            client.frame(Http2Client.SETTINGS, 0, 0, new byte[] {0, 4, 0x7f, -1, -1, -1});
            client.frame(Http2Client.WINDOW_UPDATE, 0, 0, new byte[] {0x70, 0, 0, 0});
            client.request("GET", "/events?flood");
            assertThat(ProcessResources.await(() -> written.get() > 1 << 19)).isTrue();
            proxy.server().exchanges().stop(() -> Duration.ZERO, () -> Duration.ZERO, () -> true);
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
            assertThat(daemon.awaitEnding()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void endOfTheConnectionEndsAllItsStreams() throws Exception {
        try (Http2Client client = connect()) {
            for (int i = 0; i < 20; i++) {
                client.head(client.request("GET", "/events"));
            }
            assertThat(proxy.openExchanges()).isEqualTo(20);
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    /** Streams with and without a body, which the client opens at once. */
    @Test
    void streamsBeyondTheRateOfAProfileAreRefused() throws Exception {
        Path policy = Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.0/8}]
                    variables: {CONTAINERS: 1, VOLUMES: 1, POST: 1}
                    max: {requests: 1/m, burst: 3}
                """);
        proxy.close();
        proxy = ProxyUnderTest.with(daemon.socket(), Map.of("POLICY", policy.toString()));
        try (Http2Client client = connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.ask("GET", "/containers/json").status()).isEqualTo(200);
            }
            for (int round = 0; round < 5; round++) {
                List<Integer> streams = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    streams.add(client.request("GET", "/containers/" + i + "/json"));
                    int withBody = client.open(false, Http2Client.head("POST", "/volumes/create"));
                    client.data(withBody, "{}", true);
                    streams.add(withBody);
                }
                for (int stream : streams) {
                    Answer answer = client.answer(stream);
                    assertThat(answer.status()).isEqualTo(429);
                    assertThat(answer.fields().get("retry-after")).matches("[1-6]?[0-9]");
                    assertThat(answer.body()).contains("the limit of requests of this profile (1/m, burst 3)");
                }
            }
        }
        assertThat(proxy.server().load().refused("ci", ProfileLimit.REQUESTS)).isEqualTo(100);
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    @Test
    void streamsCountAsConnections() throws Exception {
        restart(Map.of("MAX_CONNECTIONS_PER_CLIENT", "3"));
        try (Http2Client client = connect()) {
            int first = client.request("GET", "/events");
            client.head(first);
            client.head(client.request("GET", "/events"));
            client.head(client.request("GET", "/events"));
            Answer refused = client.ask("GET", "/_ping");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.body()).contains("there are 3 connections of this client already");
            try (RawClient other = proxy.connect()) {
                assertThat(other.request("GET", "/_ping").readHead()).startsWith("HTTP/1.1 429 ");
            }
            client.frame(Http2Client.RST_STREAM, 0, first + 2, new byte[] {0, 0, 0, 8});
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 2)).isTrue();
            Answer served = client.ask("GET", "/_ping");
            while (served.status() == 429) { // the exchange ends before its completion is counted
                served = client.ask("GET", "/_ping");
            }
            assertThat(served.status()).isEqualTo(200);
        }
    }

    @Test
    void moreThanTheAdvertisedStreamsAreRefused() throws Exception {
        restart(Map.of("MAX_CONNECTIONS_PER_CLIENT", "100"));
        try (Http2Client client = connect()) {
            for (int i = 0; i < 100; i++) {
                client.request("GET", "/events");
            }
            assertThat(client.ask("GET", "/_ping").reset()).isEqualTo(REFUSED_STREAM);
        }
    }

    @Test
    void unfinishedHeadAndConnectionWithoutRequestEndAfterTheHeaderTimeout() throws Exception {
        restart(Map.of("HEADER_TIMEOUT", "5s"));
        try (Http2Client silent = connect();
                Http2Client slow = connect()) {
            assertThat(slow.ask("GET", "/_ping").status()).isEqualTo(200);
            slow.frame(Http2Client.HEADERS, 0, 3, Http2Client.encode(Http2Client.head("GET", "/version")));
            slow.awaitEnd();
            silent.awaitEnd();
            assertThat(proxy.refused(RejectionCounter.Cause.HEADER_TIMEOUT)).isEqualTo(2);
        }
    }

    @Test
    void stopCompletesRequestsAndEndsStreams() throws Exception {
        try (Http2Client client = connect()) {
            int events = client.request("GET", "/events");
            client.head(events);
            int wait = client.request("POST", "/containers/x/stop");
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 2)).isTrue();
            Thread stop = new Thread(proxy::close);
            stop.start();
            assertThat(client.awaitGoAway()).isZero();
            assertThat(client.answer(events).isComplete()).isFalse();
            released.countDown();
            assertThat(client.answer(wait).status()).isEqualTo(200);
            assertThat(client.answer(wait).isComplete()).isTrue();
            stop.join();
        }
    }

    @Test
    void statusPageHasOnlyHttp1() throws Exception {
        restart(Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0"));
        int port = java.net.URI.create(proxy.statusPage()).getPort();
        try (RawClient client = RawClient.connect(port)) {
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void prefaceIsAcceptedOnlyAtTheBegin() throws Exception {
        try (RawClient client = proxy.connect()) {
            client.request("GET", "/_ping").readResponse();
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 400 ");
        }
    }
}
