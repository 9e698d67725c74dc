package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.docker.BuildBindingIT.ALICE;
import static org.socketproxy.docker.BuildBindingIT.BRIDGE;
import static org.socketproxy.docker.BuildBindingIT.CONTROL;
import static org.socketproxy.docker.BuildBindingIT.NO_RESULT;
import static org.socketproxy.docker.BuildBindingIT.OK;
import static org.socketproxy.docker.BuildBindingIT.begin;
import static org.socketproxy.docker.BuildBindingIT.id;
import static org.socketproxy.docker.BuildBindingIT.isDenied;
import static org.socketproxy.docker.BuildBindingIT.solve;
import static org.socketproxy.testing.GrpcCalls.BUILD_ID;
import static org.socketproxy.testing.GrpcCalls.field;
import static org.socketproxy.testing.GrpcCalls.message;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.DaemonWatch;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.GrpcCalls.Result;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RestartableDocker;

/** Messages that end BuildKit, or make it hold memory, from a client that may build. The daemon goes on. */
class HostileMessageIT {
    private static final String TRACES = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private static final int INVALID = 3;

    private static RestartableDocker docker;
    private static DaemonWatch watch;
    private static ProxyUnderTest proxy;

    private GrpcCalls client;

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start();
        docker.awaitReady();
        watch = DaemonWatch.limiting(docker.pid(), 1L << 30);
        proxy = ProxyUnderTest.with(docker.socket(), ProxyUnderTest.everything());
    }

    @AfterAll
    static void stop() throws Exception {
        if (proxy != null) {
            proxy.close();
        }
        if (watch != null) {
            watch.close();
        }
        if (docker != null) {
            docker.close();
        }
    }

    @BeforeEach
    void connect() throws IOException {
        client = GrpcCalls.connect(proxy.port(), ALICE);
        watch.next();
    }

    @AfterEach
    void daemonHasNoProblem() throws IOException {
        client.close();
        assertThat(watch.problem()).isNull();
    }

    /** An attribute of a span without a value ends dockerd 26 and 29. */
    @ParameterizedTest
    @ValueSource(strings = {"", "0a09120712054a030a0161", "ff"})
    void spansAreAnsweredByTheProxy(String hex) {
        Result result = client.call(TRACES, HexFormat.of().parseHex(hex));

        assertThat(result.code()).isEqualTo(OK);
        assertThat(result.message()).isEmpty();
        assertThat(client.call(CONTROL + "Info", new byte[0]).code()).isEqualTo(OK);
    }

    @ParameterizedTest
    @CsvSource({
        "map of results, 1, 4, 1",
        "attestations, 1, 12, 0",
    })
    void resultWithAnIncompleteEntryIsRefused(String what, int result, int map, int inner) {
        String ref = id();
        int build = begin(client, ref);
        byte[] entry = message(field(1, "linux/amd64"));
        byte[] entries = inner == 0 ? field(map, entry) : field(map, message(field(inner, entry)));
        Result returned = client.call(BRIDGE + "Return", field(result, entries), BUILD_ID, ref);

        assertThat(returned.code()).isEqualTo(INVALID);
        assertThat(returned.text()).contains("has an entry without a key or a value in the map");
        assertThat(client.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref).code())
                .isEqualTo(OK);
        assertThat(client.end(build).code()).isEqualTo(OK);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ReadFile", "ReadDir", "StatFile"})
    void filesOfABuildAreNotReadUnderCreateSafe(String method) throws IOException {
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.put("CREATE", "safe");
        String ref = id();
        try (ProxyUnderTest safe = ProxyUnderTest.with(docker.socket(), settings);
                GrpcCalls confined = GrpcCalls.connect(safe.port(), ALICE)) {
            begin(confined, ref);

            isDenied(
                    confined.call(BRIDGE + method, message(field(1, "x"), field(2, "/disk")), BUILD_ID, ref),
                    "makes the daemon open a file of a build as root of the host");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"build-arg:BUILDKIT_CACHE_MOUNT_NS=alpha", "add-hosts=a=10.0.0.1,616c.profile.invalid=127.0.0.1"
            })
    void cacheOfAProfileIsNotNamed(String option) {
        String[] pair = option.split("=", 2);
        Map<String, String> options = Map.of(pair[0], pair[1]);
        String ref = id();
        int build = begin(client, ref);

        isDenied(
                client.call(CONTROL + "Solve", solve(id(), field(7, options))),
                "ControlSolve names the cache of a profile");
        isDenied(
                client.call(BRIDGE + "Solve", message(field(2, "dockerfile.v0"), field(3, options)), BUILD_ID, ref),
                "LLBBridgeSolve names the cache of a profile");
        assertThat(client.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref).code())
                .isEqualTo(OK);
        assertThat(client.end(build).code()).isEqualTo(OK);
    }

    /** The daemon looks for the line of a failed step in a list of files, which is empty here. */
    @Test
    void wrongIndexOfAFileDoesNotEndTheDaemon() throws Exception {
        byte[] step = field(3, field(1, "docker-image://127.0.0.1:1/nowhere"));
        byte[] last = field(1, field(1, digest(step)));
        byte[] locations = field(1, message(field(1, digest(step)), field(2, field(1, field(1, 5)))));
        byte[] definition = message(field(1, step), field(1, last), field(3, locations));
        String ref = id();
        int build = begin(client, ref);

        Result failed = client.call(BRIDGE + "Solve", message(field(1, definition), field(14, 1)), BUILD_ID, ref);
        assertThat(failed.code()).as(failed.toString()).isNotEqualTo(OK);
        assertThat(failed.text()).contains("failed to load cache key");
        assertThat(client.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref).code())
                .isEqualTo(OK);
        assertThat(client.end(build).code()).isEqualTo(OK);
    }

    /** The daemon replaces a name again until no rule matches: a rule that doubles it takes all memory. */
    @ParameterizedTest
    @CsvSource({"Solve, 15", "ResolveImageConfig, 8", "ResolveSourceMeta, 8"})
    void sourcePolicyThatConvertsNamesIsRefused(String method, int policies) {
        byte[] rule = message(field(1, 2), field(2, field(1, "*")), field(3, field(1, "${1}${1}")));
        byte[] policy = message(field(1, 1), field(2, rule));
        String ref = id();
        int build = begin(client, ref);

        isRefusedConversion(client.call(CONTROL + "Solve", solve(id(), field(12, policy))));
        isRefusedConversion(client.call(BRIDGE + method, field(policies, policy), BUILD_ID, ref));
        assertThat(client.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref).code())
                .isEqualTo(OK);
        assertThat(client.end(build).code()).isEqualTo(OK);
    }

    private static void isRefusedConversion(Result result) {
        assertThat(result.code()).as(result.toString()).isEqualTo(INVALID);
        assertThat(result.text()).contains("a conversion, which can double a name without an end");
    }

    private static String digest(byte[] step) throws NoSuchAlgorithmException {
        return "sha256:"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(step));
    }

    /** The handler of the daemon panics at an empty reference. */
    @ParameterizedTest
    @ValueSource(strings = {"ReadFile", "ReadDir", "StatFile", "Evaluate"})
    void callWithoutAReferenceIsRefused(String method) {
        String ref = id();
        begin(client, ref);

        Result result = client.call(BRIDGE + method, new byte[0], BUILD_ID, ref);
        assertThat(result.code()).as(result.toString()).isEqualTo(INVALID);
        assertThat(result.text()).contains("has no field Ref");
    }

    /** A definition of the client has the hosts of its steps at any depth. */
    @Test
    void definitionDoesNotNameTheCacheOfAProfile() {
        byte[] definition = field(2, field(1, field(2, field(1, field(8, field(1, "616c.profile.invalid"))))));

        isDenied(client.call(CONTROL + "Solve", solve(id(), definition)), "ControlSolve names the cache of a profile");
    }

    @Test
    void methodsThatNoClientNeedsAreDenied() {
        String ref = id();
        begin(client, ref);

        for (String method : new String[] {"NewContainer", "ReleaseContainer", "ExecProcess", "Warn"}) {
            isDenied(client.call(BRIDGE + method, field(1, "a"), BUILD_ID, ref), "LLBBridge" + method);
        }
    }

    @Test
    void messagesOfAllMethodsAreRead() {
        byte[] unknown = field(99, "x");
        for (String method : new String[] {"ListWorkers", "Info", "DiskUsage", "Prune", "Status", "Solve"}) {
            Result result = client.call(CONTROL + method, unknown);

            assertThat(result.code()).as(method + result).isEqualTo(INVALID);
            assertThat(result.text()).contains("has field 99 of ");
        }
        assertThat(client.call(CONTROL + "DiskUsage", new byte[0]).code()).isEqualTo(OK);
        assertThat(client.call(CONTROL + "Prune", field(1, "type==regular")).code())
                .isEqualTo(OK);
    }
}
