package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.testing.GrpcCalls.BUILD_ID;
import static org.socketproxy.testing.GrpcCalls.field;
import static org.socketproxy.testing.GrpcCalls.frame;
import static org.socketproxy.testing.GrpcCalls.message;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.GrpcCalls.Result;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/** Two clients with raw gRPC frames: the build, its log and records, and the session of one are out of reach of the other. */
@TestInstance(Lifecycle.PER_CLASS)
class BuildBindingIT {
    static final String CONTROL = "moby.buildkit.v1.Control/";
    static final String BRIDGE = "moby.buildkit.v1.frontend.LLBBridge/";
    private static final String CONTENT = "containerd.services.content.v1.Content/";
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    static final int OK = 0;
    private static final int INVALID = 3;
    private static final int DENIED = 7;
    /** Report of a result without content. */
    static final byte[] NO_RESULT = field(1, new byte[0]);

    static final String ALICE = "127.0.0.1";
    private static final String BOB = "127.0.0.2";

    private RealDocker docker;
    private ProxyUnderTest proxy;
    private GrpcCalls alice;
    private GrpcCalls bob;

    @BeforeAll
    void start() {
        docker = RealDocker.get();
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.remove("ALLOW_BUILD_HISTORY");
        proxy = ProxyUnderTest.with(docker.socket(), settings);
    }

    @AfterAll
    void stop() {
        if (proxy != null) {
            proxy.close();
        }
    }

    @BeforeEach
    void connect() throws IOException {
        alice = GrpcCalls.connect(proxy.port(), ALICE);
        bob = GrpcCalls.connect(proxy.port(), BOB);
    }

    @AfterEach
    void disconnect() throws IOException {
        alice.close();
        bob.close();
    }

    static String id() {
        return UUID.randomUUID().toString();
    }

    /** A build that goes on until its client returns a result. */
    static byte[] solve(String ref, byte[]... further) {
        return message(field(1, ref), message(further));
    }

    static int begin(GrpcCalls client, String ref) {
        int stream = client.begin(CONTROL + "Solve", frame(solve(ref)));
        assertThat(client.call(BRIDGE + "Ping", new byte[0], BUILD_ID, ref).code())
                .isEqualTo(OK);
        return stream;
    }

    static void isDenied(Result result, String sentence) {
        assertThat(result.code()).as(result.toString()).isEqualTo(DENIED);
        assertThat(result.text()).contains(sentence);
    }

    @ParameterizedTest
    @CsvSource({
        "Ping",
        "Inputs",
        "Solve",
        "Return",
        "ResolveImageConfig",
        "ReadFile",
        "Evaluate",
    })
    void callIntoABuildOfAnotherClientIsDenied(String method) {
        String ref = id();
        begin(alice, ref);

        isDenied(bob.call(BRIDGE + method, new byte[0], BUILD_ID, ref), "LLBBridge" + method + " names a build");
        assertThat(alice.call(BRIDGE + "Ping", new byte[0], BUILD_ID, ref).code())
                .isEqualTo(OK);
    }

    @Test
    void buildIsReachedOverAllConnectionsOfItsClient() throws IOException {
        String ref = id();
        begin(alice, ref);

        try (GrpcCalls second = GrpcCalls.connect(proxy.port(), ALICE)) {
            assertThat(second.call(BRIDGE + "Ping", new byte[0], BUILD_ID, ref).code())
                    .isEqualTo(OK);
        }
    }

    @Test
    void progressOfABuildOfAnotherClientIsDenied() {
        String ref = id();
        begin(alice, ref);

        isDenied(bob.call(CONTROL + "Status", field(1, ref)), "ControlStatus names a build");
    }

    @Test
    void idOfABuildOfAnotherClientIsDenied() {
        String ref = id();
        begin(alice, ref);

        isDenied(bob.call(CONTROL + "Solve", solve(ref)), "ControlSolve names a build");
    }

    @Test
    void progressThatComesBeforeTheBuildWaitsForIt() {
        String ref = id();
        int status = alice.begin(CONTROL + "Status", frame(field(1, ref)));
        int ping = alice.begin(BRIDGE + "Ping", frame(new byte[0]), BUILD_ID, ref);
        int solve = alice.begin(CONTROL + "Solve", frame(solve(ref)));

        assertThat(alice.end(ping).code()).isEqualTo(OK);
        assertThat(alice.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref).code())
                .isEqualTo(OK);
        assertThat(alice.end(solve).code()).isEqualTo(OK);
        assertThat(alice.end(status).code()).isEqualTo(OK);
    }

    @Test
    void callsOfADeniedBuildEndWithoutAnError() {
        String ref = id();
        String session = id();
        int status = alice.begin(CONTROL + "Status", frame(field(1, ref)));
        int ping = alice.begin(BRIDGE + "Ping", frame(new byte[0]), BUILD_ID, ref);

        isDenied(alice.call(CONTROL + "Solve", solve(ref, field(5, session))), "ControlSolve names a session");

        assertThat(alice.end(status)).hasToString("0 null (0 bytes)");
        assertThat(alice.end(ping)).hasToString("0 null (5 bytes)");
        assertThat(alice.call(CONTROL + "Status", field(1, ref))).hasToString("0 null (0 bytes)");
        isDenied(
                alice.call(BRIDGE + "Solve", field(2, "dockerfile.v0"), BUILD_ID, ref), "ControlSolve names a session");
    }

    @ParameterizedTest
    @CsvSource({"field 5", "field 15", "option", "definition", "input"})
    void sessionOfAnotherClientIsDenied(String place) throws IOException {
        String session = id();
        try (RawClient opened = open(session, ALICE)) {
            byte[] named = switch (place) {
                case "field 5" -> field(5, session);
                case "field 15" -> field(15, session);
                case "option" -> field(7, Map.of("local-sessionid:context", session));
                case "definition" ->
                    field(
                            2,
                            field(
                                    1,
                                    field(
                                            3,
                                            message(
                                                    field(1, "local://context"),
                                                    field(2, message(field(1, "local.session"), field(2, session)))))));
                default -> field(10, message(field(1, "context"), field(2, field(1, field(3, session)))));
            };

            isDenied(bob.call(CONTROL + "Solve", solve(id(), named)), "ControlSolve names a session");
            assertThat(opened).isNotNull();
        }
    }

    @Test
    void ownSessionIsAllowedOverAnotherConnection() throws IOException {
        String session = id();
        String ref = id();
        try (RawClient opened = open(session, ALICE)) {
            int solve = alice.begin(CONTROL + "Solve", frame(solve(ref, field(5, session))));

            assertThat(alice.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref).code())
                    .isEqualTo(OK);
            assertThat(alice.end(solve).code()).isEqualTo(OK);
            assertThat(opened).isNotNull();
        }
    }

    @Test
    void sessionWithTheIdOfAnotherClientIsDenied() throws IOException {
        String session = id();
        try (RawClient opened = open(session, ALICE);
                RawClient second = GrpcCalls.wire(proxy.port(), BOB)) {
            second.send(sessionHead(session));
            assertThat(second.readResponse()).startsWith("HTTP/1.1 403 ").contains("Session names a session");
            assertThat(opened).isNotNull();
        }
        int nested = bob.begin(CONTROL + "Session", new byte[0], "x-docker-expose-session-uuid", session);
        isDenied(bob.end(nested), "ControlSession (POST /moby.buildkit.v1.Control/Session) is never allowed");
    }

    private RawClient open(String session, String from) throws IOException {
        RawClient wire = GrpcCalls.wire(proxy.port(), from);
        wire.send(sessionHead(session));
        assertThat(wire.readHead()).startsWith("HTTP/1.1 101 ");
        return wire;
    }

    private static String sessionHead(String session) {
        return "POST /session HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
                + "X-Docker-Expose-Session-Uuid: " + session + "\r\n\r\n";
    }

    @Test
    void endedBuildKeepsItsLogForItsClient() {
        String ref = id();
        int solve = begin(alice, ref);
        alice.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref);
        assertThat(alice.end(solve).code()).isEqualTo(OK);

        assertThat(alice.call(CONTROL + "Status", field(1, ref)).code()).isEqualTo(OK);
        assertThat(alice.call(CONTROL + "ListenBuildHistory", message(field(2, ref), field(3, 1)))
                        .code())
                .isEqualTo(OK);
        isDenied(bob.call(CONTROL + "Status", field(1, ref)), "ControlStatus names a build");
        isDenied(
                bob.call(CONTROL + "ListenBuildHistory", message(field(2, ref), field(3, 1))),
                "set ALLOW_BUILD_HISTORY=1");
        isDenied(
                bob.call(CONTROL + "UpdateBuildHistory", message(field(1, ref), field(3, 1))),
                "set ALLOW_BUILD_HISTORY=1");
        assertThat(alice.call(CONTROL + "UpdateBuildHistory", message(field(1, ref), field(3, 1)))
                        .code())
                .isEqualTo(OK);
    }

    @Test
    void blobsOfARecordBelongToItsClient() {
        String ref = id();
        int solve = begin(alice, ref);
        alice.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref);
        assertThat(alice.end(solve).code()).isEqualTo(OK);
        Result record = alice.call(CONTROL + "ListenBuildHistory", message(field(2, ref), field(3, 1)));
        Matcher digest = DIGEST.matcher(new String(record.body(), StandardCharsets.ISO_8859_1));
        assertThat(digest.find()).as("the log of the build").isTrue();
        byte[] log = field(1, digest.group());

        assertThat(alice.call(CONTENT + "Info", log).code()).isEqualTo(OK);
        assertThat(alice.call(CONTENT + "Read", log).code()).isEqualTo(OK);
        isDenied(bob.call(CONTENT + "Info", log), "set ALLOW_BUILD_HISTORY=1");
        isDenied(bob.call(CONTENT + "Read", log), "set ALLOW_BUILD_HISTORY=1");
    }

    @Test
    void permissionOpensTheRecordsOfAllClients() throws IOException {
        String ref = id();
        int solve = begin(alice, ref);
        alice.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref);
        assertThat(alice.end(solve).code()).isEqualTo(OK);
        try (ProxyUnderTest open = ProxyUnderTest.with(docker.socket(), ProxyUnderTest.everything());
                GrpcCalls reader = GrpcCalls.connect(open.port(), BOB)) {
            Result records = reader.call(CONTROL + "ListenBuildHistory", field(3, 1));

            assertThat(records.code()).isEqualTo(OK);
            assertThat(new String(records.body(), StandardCharsets.ISO_8859_1)).contains(ref);
            assertThat(reader.call(CONTROL + "Status", field(1, ref)).code()).isEqualTo(OK);
        }
    }

    @Test
    void recordsOfAllClientsAreDenied() {
        isDenied(alice.call(CONTROL + "ListenBuildHistory", field(3, 1)), "set ALLOW_BUILD_HISTORY=1");
        isDenied(alice.call(CONTENT + "Read", field(1, "sha256:" + "0".repeat(64))), "set ALLOW_BUILD_HISTORY=1");
    }

    @ParameterizedTest
    @CsvSource({
        "no id, 3",
        "two ids, 3",
        "malformed id, 3",
    })
    void callNeedsExactlyOneBuild(String what, int code) {
        String ref = id();
        begin(alice, ref);
        Result result = switch (what) {
            case "no id" -> alice.call(BRIDGE + "Ping", new byte[0]);
            case "two ids" -> alice.call(BRIDGE + "Ping", new byte[0], BUILD_ID, ref, BUILD_ID, ref);
            default -> alice.call(BRIDGE + "Ping", new byte[0], BUILD_ID, "x:" + ref);
        };
        assertThat(result.code()).as(result.toString()).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource({"compressed", "two messages", "unknown field", "two references", "cut", "none"})
    void malformedSolveIsRefused(String what) {
        byte[] frame = frame(solve(id()));
        byte[] body = switch (what) {
            case "compressed" -> {
                frame[0] = 1;
                yield frame;
            }
            case "two messages" -> message(frame, frame);
            case "unknown field" -> frame(solve(id(), field(99, "x")));
            case "two references" -> frame(solve(id(), field(1, id())));
            case "cut" -> java.util.Arrays.copyOf(frame, frame.length - 1);
            default -> new byte[0];
        };
        Result result = alice.end(alice.begin(CONTROL + "Solve", body));

        assertThat(result.code()).as(result.toString()).isEqualTo(INVALID);
        assertThat(result.text()).contains("the message of ControlSolve");
    }

    @Test
    void reportThatWouldEndTheDaemonIsRefused() {
        String ref = id();
        begin(alice, ref);

        Result result = alice.call(BRIDGE + "Return", new byte[0], BUILD_ID, ref);

        assertThat(result.code()).as(result.toString()).isEqualTo(INVALID);
        assertThat(result.text()).contains("has neither a result nor an error");
        assertThat(alice.call(BRIDGE + "Ping", new byte[0], BUILD_ID, ref).code())
                .isEqualTo(OK);
    }

    @Test
    @Tag("thorough")
    void clientOfARestartedProxyHasNoBuilds() throws IOException {
        String ref = id();
        begin(alice, ref);
        try (ProxyUnderTest second = ProxyUnderTest.with(docker.socket(), ProxyUnderTest.everything());
                GrpcCalls again = GrpcCalls.connect(second.port(), ALICE)) {
            isDenied(again.call(BRIDGE + "Ping", new byte[0], BUILD_ID, ref), "LLBBridgePing names a build");
        }
    }
}
