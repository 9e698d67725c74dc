package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.testing.GrpcCalls.field;
import static org.socketproxy.testing.GrpcCalls.frame;
import static org.socketproxy.testing.GrpcCalls.message;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.SessionClient;

/** Ends of a session, of its connections and of its calls. */
class SessionEndTest extends SessionFixture {
    private static final byte[] ANSWER = field(1, "secret");

    @Test
    void endOfTheClientEndsTheSessionOfTheDaemon() throws Exception {
        SessionClient client = open();
        try (Http2Client daemonEnd = daemonEnd()) {
            call(daemonEnd, SECRET);
            client.take();
            client.close();

            daemonEnd.awaitEnd();
            awaitRecord(" SessionSecret ");
            awaitRecord(" POST /session Session 101 tunnel ");
            assertNothingIsOpen();
        }
    }

    @Test
    void endOfTheDaemonEndsTheClient() throws Exception {
        try (SessionClient client = open()) {
            Http2Client daemonEnd = daemonEnd();
            call(daemonEnd, SECRET);
            client.take();
            daemonEnd.close();

            client.awaitEnd();
            assertNothingIsOpen();
        }
    }

    @Test
    void resetsReachTheOtherSide() throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int first = call(daemonEnd, SECRET);
            client.frame(Http2Client.RST_STREAM, 0, client.take().stream(), new byte[] {0, 0, 0, 7});
            assertThat(daemonEnd.answer(first).reset()).isEqualTo(7);

            int second = call(daemonEnd, SECRET);
            int stream = client.take().stream();
            daemonEnd.frame(Http2Client.RST_STREAM, 0, second, new byte[] {0, 0, 0, 8});
            assertThat(client.awaitReset(stream)).isEqualTo(8);
        }
        assertNothingIsOpen();
    }

    /** A handler of Go that has not read all requests resets its stream after the trailers. */
    @Test
    void answerBeforeAResetIsComplete() throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int call = call(daemonEnd, "/moby.sshforward.v1.SSH/ForwardAgent");
            int stream = client.take().stream();
            byte[] part = field(1, "x".repeat(16_000));
            byte[] all = new byte[0];
            client.head(stream);
            for (int i = 0; i < 8; i++) {
                client.messages(stream, part);
                all = message(all, frame(part));
            }
            client.end(stream);
            client.frame(Http2Client.RST_STREAM, 0, stream, new byte[4]);

            Http2Client.Answer answer = daemonEnd.answer(call);
            assertThat(answer.body()).isEqualTo(SessionClient.text(all));
            assertThat(text(answer.trailers())).startsWith("0 ");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Http2Client.PING, Http2Client.SETTINGS, Http2Client.PRIORITY})
    void floodOfFramesEndsTheConnection(int type) throws Exception {
        try (SessionClient client = open()) {
            byte[] payload = new byte[type == Http2Client.PING ? 8 : type == Http2Client.SETTINGS ? 0 : 5];
            for (int i = 0; i < 1_000_000; i++) {
                client.frame(type, 0, type == Http2Client.PRIORITY ? 1 : 0, payload);
            }
        } catch (java.io.IOException closed) {
            assertThat(closed).isNotNull(); // the proxy does not read the rest
        }
        assertNothingIsOpen();
    }

    @Test
    void pingsOfTheDaemonDoNotEndTheSession() throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            for (int i = 0; i < 2_000; i++) {
                daemonEnd.frame(Http2Client.PING, 0, 0, new byte[8]);
            }
            daemonEnd.awaitPings(2_000);
            int call = call(daemonEnd, SECRET);
            client.answer(client.take().stream(), ANSWER);
            assertThat(daemonEnd.answer(call).body()).isEqualTo(SessionClient.text(frame(ANSWER)));
        }
    }
}
