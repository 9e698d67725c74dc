package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Policy;
import org.socketproxy.security.StrictDaemon.Seen;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.FuzzSeeds;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/**
 * Any bytes of a client, sent to the running proxy: the daemon receives only whole requests that the policy allows, with the
 * target and the body that the client sent; each response has the token of a request of this client; nothing stays open. A
 * second client sends requests all the time and gets its own responses. The input is what the client sends.
 */
class ProxyFuzzTest {
    private static final String[] VARIABLES = {"CONTAINERS", "IMAGES", "POST", "EXEC", "VOLUMES"};
    private static final Policy POLICY = RouterAgreement.policy(VARIABLES);
    private static final Set<String> ALLOWED = RouterAgreement.allowedBy(VARIABLES);
    private static final Pattern PRIVILEGED = Pattern.compile("(?i)\"privileged\"\\s*:\\s*true");
    /** Requests that the proxy itself sends to the daemon. */
    private static final Pattern QUESTION =
            Pattern.compile("/((?:containers|exec)/[^/?]+/json|volumes/[^/?]+|_ping|version).*");

    private static final Pattern ANSWER = Pattern.compile("\r\nX-Seen: (t\\d+t)\r\n");
    private static final Pattern BODY = Pattern.compile("\"Seen\":\"(t\\d+t)\"");
    private static final int LONGEST_SEED = 3000;
    private static final int MOST_BEFORE = 100_000;
    private static final String WITNESS = "9b1d7c";

    private static final Map<String, Seen> SEEN = new ConcurrentHashMap<>();
    private static Path folder;
    private static StrictDaemon script;
    private static FakeDaemon daemon;
    private static ProxyUnderTest proxy;
    /** What was sent last; the daemon can read a request late, whose client has gone. */
    private static String sentBefore = "";

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory("proxy-fuzz");
        script = new StrictDaemon(ProxyFuzzTest::checkAllowed);
        daemon = FakeDaemon.running(folder, script);
        Map<String, String> settings = new HashMap<>(Map.of("CREATE", "safe", "HEADER_TIMEOUT", "1m"));
        for (String variable : VARIABLES) {
            settings.put(variable, "1");
        }
        proxy = ProxyUnderTest.with(daemon.socket(), settings);
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        daemon.close();
        Files.delete(folder);
    }

    static Stream<byte[]> seeds() {
        String create = "{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":false,\"Memory\":1}}";
        String head = "POST /v1.45/containers/create?name=x HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n";
        Stream<String> own = Stream.of(
                head + "Content-Length: " + create.length() + "\r\n\r\n" + create
                        + "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n",
                head + "Transfer-Encoding: chunked\r\n\r\n5\r\n" + create.substring(0, 5) + "\r\n"
                        + Integer.toHexString(create.length() - 5) + "\r\n" + create.substring(5) + "\r\n0\r\n\r\n",
                "POST /containers/a/exec HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"Cmd\":[\"ls\"]}",
                "POST /containers/a/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\nHEAD /_ping HTTP/1.1\r\nHost: d\r\n\r\n",
                "PUT /containers/a/archive?path=/x HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
        Stream<String> attacks = Attack.all().map(Attack::bytes).filter(bytes -> bytes.length() < LONGEST_SEED);
        return FuzzSeeds.of(Stream.concat(own, attacks));
    }

    private static void checkAllowed(Seen seen) {
        try {
            RouterAgreement.check(seen.method(), seen.target(), ALLOWED);
            RequestTarget target = RequestTarget.parse(seen.target());
            Operation operation =
                    RouterAgreement.CATALOGUE.find(seen.method(), target).orElseThrow();
            assertThat(POLICY.decide(operation, target, seen).isAllowed())
                    .as("%s", seen)
                    .isTrue();
            boolean isJudged = Set.of("ContainerCreate", "ContainerExec").contains(operation.id());
            assertThat(isJudged && PRIVILEGED.matcher(seen.body()).find())
                    .as("%s", seen)
                    .isFalse();
        } catch (BadTargetException refused) {
            throw new AssertionError(seen.toString(), refused);
        }
        SEEN.put(seen.token(), seen);
    }

    @MethodSource("seeds")
    @FuzzTest
    void daemonReceivesOnlyWhatIsAllowedAndClientsGetTheirOwnResponses(byte[] input) throws Exception {
        SEEN.clear();
        String received;
        String own;
        try (RawClient witness = proxy.connect()) {
            witness.request("GET", "/containers/json?w=" + WITNESS);
            received = exchange(input);
            own = witness.readAnswer("GET").body();
        }
        await();

        assertThat(script.takeViolations()).isEmpty();
        String sent = FuzzSeeds.text(input) + sentBefore;
        sentBefore = sent.substring(0, Math.min(sent.length(), MOST_BEFORE));
        for (Seen seen : SEEN.values()) {
            boolean isOfWitness = seen.target().endsWith(WITNESS);
            assertThat(own.contains(seen.token()))
                    .as("the witness got %s", seen)
                    .isEqualTo(isOfWitness);
            assertThat(isOfWitness && received.contains(seen.token()))
                    .as("the client got %s", seen)
                    .isFalse();
            boolean isOfProxy = seen.method().equals("GET")
                    && QUESTION.matcher(seen.target()).matches();
            assertThat(sent).contains(isOfWitness || isOfProxy ? "" : seen.target());
            assertThat(isOfWitness
                            || isOfProxy
                            || sent.toLowerCase(java.util.Locale.ROOT).contains("chunked")
                            || sent.contains(seen.body()))
                    .as("%s", seen)
                    .isTrue();
        }
        Matcher answer = ANSWER.matcher(received);
        while (answer.find()) {
            assertThat(SEEN).containsKey(answer.group(1));
        }
        Matcher body = BODY.matcher(received);
        while (body.find()) {
            assertThat(received).contains("X-Seen: " + body.group(1));
        }
    }

    /** Sends the bytes and the end of the input; returns what the client receives. */
    private static String exchange(byte[] input) throws IOException {
        try (RawClient client = proxy.connect()) {
            try {
                client.output().write(input);
                client.shutdownOutput();
                return client.readToEnd();
            } catch (SocketException closed) {
                return ""; // the proxy has answered and closed before it read everything
            }
        }
    }

    private static void await() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
        while (proxy.openExchanges() > 0 && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        assertThat(proxy.openExchanges()).isZero();
    }
}
