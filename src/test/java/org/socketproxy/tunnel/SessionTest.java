package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.testing.GrpcCalls.field;
import static org.socketproxy.testing.GrpcCalls.frame;
import static org.socketproxy.testing.GrpcCalls.message;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.SessionClient;

/** Calls of the daemon on a session, which the proxy decides, records and forwards. */
class SessionTest extends SessionFixture {
    private static final byte[] REQUEST = frame(field(1, "npm"));
    private static final byte[] ANSWER = field(1, "secret");

    @Test
    void callOfTheDaemonReachesTheClient() throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int call = call(daemonEnd, SECRET, "x-metadata", "m", "dir-name", "a%20b", "dir-name-encoded", "1");
            daemonEnd.data(call, SessionClient.text(REQUEST), true);

            SessionClient.Call received = client.take();
            assertThat(received.path()).isEqualTo(SECRET);
            assertThat(received.fields().get("content-type")).isEqualTo("application/grpc");
            assertThat(received.fields().get("te")).isEqualTo("trailers");
            assertThat(received.fields().get("x-metadata")).isEqualTo("m");
            assertThat(received.fields().get("dir-name")).isEqualTo("a%20b");
            assertThat(received.fields().get("dir-name-encoded")).isEqualTo("1");
            assertThat(received.fields().get("grpc-accept-encoding")).isNull();
            assertThat(client.body(received.stream(), REQUEST.length)).isEqualTo(REQUEST);
            client.answer(received.stream(), ANSWER);

            Http2Client.Answer answer = daemonEnd.answer(call);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(SessionClient.text(frame(ANSWER)));
            assertThat(text(answer.trailers())).startsWith("0 ");
            awaitRecord(" allow section CALL " + SECRET + " SessionSecret 200 ");
        }
        awaitRecord(" POST /session Session 101 tunnel ");
        assertNothingIsOpen();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/moby.filesync.v1.FileSync/TarStream          | 7",
                "/moby.filesync.v1.FileSync/Nothing            | 12",
                "/moby.filesync.v2.FileSync/DiffCopy           | 12",
                "/moby.buildkit.v1.Control/Solve               | 12",
                "/containerd.services.content.v1.Content/List  | 12",
                "/grpc.health.v1.Health/Watch                  | 12",
                "/containers/create                            | 12",
                "//moby.filesync.v1.FileSync/DiffCopy          | 12",
                "/moby.filesync.v1.FileSync/DiffCopy?a=b       | 7",
            })
    void otherCallsAreDenied(String path, String status) throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            Http2Client.Answer denied = daemonEnd.answer(call(daemonEnd, path));
            assertThat(text(denied.fields())).startsWith(status + " socket-proxy: ");
            awaitRecord(" deny ");

            int next = call(daemonEnd, "/grpc.health.v1.Health/Check");
            assertThat(client.take().path()).isEqualTo("/grpc.health.v1.Health/Check");
            client.answer(1, new byte[0]);
            assertThat(text(daemonEnd.answer(next).trailers())).startsWith("0 ");
        }
    }

    @Test
    void callThatTheProfileDeniesHasTheSentence() throws Exception {
        Path policy = Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.0/8}]
                    variables: {SESSION: 1, POST: 1}
                    deny: [SessionSecret]
                otherwise: deny
                """);
        start(Map.of("POLICY", policy.toString()));
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            Http2Client.Answer denied = daemonEnd.answer(call(daemonEnd, SECRET));
            assertThat(text(denied.fields())).startsWith("7 socket-proxy: SessionSecret ");
            awaitRecord(" CALL " + SECRET + " SessionSecret 403 ");
        }
    }

    /**
     * The client writes these bytes as the body of its answer, each in a frame. The second column is the status that the daemon gets, the
     * fourth one what it can get before an error, if the frames do not come together.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0000000000                 | 0 |             | 0000000000       | an empty message",
                "00000000030a0161           | 0 |             | 00000000030a0161 | one message",
                "01000000030a0161           | 3 | compressed  |                  | the flag of compression",
                "02000000030a0161           | 3 | compressed  |                  | another flag",
                "00000000030a01610000000000 | 3 | exactly one | 00000000030a0161 | two messages",
                "00000000030a01             | 3 | incomplete  |                  | a part of a message",
                "000000                     | 3 | incomplete  |                  | a part of a prefix",
                "0000000003120161           | 3 | field 2     |                  | an unknown field",
                "00000000060a01610a0162     | 3 | twice       |                  | a field twice",
                "00000000030a0561           | 3 | malformed   |                  | a length beyond the end",
                "00ffffffff0a0161           | 3 | more than   |                  | 4 GiB",
                "0000100000                 | 3 | more than   |                  | 1 MiB",
            })
    void messageOfTheClientIsJudged(String hex, String status, String sentence, String forwarded, String name)
            throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int call = call(daemonEnd, SECRET);
            daemonEnd.data(call, SessionClient.text(REQUEST), true);
            int stream = client.take().stream();
            client.head(stream);
            for (byte each : java.util.HexFormat.of().parseHex(hex)) {
                client.frame(Http2Client.DATA, 0, stream, each);
            }
            client.end(stream);

            Http2Client.Answer answer = daemonEnd.answer(call);
            assertThat(text(answer.trailers())).as(name).startsWith(status + " ");
            assertThat(text(answer.trailers())).contains(sentence == null ? "" : sentence);
            String expected = SessionClient.text(hexBytes(forwarded == null ? "" : forwarded));
            assertThat(answer.body()).isIn(expected, status.equals("0") ? expected : "");
        }
        assertNothingIsOpen();
    }

    private static byte[] hexBytes(String hex) {
        return java.util.HexFormat.of().parseHex(hex);
    }

    @Test
    void onlyTheStatusOfTheTrailersIsForwarded() throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int call = call(daemonEnd, SECRET);
            daemonEnd.data(call, SessionClient.text(REQUEST), true);
            int stream = client.take().stream();
            client.headers(stream, false, ":status", "200", "content-type", "application/grpc", "x-head", "h");
            client.headers(
                    stream,
                    true,
                    "grpc-status",
                    "5",
                    "grpc-message",
                    "no%20such%20secret %ff",
                    "grpc-status-details-bin",
                    "CAUSAA",
                    "x-trailer",
                    "t");

            Http2Client.Answer answer = daemonEnd.answer(call);
            assertThat(Http2Client.names(answer)).containsExactly("content-type");
            assertThat(answer.trailers().getFieldNamesCollection())
                    .containsExactlyInAnyOrder("grpc-status", "grpc-message");
            assertThat(answer.trailers().get("grpc-message")).isEqualTo("no such secret %EF%BF%BD");
        }
    }

    @ParameterizedTest
    @CsvSource({"'',2", "17,2", "-1,2", "x,2", "00,2", "13,13"})
    void statusIsOneOfGrpc(String sent, String status) throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int call = call(daemonEnd, SECRET);
            int stream = client.take().stream();
            client.headers(stream, true, ":status", "200", "content-type", "application/grpc", "grpc-status", sent);

            assertThat(text(daemonEnd.answer(call).trailers())).startsWith(status + " ");
        }
    }

    @Test
    void specialFileEndsTheCallAtOnce() throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int call = call(daemonEnd, FILES);
            int stream = client.take().stream();
            client.head(stream);
            byte[] fifo = field(2, message(field(1, "Dockerfile"), mode(0x0200_01a4)));
            client.messages(stream, field(2, message(field(1, "A"), mode(0x1a4))), fifo);

            Http2Client.Answer answer = daemonEnd.answer(call);
            String sentence = "socket-proxy: SessionFileSync: the client sends a FIFO (Dockerfile); only files, folders"
                    + " and symbolic links are allowed";
            assertThat(text(answer.trailers())).isEqualTo("7 " + sentence);
            assertThat(answer.body())
                    .as("an error packet, which the daemon reports")
                    .isEqualTo(SessionClient.text(frame(message(field(1, 4), field(4, sentence)))));
            assertThat(client.awaitReset(stream)).isEqualTo(8);
            awaitRecord(" deny session-content CALL " + FILES + " SessionFileSync 403 ");
        }
    }

    private static byte[] mode(int mode) {
        return field(2, mode);
    }

    @Test
    void contentOfAFileIsForwardedAfterItsRequest() throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int call = call(daemonEnd, FILES);
            int stream = client.take().stream();
            client.head(stream);
            byte[] stat = field(2, message(field(1, "A"), mode(0x1a4)));
            client.messages(stream, stat, new byte[0]);
            daemonEnd.body(call, frame(stat).length); // the daemon requests what it has got
            byte[] request = frame(message(field(1, 1)));
            daemonEnd.data(call, SessionClient.text(request), false);
            client.body(stream, request.length);
            byte[] content = message(field(1, 2), field(4, "x".repeat(10_000)));
            client.messages(stream, content, message(field(1, 2)), message(field(1, 3)));
            client.end(stream);

            Http2Client.Answer answer = daemonEnd.answer(call);
            assertThat(text(answer.trailers())).startsWith("0 ");
            assertThat(answer.body())
                    .isEqualTo(SessionClient.text(message(
                            frame(stat),
                            frame(new byte[0]),
                            frame(content),
                            frame(message(field(1, 2))),
                            frame(message(field(1, 3))))));
        }
    }

    @Test
    void headOfTheDaemonCanBeLarge() throws Exception {
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            String[] patterns = new String[20_000];
            for (int i = 0; i < patterns.length; i += 2) {
                patterns[i] = "exclude-patterns";
                patterns[i + 1] = "pattern-" + i;
            }
            call(daemonEnd, FILES, patterns);
            assertThat(client.take().fields().getFields("exclude-patterns")).hasSize(10_000);
        }
    }

    @Test
    void clientCannotCallWhatTheDaemonCalls() throws Exception {
        start();
        try (RawClient client = connect()) {
            client.send("CALL " + SECRET + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 403 ");
        }
        try (Http2Client client = Http2Client.connect(proxy.port())) {
            Http2Client.Answer answer = client.answer(client.call(SECRET, "unary"));
            assertThat(text(answer.fields())).startsWith("7 ");
            Http2Client.Answer nested = client.answer(client.call("/moby.buildkit.v1.Control/Session", "unary"));
            assertThat(text(nested.fields())).startsWith("7 ");
        }
        assertThat(daemon.isUntouched()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/session", "/grpc"})
    void upgradeWithABodyIsRefused(String path) throws Exception {
        start();
        try (RawClient client = connect()) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
                    + "Content-Length: 24\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 400 ").contains("no body");
        }
        assertThat(daemon.isUntouched()).isTrue();
    }

    @Test
    void sharedKeysOfClientsAreApart() throws Exception {
        start();
        String key = "X-Docker-Expose-Session-Sharedkey: k\r\n";
        String[] heads = new String[5];
        String[][] sessions = {
            {"127.0.0.1", key}, {"127.0.0.2", key}, {"127.0.0.1", key}, {"127.0.0.1", ""}, {"127.0.0.2", ""}
        };
        for (int i = 0; i < heads.length; i++) {
            try (SessionClient client = SessionClient.open(
                    GrpcCalls.wire(proxy.port(), sessions[i][0]),
                    sessions[i][1],
                    "X-Docker-Expose-Session-Name: n\r\nX-Docker-Expose-Session-Grpc-Method: /a/b\r\n",
                    "X-Docker-Expose-Session-Grpc-Method: /c/d\r\nX-Other: o\r\nX-Buildkit-Session-Health: 1\r\n")) {
                heads[i] = daemon.takeHead();
            }
        }

        assertThat(heads[0])
                .contains(
                        "X-Docker-Expose-Session-Grpc-Method: /a/b\r\n",
                        "X-Docker-Expose-Session-Grpc-Method: /c/d\r\n")
                .doesNotContain("X-Other", "X-Buildkit");
        assertThat(sharedKey(heads[2])).isEqualTo(sharedKey(heads[0]));
        assertThat(java.util.Set.of(sharedKey(heads[0]), sharedKey(heads[1]), sharedKey(heads[3]), sharedKey(heads[4])))
                .hasSize(4);
    }

    private static String sharedKey(String head) {
        return head.replaceAll("(?s).*\r\nX-Docker-Expose-Session-Sharedkey: ([0-9a-f]{64})\r\n.*", "$1");
    }
}
