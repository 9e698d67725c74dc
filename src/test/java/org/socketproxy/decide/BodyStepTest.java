package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.BodyRules;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** The body stage holds a bounded body, judges it and forwards exactly its bytes. */
class BodyStepTest {
    private static final String PING = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n";

    /** Denies a body that contains {@code evil}, throws on {@code bug} and {@code deep}, and takes a few bytes. */
    private static final BodyJudge JUDGE = new BodyJudge() {
        @Override
        public int maxBytes() {
            return 20;
        }

        @Override
        public @Nullable Decision deny(Decision allowed, JsonBody body) {
            String text = StandardCharsets.ISO_8859_1.decode(body.bytes()).toString();
            if (text.contains("bug")) {
                throw new IllegalStateException("a bug");
            }
            if (text.contains("deep")) {
                throw new StackOverflowError("a bug");
            }
            return text.contains("evil") ? denial(allowed) : null;
        }
    };

    private static Decision denial(Decision allowed) {
        return new Decision(Reason.NEVER, allowed.operation(), allowed.isWrite(), List.of(), List.of());
    }

    private static BodyRules rules(BodyJudge judge) {
        return BodyRules.of(Map.of("ContainerCreate", judge));
    }

    @TempDir
    Path folder;

    private FakeDaemon daemon;

    /** It answers with the body that it got. */
    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                String body = peer.read(lengthIn(head));
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            }
        });
    }

    private static int lengthIn(String head) {
        var length = Pattern.compile("(?i)\r\nContent-Length: (\\d+)").matcher(head);
        return length.find() ? Integer.parseInt(length.group(1)) : 0;
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Content-Length: 2                                 | {}                        | 200 | {}",
                "Content-Length: 0                                 | ''                        | 200 | ''",
                "Transfer-Encoding: chunked                        | 0~~                       | 200 | ''",
                "Transfer-Encoding: chunked                        | 2~{}~0~~                  | 200 | {}",
                "Transfer-Encoding: chunked                        | 1;x=y~{~1~}~0~X-T: 1~~    | 200 | {}",
                "Transfer-Encoding: chunked                        | 14~01234567890123456789~0~~ | 200 |"
                        + " 01234567890123456789",
                "Content-Length: 20                                | 01234567890123456789      | 200 |"
                        + " 01234567890123456789",
                "Content-Length: 4                                 | evil                      | 403 | never",
                "Transfer-Encoding: chunked                        | 2~ev~2~il~0~~             | 403 closed | never",
                "Content-Length: 21                                | 012345678901234567890     | 413 | body-too-large",
                "Transfer-Encoding: chunked                        | 15~012345678901234567890~0~~ | 413 closed |"
                        + " body-too-large",
                "Content-Length: 3                                 | bug                       | 500 | internal-error",
                "Content-Length: 4                                 | deep                      | 500 | internal-error",
            })
    void aBodyIsJudgedAndExactlyItsBytesAreForwarded(String framing, String body, String outcome, String expected)
            throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules(JUDGE));
                RawClient client = chain.connect()) {
            client.send("POST /containers/create?name=a%2Fb HTTP/1.1\r\nHost: d\r\n" + framing + "\r\n\r\n"
                    + body.replace("~", "\r\n") + (outcome.endsWith("closed") ? "" : PING));

            String response = client.readResponse();
            assertThat(response).startsWith("HTTP/1.1 " + outcome.substring(0, 3) + " ");
            String record = chain.takeRecord();
            if (outcome.equals("200")) {
                assertThat(response).endsWith("\r\n\r\n" + expected);
                assertThat(daemon.takeHead())
                        .startsWith("POST /containers/create?name=a%2Fb HTTP/1.1\r\n")
                        .contains("\r\nContent-Length: " + expected.length() + "\r\n")
                        .doesNotContain("Transfer-Encoding")
                        .doesNotContain("X-T");
                assertThat(record).startsWith("allow ");
            } else {
                assertThat(record).startsWith("deny " + expected + " ").contains(" " + outcome.substring(0, 3) + " ");
            }
            if (outcome.endsWith("closed")) {
                assertThat(client.readToEnd()).isEmpty();
                assertThat(daemon.isUntouched()).isTrue();
            } else {
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 OK\r\n");
                assertThat(daemon.takeHead()).startsWith("GET /_ping ");
            }
        }
    }

    /** The judge's default, which a body in many chunks fills to its last byte. */
    @Test
    void oneMebibyteIsHeldAndOneByteMoreIsNot() throws Exception {
        BodyJudge all = (allowed, body) -> null;
        String part = "x".repeat(1 << 16);
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules(all));
                RawClient client = chain.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 16; i++) {
                client.send("10000\r\n" + part + "\r\n");
            }
            assertThat(daemon.isUntouched()).isTrue();
            client.send("0\r\n\r\n");

            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n" + part.repeat(16));

            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 16; i++) {
                client.send("10000\r\n" + part + "\r\n");
            }
            client.send("1\r\nx\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 413 ");
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 200, 2", "4, 403, 1"})
    void aClientThatExpects100IsToldToSendByTheProxy(int length, int status, int atDaemon) throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules(JUDGE));
                RawClient client = chain.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: "
                    + length + "\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100 ");
            assertThat(daemon.isUntouched()).isTrue();
            client.send("evil".substring(4 - length));
            assertThat(client.readResponse()).startsWith("HTTP/1.1 " + status + " ");
            client.send(PING);
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(daemon.takeHeads(atDaemon))
                    .noneMatch(head -> head.contains("Expect"))
                    .last()
                    .asString()
                    .startsWith("GET /_ping ");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void aClientThatExpects100ForABodyThatIsTooLargeIsRefusedAtOnce() throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules(JUDGE));
                RawClient client = chain.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 21\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 413 ");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    /** The container would take the unread rest of a body for the next request. */
    @Test
    void theRestOfABodyThatIsTooLargeIsReadAfterA100() throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules(JUDGE));
                RawClient client = chain.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100 ");
            client.send("15\r\n012345678901234567890\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 413 ");
            client.send("5\r\nabcde\r\n0\r\n\r\n");
            assertThat(client.readToEnd()).isEmpty();
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"leaves", "resets", "breaks a chunk", "ends"})
    void aClientThatFailsWhileItSendsLeavesOneRecord(String way) throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules(JUDGE));
                RawClient client = chain.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
            switch (way) {
                case "leaves" -> client.close();
                case "resets" -> client.reset();
                case "ends" -> client.shutdownOutput();
                default -> client.send("zz\r\n");
            }

            assertThat(chain.takeRecord()).startsWith("deny body-incomplete POST /containers/create ContainerCreate");
            assertThat(daemon.isUntouched()).isTrue();
            assertThat(chain.openExchanges()).isZero();
            try (RawClient next = chain.connect()) {
                next.send(PING);
                assertThat(next.readResponse()).startsWith("HTTP/1.1 200 ");
            }
            assertThat(chain.takeRecord()).contains("/_ping");
            assertThat(chain.isEveryRecordTaken()).isTrue();
        }
    }

    @Test
    void aBodyThatIsTooSlowIsNotWaitedFor() throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.with(
                        daemon, new BodyStep(new HeldMemory(1 << 20), Duration.ofMillis(200)), rules(JUDGE));
                RawClient client = chain.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{");

            assertThat(client.readToEnd()).isEmpty();
            assertThat(chain.takeRecord()).startsWith("deny body-timeout POST /containers/create ContainerCreate");
            assertThat(daemon.isUntouched()).isTrue();
            assertThat(chain.openExchanges()).isZero();
        }
    }

    @Test
    void aStopWaitsForABodyAndThenClosesItsConnection() throws Exception {
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules(JUDGE));
                RawClient client = chain.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 2\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100 ");
            assertThat(chain.openExchanges()).isEqualTo(1);

            assertThat(chain.stopExchanges(Duration.ofMillis(100))).isEqualTo(1);
            assertThat(client.readToEnd()).isEmpty();
            assertThat(chain.takeRecord()).startsWith("deny body-incomplete POST /containers/create ContainerCreate");
            assertThat(chain.openExchanges()).isZero();
        }
    }

    @Test
    void manyHeldBodiesShareABoundedMemory() throws Exception {
        BodyJudge all = (allowed, body) -> null;
        HeldMemory memory = new HeldMemory(4 * 4096); // the half for one client
        String half = "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{";
        try (ChainUnderTest chain =
                        ChainUnderTest.with(daemon, new BodyStep(memory, Duration.ofMinutes(1)), rules(all));
                RawClient first = chain.connect();
                RawClient second = chain.connect();
                RawClient third = chain.connect()) {
            first.send(half);
            second.send(half);
            assertThat(ProcessResources.await(() -> memory.reservedBytes() == 2 * 4096))
                    .isTrue();
            third.send(half + "}");
            assertThat(third.readResponse()).startsWith("HTTP/1.1 503 ").contains("try again later");

            first.send("}");
            assertThat(first.readResponse()).startsWith("HTTP/1.1 200 ").endsWith("{}");
            assertThat(ProcessResources.await(() -> memory.reservedBytes() == 4096))
                    .isTrue();
            third.send(half + "}");
            assertThat(third.readResponse()).startsWith("HTTP/1.1 200 ").endsWith("{}");
        }
    }

    /** Passes every request on, and counts them. */
    private static final class Counter extends HttpFilter {
        private static final long serialVersionUID = 1;
        private final transient AtomicInteger calls = new AtomicInteger();

        @Override
        protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            calls.incrementAndGet();
            assertThat(request.getDispatcherType().name()).isEqualTo("REQUEST");
            assertThat(request.getRequestURI()).startsWith("/images/a%2Fb/");
            chain.doFilter(request, response);
        }
    }

    @ParameterizedTest
    @CsvSource({"push, ImagePush", "tag, ImageTag"})
    void anExtensionIsAskedOnceAboutAnExchangeWithAHeldBody(String path, String operation) throws Exception {
        Counter extension = new Counter();
        BodyRules rules = BodyRules.of(Map.of(operation, JUDGE));
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules, extension);
                RawClient client = chain.connect()) {
            client.send("POST /images/a%2Fb/" + path + " HTTP/1.1\r\nHost: d\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");

            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ").endsWith("{}");
            assertThat(extension.calls).hasValue(1);
        }
    }

    /** The proxy stops while an extension judges the request. */
    @Test
    void exchangeThatIsAbortedBehindTheBodyFilterIsNotForwarded() throws Exception {
        AtomicReference<ChainUnderTest> started = new AtomicReference<>();
        Filter stopping = (request, response, next) -> {
            started.get().stopExchanges(Duration.ZERO);
            next.doFilter(request, response);
        };
        try (ChainUnderTest chain = ChainUnderTest.with(daemon, new BodyStep(), rules(JUDGE), stopping);
                RawClient client = chain.connect()) {
            started.set(chain);
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\n\r\ngood");

            assertThat(client.readToEnd()).isEmpty();
            assertThat(chain.takeRecord()).startsWith("deny container-incomplete ");
            assertThat(chain.openExchanges()).isZero();
            assertThat(daemon.isUntouched()).isTrue();
        }
    }
}
