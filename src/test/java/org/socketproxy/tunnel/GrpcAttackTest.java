package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.GrpcDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Odd and hostile gRPC calls: they end alone, and leave nothing open. */
class GrpcAttackTest extends GrpcFixture {
    @ParameterizedTest
    @ValueSource(ints = {15_000, 17_000, 40_000, 70_000})
    void largeMetadataEndsOnlyItsCall(int bytes) throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int running = running(client);
            int large = client.call(WORKERS, "unary", "x-large", "x".repeat(bytes));
            Http2Client.Answer answer = client.data(large, HELLO, true).answer(large);

            assertThat(answer.isComplete()).isTrue();
            assertThat(text(answer.trailers())).isEqualTo("0 ");
            daemon.takeCall();
            assertThat(daemon.takeCall().fields().get("x-large")).hasSize(bytes);
            assertThat(finish(client, running).body()).isEqualTo(HELLO);
            assertThat(daemon.upgrades()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 40_000, 200_000})
    void largeHeadOfTheDaemonEndsOnlyItsCall(int bytes) throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int running = running(client);
            int large = client.call(WORKERS, "head " + bytes);
            Http2Client.Answer answer = client.data(large, HELLO, true).answer(large);

            assertThat(text(answer.trailers())).isEqualTo("0 ");
            assertThat(answer.fields().get("x-large")).hasSize(bytes);
            assertThat(finish(client, running).body()).isEqualTo(HELLO);
        }
    }

    /** BuildKit keeps the spans of clients: 150 of these messages were 0.6 GB of the daemon's memory. */
    @Test
    void spansDoNotReachTheDaemon() throws Exception {
        String trace = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            for (int i = 0; i < 20; i++) {
                int call = client.call(trace, "unary");
                for (int sent = 0; sent < 3; sent++) {
                    client.sendData(call, "x".repeat(16_000), false);
                }
                Http2Client.Answer answer = client.data(call, "", true).answer(call);

                assertThat(answer.body()).isEqualTo(EMPTY);
                assertThat(text(answer.trailers())).startsWith("0 ");
            }
            for (int i = 0; i < 1000; i++) { // the connection counts no body as unread
                int call = client.call(trace, "unary");
                assertThat(client.data(call, EMPTY, true).answer(call).body()).isEqualTo(EMPTY);
            }
            assertThat(daemon.isUntouched()).isTrue();
        }
        assertThat(records).noneMatch(line -> line.contains(" deny "));
    }

    @Test
    void messageOfAReadMethodIsWrittenAgain() throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int call = client.call("/moby.buildkit.v1.Control/Prune", "unary");
            Http2Client.Answer answer = client.data(call, GrpcDaemon.message("\20\0\12\1a\30\2"), true)
                    .answer(call);

            assertThat(answer.body()).isEqualTo(GrpcDaemon.message("\12\1a\30\2"));
        }
    }

    /** Two messages, a part of one, a compressed one, and none. */
    @ParameterizedTest
    @ValueSource(strings = {"\0\0\0\0\0\0\0\0\0\0", "\0\0\0\0\1", "\1\0\0\0\0", ""})
    void bodyOfAReadMethodIsExactlyOneMessage(String body) throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            for (String method : new String[] {"Status", "Info", "ListenBuildHistory"}) {
                int call = client.call("/moby.buildkit.v1.Control/" + method, "unary");
                Http2Client.Answer answer = client.data(call, body, true).answer(call);

                assertThat(text(answer.fields()))
                        .startsWith("3 socket-proxy: the message of Control" + method + " is ");
            }
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/grpc+json", "application/grpc+x"})
    void messageInAnotherFormatIsDenied(String type) throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int call = client.open(false, Http2Client.head("POST", WORKERS, "content-type", type));

            assertThat(client.data(call, EMPTY, true).answer(call).status()).isEqualTo(400);
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void trailersOfTheClientAreNotForwarded() throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int call = client.call(WORKERS, "unary");
            client.data(call, HELLO, false);
            int flags = Http2Client.END_HEADERS | Http2Client.END_STREAM;
            client.frame(Http2Client.HEADERS, flags, call, Http2Client.encode("x-trailer", "t"));

            assertThat(client.answer(call).body()).isEqualTo(HELLO);
            assertThat(daemon.takeEnd().trailers().size()).isZero();
        }
    }

    @Test
    void dataAfterTheEndClosesTheConnection() throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int call = client.call(WORKERS, "silent");
            client.data(call, HELLO, true).data(call, HELLO, true);

            assertThat(client.awaitGoAway()).isEqualTo(5);
        }
        assertThat(ProcessResources.await(() -> daemon.open() == 0 && proxy.openExchanges() == 0))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "te, trailers",
        "grpc-encoding, gzip",
        "grpc-timeout, 1S",
        "content-length, 12",
        "cookie, a",
        "user-agent, grpc-go/1.2",
    })
    void fieldsOfACallArePlain(String name, String value) throws Exception {
        try (Http2Client client = connect(Way.PRIOR_TCP)) {
            int call = client.open(
                    false, Http2Client.head("POST", WORKERS, "content-type", "application/grpc", name, value));
            assertThat(client.data(call, HELLO, true).answer(call).body()).isEqualTo(HELLO);

            assertThat(daemon.takeCall().fields().getValuesList(name)).containsExactly(value);
        }
    }

    @ParameterizedTest
    @CsvSource({"te, gzip", "connection, close", "transfer-encoding, chunked", "upgrade, h2c", "content-length, 9"})
    void malformedCallIsNotForwarded(String name, String value) throws Exception {
        try (Http2Client client = connect(Way.PRIOR_TCP)) {
            int call = client.open(
                    false, Http2Client.head("POST", WORKERS, "content-type", "application/grpc", name, value));
            client.data(call, HELLO, true).answer(call);

            assertThat(client.answer(call).body()).isNotEqualTo(HELLO);
        }
    }

    @Test
    void compressedAnswersPass() throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int call = client.call(WORKERS, "gzip");
            Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

            assertThat(answer.fields().get("grpc-encoding")).isEqualTo("gzip");
            assertThat(answer.body()).isEqualTo("\1\0\0\0\1z");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 60_000})
    void framesBeforeTheUpgradeAreRead(int further) throws Exception {
        connect(Way.PRIOR_TCP).close();
        ByteArrayOutputStream early = new ByteArrayOutputStream();
        early.writeBytes((Http2Client.GRPC + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        early.writeBytes(Http2Client.bytes(Http2Client.SETTINGS, 0, 0));
        for (int i = 0; i < further / 17; i++) {
            early.writeBytes(Http2Client.bytes(Http2Client.PING, 0, 0, new byte[8]));
        }
        String[] head = Http2Client.head("POST", WORKERS, "content-type", "application/grpc");
        early.writeBytes(Http2Client.bytes(Http2Client.HEADERS, Http2Client.END_HEADERS, 1, Http2Client.encode(head)));
        early.writeBytes(Http2Client.bytes(Http2Client.DATA, Http2Client.END_STREAM, 1, new byte[5]));
        try (RawClient client = proxy.connect()) {
            client.output().write(early.toByteArray());
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(daemon.takeCall().path()).isEqualTo(WORKERS);
        }
        assertThat(ProcessResources.await(() -> daemon.open() == 0 && proxy.openExchanges() == 0))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET / HTTP/1.1\r\nHost: d\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"})
    void connectionsWithoutThePrefaceLeaveNothingOpen(String bytes) throws Exception {
        connect(Way.PRIOR_TCP).close();
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            clients.add(proxy.connect().send(Http2Client.GRPC)); // does not read the answer
            clients.add(upgraded(bytes));
            RawClient left = upgraded(bytes);
            clients.add(left);
            left.reset();
        }
        for (RawClient client : clients) {
            client.close();
        }
        // An unused connection may stay in the pool, until it has been idle for 90 seconds.
        assertThat(ProcessResources.await(() -> daemon.openUpgrades() == 0 && proxy.openExchanges() == 0))
                .isTrue();
    }

    private RawClient upgraded(String bytes) throws IOException {
        RawClient client = proxy.connect().send(Http2Client.GRPC);
        assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
        return client.send(bytes);
    }

    /** The client reads nothing; its windows, and those of the proxy, stop the daemon. */
    @ParameterizedTest
    @EnumSource
    void unreadAnswersStopTheDaemon(Way way) throws Exception {
        try (Http2Client client = connect(way);
                Http2Client other = connect(way)) {
            for (int i = 0; i < 4; i++) {
                client.data(client.call(WORKERS, "flood"), HELLO, true);
                daemon.takeCall();
            }
            for (int i = 0; i < 200; i++) {
                int call = other.call(WORKERS, "unary");
                assertThat(other.data(call, HELLO, true).answer(call).body()).isEqualTo(HELLO);
            }
            assertThat(daemon.written()).isLessThan(1 << 20);
        }
        assertThat(ProcessResources.await(() -> daemon.open() == 0 && proxy.openExchanges() == 0))
                .isTrue();
    }

    /** Each connection holds up to 512 KiB; one client has half of the memory. */
    @Test
    void unreadAnswersBeyondTheMemoryEndTheirConnection() throws Exception {
        daemon = GrpcDaemon.start(FakeDaemon.Kind.TCP, folder);
        List<Http2Client> clients = new ArrayList<>();
        try (ChainUnderTest chain =
                ChainUnderTest.transforming(daemon.host(), ResponseTransform.Factory.NONE, new HeldMemory(1 << 21))) {
            for (int i = 0; i < 3; i++) {
                Http2Client client = Http2Client.connect(chain.port());
                clients.add(client);
                client.data(client.call(WORKERS, "flood"), HELLO, true);
                daemon.takeCall();
            }
            int before = daemon.open();
            for (Http2Client client : clients) {
                client.data(client.call(WORKERS, "flood"), HELLO, true);
            }
            assertThat(ProcessResources.await(() -> daemon.open() < before)).isTrue();

            try (Http2Client other = Http2Client.over(GrpcCalls.wire(chain.port(), "127.0.0.2"))) {
                int call = other.call(WORKERS, "down 1000000");
                Http2Client.Answer answer = other.data(call, HELLO, true).answer(call);
                assertThat(answer.received()).isGreaterThan(1_000_000);
                assertThat(text(answer.trailers())).isEqualTo("0 ");
            }
            for (Http2Client client : clients) {
                client.close();
            }
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 0)).isTrue();
        }
    }

    @Test
    void callsBeyondTheLimitOfConnectionsAreRefused() throws Exception {
        Map<String, String> settings = ProxyUnderTest.everything();
        settings.put("MAX_CONNECTIONS_PER_CLIENT", "3");
        try (Http2Client client = connect(Way.UPGRADE_TCP, settings)) {
            for (int i = 0; i < 3; i++) {
                running(client);
            }
            int call = client.call(WORKERS, "unary");
            assertThat(client.data(call, HELLO, true).answer(call).body()).doesNotContain(HELLO);
        }
    }
}
