package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.security.RouterOracle.Outcome;
import org.socketproxy.security.RouterOracle.Reading;
import org.socketproxy.security.TargetGenerator.Line;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.RealDocker;

/**
 * Compares the oracle with a real dockerd, as far as responses show what it parsed; replays the attack corpora through
 * the proxy in front of it. It only requests operations that change nothing if the named object does not exist.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealRouterIT {
    private static final long SEED = Long.getLong("generator.seed", System.nanoTime());
    private static final int CASES = 4000;
    private static final String JSON = "{\"Cmd\":[\"x\"]}";
    private static final Pattern NAMED = Pattern.compile(
            "\\{\"message\":\"(?:No such (?:container|exec instance): (NAME)|network (NAME) not found)\"}\\s*"
                    .replace("NAME", "[ -~&&[^\"\\\\]]*"));

    /** Operations that change the daemon, use the network, run long or use many resources. */
    private static final Set<String> LEFT_OUT = Set.of(
            "BuildCancel",
            "BuildPrune",
            "ContainerCreate",
            "ContainerPrune",
            "DebugPprofNamed",
            "DebugPprofProfile",
            "DebugPprofTrace",
            "DistributionInspect",
            "GetPluginPrivileges",
            "Grpc",
            "ImageBuild",
            "ImageCommit",
            "ImageCreate",
            "ImageLoad",
            "ImagePrune",
            "ImagePush",
            "ImageSearch",
            "NetworkCreate",
            "NetworkPrune",
            "PluginCreate",
            "PluginPull",
            "PluginPush",
            "PluginUpgrade",
            "Session",
            "SwarmInit",
            "SwarmJoin",
            "SwarmLeave",
            "SwarmUnlock",
            "SwarmUpdate",
            "SystemAuth",
            "VolumeCreate",
            "VolumePrune");

    private AttackProxies proxies;
    private Path socket;
    private RouterOracle oracle;

    @BeforeAll
    void startDaemon() {
        socket = RealDocker.get().socket();
        oracle = new RouterOracle(RealDocker.get().api().accepts("1.52"));
        proxies = new AttackProxies(socket);
    }

    @AfterAll
    void stopProxies() {
        if (proxies != null) {
            proxies.close();
        }
    }

    static Stream<List<String>> requests() {
        return Corpus.read(RouterOracle.class, "oracle.txt", 4);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void daemonMatchesTable(List<String> row) throws IOException {
        Line line = new Line(row.get(2), row.get(3));
        boolean isDebug = line.target().contains("/debug/"); // differs by the version of the daemon
        check(line, isDebug ? oracle.read(line.method(), line.target()) : RouterOracleTest.expected(row));
    }

    @Test
    void daemonMatchesOracleForGeneratedRequests() throws IOException {
        System.out.println("RealRouterIT: -Dgenerator.seed=" + SEED);
        List<Operation> operations = OperationCatalogue.load().operations().stream()
                .filter(operation -> !operation.isLibpod() && !LEFT_OUT.contains(operation.id()))
                .toList();
        TargetGenerator generator = new TargetGenerator(SEED, operations);
        Map<Outcome, Integer> outcomes = new HashMap<>();
        int named = 0;
        for (int i = 0; i < CASES; i++) {
            Line line = generator.next();
            Reading reading = oracle.read(line.method(), line.target());
            if (reading.operation() == null || !LEFT_OUT.contains(reading.operation())) {
                outcomes.merge(reading.outcome(), 1, Integer::sum);
                named += check(line, reading) ? 1 : 0;
            }
        }
        System.out.println("RealRouterIT: " + outcomes + ", " + named + " with the name in the answer");
        assertThat(outcomes)
                .hasSize(Outcome.values().length)
                .allSatisfy((outcome, count) -> assertThat(count).isGreaterThan(100));
        assertThat(named).isGreaterThan(100);
    }

    /** @return whether the response names the captured object */
    private boolean check(Line line, Reading expected) throws IOException {
        String answer = ask(line);
        assertThat(outcomeOf(line, answer)).as("%s %s", line, answer).isEqualTo(expected.outcome());
        Matcher named = NAMED.matcher(answer.substring(answer.indexOf("\r\n\r\n") + 4));
        boolean isNamed = expected.operation() != null
                && expected.operation().matches("Container.*|Exec.*|NetworkInspect|NetworkDelete")
                && named.matches();
        String name = !isNamed ? expected.name() : named.group(1) == null ? named.group(2) : named.group(1);
        assertThat(name).as("%s %s", line, answer).isEqualTo(expected.name());
        return isNamed;
    }

    private static Outcome outcomeOf(Line line, String answer) {
        if (answer.startsWith("HTTP/1.1 301 ")) {
            return Outcome.REDIRECT;
        }
        if (answer.startsWith("HTTP/1.1 400 ") && answer.endsWith("\r\n\r\n400 Bad Request")) {
            return Outcome.BAD_REQUEST;
        }
        boolean isBodiless = line.method().equals("HEAD");
        boolean isUnfound = isBodiless
                ? answer.startsWith("HTTP/1.1 404 ") && answer.contains("\r\nContent-Length: 29\r\n")
                : answer.contains("\r\n\r\n{\"message\":\"page not found\"}");
        boolean isGos = line.method().equals("OPTIONS") && line.target().equals("*");
        return isUnfound || isGos ? Outcome.NOT_FOUND : Outcome.OPERATION;
    }

    /** Reads the head of the response, and the body if it has a Content-Length. */
    private String ask(Line line) throws IOException {
        boolean isBodied = Set.of("POST", "PUT", "DELETE").contains(line.method());
        String head = line.method() + " " + line.target() + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n";
        String request = isBodied
                ? head + "Content-Type: application/json\r\nContent-Length: " + JSON.length() + "\r\n\r\n" + JSON
                : head + "\r\n";
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
            while (!isWhole(answer.toString(StandardCharsets.ISO_8859_1)) && channel.read(buffer.clear()) >= 0) {
                answer.write(buffer.array(), 0, buffer.position());
            }
            return answer.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /** Reads short responses and those of Go's server completely, and only the head of long ones. */
    private static boolean isWhole(String answer) {
        return answer.contains("\r\n\r\n") && answer.startsWith("HTTP/1.1 200 ");
    }

    static Stream<Attack> attacks() {
        return Attack.all().filter(AttackProxies::isSafeToReplay);
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void attackIsDeniedInFrontOfRealDaemon(Attack attack) throws IOException {
        assertThat(proxies.statusesOf(attack)).isEqualTo(attack.statuses());
    }
}
