package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.GrpcDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.RawClient;

/** gRPC calls of BuildKit, on each way to the proxy and to the daemon. */
class GrpcTest extends GrpcFixture {
    @ParameterizedTest
    @EnumSource
    void unaryCallHasTrailers(Way way) throws Exception {
        try (Http2Client client = connect(way)) {
            for (int i = 0; i < 3; i++) {
                int call = client.call(WORKERS, "unary", "x-metadata", "m");
                Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.fields().get("content-type")).isEqualTo("application/grpc");
                assertThat(answer.body()).isEqualTo(HELLO);
                assertThat(text(answer.trailers())).isEqualTo("0 ");
                assertThat(answer.trailers().get("x-trailer")).isEqualTo("t");
                GrpcDaemon.Call received = daemon.takeCall();
                assertThat(received.path()).isEqualTo(WORKERS);
                assertThat(received.fields().get("te")).isEqualTo("trailers");
                assertThat(received.fields().get("x-metadata")).isEqualTo("m");
            }
            assertThat(daemon.upgrades()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void answerWithoutMessageIsOneHead(Way way) throws Exception {
        try (Http2Client client = connect(way)) {
            int call = client.call(WORKERS, "status");
            Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(text(answer.fields())).isEqualTo("5 no such build%21");
            assertThat(answer.trailers()).isSameAs(answer.fields());
            assertThat(answer.reset()).isIn(-1, 0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UPGRADE_TCP, 81000",
        "UPGRADE_TCP, 200000",
        "UPGRADE_UNIX, 200000",
        "PRIOR_TCP, 200000",
    })
    void trailersCanBeLarge(Way way, int bytes) throws Exception {
        try (Http2Client client = connect(way)) {
            for (int i = 0; i < 2; i++) {
                int call = client.call(WORKERS, "trailers " + bytes);
                Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

                assertThat(answer.trailers().get("grpc-status")).isEqualTo("9");
                assertThat(answer.trailers().get("grpc-status-details-bin")).hasSize(bytes);
            }
        }
    }

    /** The error of a Dockerfile of 160 KB and more. */
    @ParameterizedTest
    @ValueSource(ints = {300_000, 1_900_000})
    void longDetailsOfAnErrorAreLeftOutAndOtherCallsGoOn(int bytes) throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int running = running(client);
            int call = client.call(WORKERS, "trailers " + bytes);
            Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

            assertThat(answer.trailers().get("grpc-status")).isEqualTo("9");
            assertThat(answer.trailers().get("grpc-status-details-bin")).isNull();
            assertThat(finish(client, running).body()).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/moby.buildkit.v1.Control/Nothing    | 7",
                "/moby.buildkit.v1.Control/info       | 7",
                "/moby.buildkit.v1.Control/Info/      | 7",
                "//moby.buildkit.v1.Control/Info      | 3",
                "/moby.buildkit.v2.Control/Info       | 7",
                "/grpc.health.v1.Health/Check         | 7",
                "/v1.45/moby.buildkit.v1.Control/Info | 7",
                "/moby.buildkit.v1.Control/Info?a=b   | 7",
                "/moby.buildkit.v1.Control/%49nfo     | 3",
                "/containers/create                   | 3",
                "/_ping                               | 7",
                "/grpc                                | 3",
            })
    void otherMethodsAreDenied(String path, String status) throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int call = client.call(path, "unary");
            Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(text(answer.fields())).startsWith(status + " socket-proxy: ");
            assertThat(answer.isComplete()).isTrue();
            assertThat(answer.body()).isEmpty();
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void denialIsTheSentenceOfTheProxy() throws Exception {
        try (Http2Client client = connect(Way.PRIOR_TCP, Map.of("POST", "1"))) {
            int call = client.call(WORKERS, "unary");
            Http2Client.Answer answer = client.data(call, HELLO, false).answer(call);

            assertThat(text(answer.fields()))
                    .startsWith("7 socket-proxy: ")
                    .contains("GRPC=1")
                    .matches("[ -~]*");
            assertThat(answer.isComplete()).isTrue();
            assertThat(answer.fields().get("content-type")).isEqualTo("application/grpc");
            assertThat(daemon.upgrades()).isZero();
            awaitRecord(" deny variable-missing ");
        }
    }

    @ParameterizedTest
    @CsvSource({"text/plain", "application/json", "application/grpc-web", "Application/grpc; a=b"})
    void methodNeedsItsContentType(String type) throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int call = client.open(false, Http2Client.head("POST", WORKERS, "content-type", type));
            Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("application/grpc");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void methodNeedsHttp2() throws Exception {
        connect(Way.PRIOR_TCP).close();
        try (RawClient client = proxy.connect()) {
            client.send("POST " + WORKERS
                    + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/grpc\r\nContent-Length: 1\r\n\r\nx");

            assertThat(client.readResponse()).startsWith("HTTP/1.1 400 ");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void messageOf4MebibytesPassesBothWays(Way way) throws Exception {
        String message = GrpcDaemon.message("\n\u0080\u0080\u0080\2" + "0123456789abcdef".repeat(1 << 18));
        try (Http2Client client = connect(way)) {
            int call = client.call(WORKERS, "unary");
            for (int from = 0; from < message.length(); from += 16_000) {
                int to = Math.min(message.length(), from + 16_000);
                client.sendData(call, message.substring(from, to), to == message.length());
            }

            Http2Client.Answer answer = client.answer(call);
            assertThat(answer.received()).isEqualTo(message.length());
            assertThat(answer.body()).isEqualTo(message);
            assertThat(text(answer.trailers())).isEqualTo("0 ");
        }
    }

    @Test
    void manyCallsAreOpenAtOnce() throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            int[] calls = new int[900];
            for (int i = 0; i < calls.length; i++) {
                calls[i] = client.call(WORKERS, "paced");
                client.data(calls[i], HELLO, true);
            }
            for (int call : calls) {
                assertThat(client.head(call).status()).isEqualTo(200);
            }
            for (int call : calls) {
                Http2Client.Answer answer = call == calls[0] ? finish(client, call) : client.answer(call);
                assertThat(answer.body()).isEqualTo(HELLO);
                assertThat(text(answer.trailers())).isEqualTo("0 ");
            }
            assertThat(daemon.upgrades()).isEqualTo(1);
        }
    }
}
