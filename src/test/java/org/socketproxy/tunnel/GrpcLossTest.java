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
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Ends of gRPC calls and of their connections, on each side. */
class GrpcLossTest extends GrpcFixture {
    private static final byte[] CANCEL = {0, 0, 0, 8};

    @ParameterizedTest
    @EnumSource
    void resetOfTheClientReachesTheDaemon(Way way) throws Exception {
        try (Http2Client client = connect(way)) {
            int call = running(client);
            client.frame(Http2Client.RST_STREAM, 0, call, CANCEL);

            assertThat(daemon.takeEnd().reset()).isEqualTo(-1); // the end of the request
            assertThat(daemon.takeEnd().reset()).isEqualTo(8);
            awaitRecord(" ControlListWorkers ");
            assertAnswered(client);
            assertThat(daemon.upgrades()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void resetOfAnUnansweredCallReachesTheDaemon(Way way) throws Exception {
        try (Http2Client client = connect(way)) {
            int call = client.call(WORKERS, "silent");
            client.data(call, HELLO, true);
            daemon.takeCall();
            client.frame(Http2Client.RST_STREAM, 0, call, CANCEL);

            assertThat(daemon.takeEnd().reset()).isEqualTo(-1); // the end of the request
            assertThat(daemon.takeEnd().reset()).isEqualTo(8);
            assertAnswered(client);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UPGRADE_TCP, reset",
        "UPGRADE_TCP, reset-late",
        "UPGRADE_TCP, close",
        "UPGRADE_TCP, close-late",
        "PRIOR_UNIX, reset",
        "PRIOR_UNIX, reset-late",
        "PRIOR_UNIX, close",
        "PRIOR_UNIX, close-late",
    })
    void lostDaemonIsUnavailable(Way way, String loss) throws Exception {
        try (Http2Client client = connect(way)) {
            int call = client.call(WORKERS, loss);
            Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

            boolean isLate = loss.endsWith("-late");
            assertThat(text(isLate ? answer.trailers() : answer.fields())).startsWith("14 socket-proxy: ");
            assertThat(answer.isComplete()).isTrue();
            assertThat(answer.body()).isIn("", GrpcDaemon.message("part")); // a reset discards what waits
            assertAnswered(client);
            assertThat(daemon.upgrades()).isEqualTo(loss.startsWith("close") ? 2 : 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nextCallAfterGoAwayHasANewConnection(Way way) throws Exception {
        try (Http2Client client = connect(way)) {
            int running = running(client);
            int call = client.call(WORKERS, "goaway");
            assertThat(text(client.data(call, HELLO, true).answer(call).trailers()))
                    .isEqualTo("0 ");
            assertAnswered(client);

            assertThat(daemon.upgrades()).isEqualTo(2);
            Http2Client.Answer answer = finish(client, running);
            assertThat(text(answer.trailers())).isEqualTo("0 ");
            assertThat(ProcessResources.await(() -> daemon.open() == 1)).isTrue();
        }
    }

    /** grpc-go ends a call before the request has ended, and resets the stream with NO_ERROR. */
    @ParameterizedTest
    @EnumSource
    void answerBeforeTheEndOfTheRequestIsComplete(Way way) throws Exception {
        try (Http2Client client = connect(way)) {
            int call = client.call(WORKERS, "early");
            Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);

            assertThat(text(answer.trailers())).isEqualTo("0 ");
            assertThat(answer.isComplete()).isTrue();
            assertAnswered(client);
        }
    }

    @ParameterizedTest
    @EnumSource
    void endOfTheClientClosesTheConnectionOfTheDaemon(Way way) throws Exception {
        Http2Client client = connect(way);
        int call = client.call(WORKERS, "silent");
        client.data(call, HELLO, true);
        daemon.takeCall();
        client.close();

        assertThat(ProcessResources.await(() -> daemon.http().open() == 0 && proxy.openExchanges() == 0))
                .isTrue();
        assertThat(client.answer(call).isComplete()).isFalse();
        awaitRecord(" ControlListWorkers ");
        if (way.name().startsWith("UPGRADE")) {
            awaitRecord(" Grpc ");
        }
    }

    @Test
    void endOfAnIdleClientClosesTheConnectionOfTheDaemon() throws Exception {
        connect(Way.UPGRADE_TCP).close();
        assertThat(ProcessResources.await(() -> daemon.open() == 0 && proxy.openExchanges() == 0))
                .isTrue();
        awaitRecord(" Grpc ");

        try (RawClient probe = proxy.connect()) {
            probe.send(Http2Client.GRPC);
            assertThat(probe.readHead()).startsWith("HTTP/1.1 101 ");
        }
        assertThat(ProcessResources.await(() -> daemon.open() == 0 && proxy.openExchanges() == 0))
                .isTrue();
    }

    @Test
    void refusedUpgradeIsRelayed() throws Exception {
        connect(Way.PRIOR_TCP).close();
        daemon.refuse();
        try (RawClient client = proxy.connect()) {
            client.send(Http2Client.GRPC);
            assertThat(client.readResponse()).startsWith("HTTP/1.1 404 ").endsWith("gone");
        }
        try (Http2Client client = Http2Client.connect(proxy.port())) {
            int call = client.call(WORKERS, "unary");
            assertThat(text(client.data(call, HELLO, true).answer(call).fields()))
                    .startsWith("14 socket-proxy: ");
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    @Test
    void daemonWithoutTheUpgradeGetsHttp2AtOnce() throws Exception {
        connect(Way.PRIOR_UNIX).close();
        daemon.acceptOnlyPriorKnowledge();
        try (Http2Client client = connect(Way.PRIOR_UNIX)) {
            assertAnswered(client);
            assertAnswered(client);
            assertThat(daemon.openUpgrades()).isEqualTo(1);
        }
        assertThat(ProcessResources.await(() -> daemon.openUpgrades() == 0)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void stopEndsCallsAndConnections(Way way) throws Exception {
        Map<String, String> settings = ProxyUnderTest.everything();
        settings.put("SHUTDOWN_TIMEOUT", "50ms");
        try (Http2Client client = connect(way, settings)) {
            running(client);
            proxy.close();

            client.awaitEnd();
            assertThat(ProcessResources.await(() -> daemon.open() == 0)).isTrue();
        }
        awaitRecord(" ControlListWorkers ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UPGRADE_TCP", "UPGRADE_UNIX"})
    void idleConnectionHasNoTimeLimitAfterTheUpgrade(Way way) throws Exception {
        Map<String, String> settings = ProxyUnderTest.everything();
        settings.put("HEADER_TIMEOUT", "100ms");
        try (Http2Client client = connect(way, settings);
                Http2Client idle = connect(Way.valueOf(way.name().replace("UPGRADE", "PRIOR")), settings)) {
            assertThat(idle.awaitEnd()).isEqualTo(11); // it began at the same time, and has ended by the limit
            assertAnswered(client);
        }
    }

    @Test
    void pingsOfBothSidesDoNotEndTheConnection() throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            for (int i = 0; i < 2_000; i++) {
                client.frame(Http2Client.PING, 0, 0, new byte[8]);
                client.awaitPings(i + 1);
            }
            int call = client.call(WORKERS, "ping");
            assertThat(text(client.data(call, HELLO, true).answer(call).trailers()))
                    .isEqualTo("0 ");
            assertAnswered(client);
            assertThat(daemon.upgrades()).isEqualTo(1);
        }
    }

    private static void assertAnswered(Http2Client client) throws Exception {
        int call = client.call(WORKERS, "unary");
        Http2Client.Answer answer = client.data(call, HELLO, true).answer(call);
        assertThat(answer.body()).isEqualTo(HELLO);
        assertThat(text(answer.trailers())).isEqualTo("0 ");
    }
}
