package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.testing.GrpcCalls.BUILD_ID;
import static org.socketproxy.testing.GrpcCalls.field;
import static org.socketproxy.testing.GrpcCalls.frame;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.build.BuildMessage;
import org.socketproxy.policy.build.MessageGenerator;
import org.socketproxy.testing.DaemonWatch;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.GrpcCalls.Result;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RestartableDocker;

/**
 * Sends generated and changed messages of BuildKit through a proxy to a dockerd with limited memory, and checks the daemon, not the
 * responses: it stays alive, and its memory, threads, open files and processor time stay bounded. {@code -Dfuzz.minutes=60
 * -Dfuzz.seed=1} runs it for longer.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS)
@Tag("thorough")
class MessageFuzzIT {
    private static final int RUNS = 20;
    private static final int CALLS = 25;
    private static final String ALICE = "127.0.0.1";
    /** Methods whose answer can wait for something else. */
    private static final Set<String> ENDLESS = Set.of(
            "ControlSolve",
            "ControlStatus",
            "ControlListenBuildHistory",
            "LLBBridgeSolve",
            "LLBBridgeEvaluate",
            "LLBBridgeResolveImageConfig",
            "LLBBridgeResolveSourceMeta");

    private static final List<Operation> METHODS = OperationCatalogue.load().operations().stream()
            .filter(BuildMessage::isRead)
            .toList();

    private static RestartableDocker docker;
    private static DaemonWatch watch;

    /** Number of calls by method and status. */
    private final Map<String, Integer> counts = new TreeMap<>();

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start();
        docker.awaitReady();
        watch = DaemonWatch.limiting(docker.pid(), 2L << 30);
    }

    @AfterAll
    static void stop() throws Exception {
        if (watch != null) {
            watch.close();
        }
        if (docker != null) {
            docker.close();
        }
    }

    @Test
    void noAllowedMessageHarmsTheDaemon() throws Exception {
        long seed = Long.getLong("fuzz.seed", 1);
        Duration limit = Duration.ofMinutes(Integer.getInteger("fuzz.minutes", 0));
        long begin = System.nanoTime();
        Map<String, String> safe = new HashMap<>(ProxyUnderTest.everything());
        safe.put("CREATE", "safe");
        int run = 0;
        try (ProxyUnderTest everything = ProxyUnderTest.with(docker.socket(), ProxyUnderTest.everything());
                ProxyUnderTest confined = ProxyUnderTest.with(docker.socket(), safe)) {
            for (; run < RUNS || System.nanoTime() - begin < limit.toNanos(); run++) {
                long own = seed * 1_000_000 + run;
                StringBuilder sent = new StringBuilder();
                try {
                    run(run % 2 == 0 ? everything : confined, own, sent);
                } finally {
                    assertThat(watch.problem()).as("run %d: %s", own, sent).isNull();
                }
                watch.next();
            }
        } finally {
            System.out.println("MessageFuzzIT: " + run + " runs, " + counts + ", " + watch);
        }
        assertThat(counts).containsKeys("LLBBridgePing 0", "ControlListWorkers 0", "LLBBridgeReturn 3");
    }

    private void run(ProxyUnderTest proxy, long seed, StringBuilder sent) throws IOException {
        MessageGenerator generator = new MessageGenerator(seed);
        String ref = UUID.randomUUID().toString();
        try (GrpcCalls client = GrpcCalls.connect(proxy.port(), ALICE)) {
            client.begin("moby.buildkit.v1.Control/Solve", frame(field(1, ref)));
            for (int i = 0; i < CALLS; i++) {
                Operation method = METHODS.get(generator.below(METHODS.size()));
                byte[] message = generator.message(MessageGenerator.typeOf(method), fixed(method));
                byte[] body = generator.below(3) == 0 ? generator.changed(message) : message;
                sent.append(method.id())
                        .append(' ')
                        .append(HexFormat.of().formatHex(body))
                        .append('\n');
                int stream = client.begin(method.path().toString().substring(1), frame(body), BUILD_ID, ref);
                if (ENDLESS.contains(method.id())) {
                    counts.merge(method.id() + " sent", 1, Integer::sum);
                } else {
                    Result result = client.end(stream);
                    counts.merge(method.id() + " " + result.code(), 1, Integer::sum);
                }
            }
            Result last = client.call("moby.buildkit.v1.Control/Info", new byte[0]);
            assertThat(last.code()).as("run %d: %s %s", seed, last, sent).isZero();
        }
    }

    /** A new build has an id of its own and no session. */
    private static Map<String, String> fixed(Operation method) {
        return method.id().equals("ControlSolve")
                ? Map.of("Ref", UUID.randomUUID().toString(), "Session", "", "SourcePolicySession", "")
                : Map.of();
    }
}
