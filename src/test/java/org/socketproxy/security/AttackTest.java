package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Sends the attack corpora as raw bytes, and checks the responses and the requests that the daemon received. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttackTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String CONFLICT = "HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno";
    private static final String UPGRADED = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    private static final String PROBE =
            "GET /_ping HTTP/1.1\r\nHost: probe\r\nX-Probe: yes\r\nConnection: close\r\n\r\n";

    private final Map<String, ProxyUnderTest> proxies = new HashMap<>();
    private FakeDaemon daemon;

    @BeforeAll
    void startDaemon(@TempDir Path folder) throws IOException {
        daemon = FakeDaemon.running(folder, AttackTest::serve);
    }

    @AfterAll
    void stopAll() throws IOException {
        proxies.values().forEach(ProxyUnderTest::close);
        daemon.close();
    }

    /** Reads bodies by their declared length: further bytes on the connection count as another request. */
    private static void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (head.contains("\r\nTransfer-Encoding: ")) {
                skipChunks(peer);
            }
            boolean isUpgrade = head.contains("\r\nUpgrade: ");
            peer.write(!isUpgrade ? OK : head.contains("/refuse/") ? CONFLICT : UPGRADED);
            if (isUpgrade && !head.contains("/refuse/")) {
                peer.readToEnd();
                return;
            }
        }
    }

    private static void skipChunks(FakeDaemon.Peer peer) throws IOException {
        int size;
        do {
            size = Integer.parseInt(readLine(peer), 16);
            peer.input().skipNBytes(size);
            assertThat(readLine(peer)).isEmpty();
        } while (size > 0);
    }

    private static String readLine(FakeDaemon.Peer peer) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.indexOf("\r\n") < 0) {
            int read = peer.input().read();
            if (read < 0) {
                throw new EOFException("The connection ended within a chunked body");
            }
            line.append((char) read);
        }
        return line.substring(0, line.length() - 2);
    }

    static Stream<Attack> attacks() {
        return Attack.all();
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void daemonReceivesOnlyAllowedRequestsOfAttack(Attack attack) throws Exception {
        List<String> answers = new ArrayList<>();
        String unexpected = "";
        boolean isClosed;
        try (RawClient client = proxy(attack.variables()).connect()) {
            send(client, attack.bytes());
            for (int i = 0; i < attack.statuses().size(); i++) {
                String answer = attack.isHead() || attack.isTunnel() ? client.readHead() : client.readResponse();
                answers.add(answer.substring(9, 12));
            }
            if (answers.isEmpty()) {
                client.shutdownOutput();
                unexpected = client.readToEnd();
            }
            isClosed = attack.isTunnel() ? attack.isClosed() : isClosed(client);
        }
        assertThat(answers).isEqualTo(attack.statuses());
        assertThat(unexpected).isEmpty();
        assertThat(seen(attack.seen().size())).isEqualTo(attack.seen());
        assertThat(isClosed).as("closed").isEqualTo(attack.isClosed());
    }

    /** Ignores a write error: the proxy may respond and close before the client has sent all bytes. */
    private static void send(RawClient client, String bytes) {
        try {
            client.send(bytes);
        } catch (IOException closed) {
            // The test checks the response.
        }
    }

    /** Checks that the proxy closes the connection, or parses a ping after the attack as a separate request. */
    private static boolean isClosed(RawClient client) throws IOException {
        send(client, PROBE);
        String answer;
        try {
            answer = client.readToEnd();
        } catch (IOException reset) {
            return true;
        }
        assertThat(answer).matches("(?s)|HTTP/1\\.1 200 .*");
        return answer.isEmpty();
    }

    /** Returns the received request lines without the probes. */
    private List<String> seen(int atLeast) throws InterruptedException {
        List<String> lines = new ArrayList<>();
        while (lines.size() < atLeast || !daemon.isUntouched()) {
            String head = daemon.takeHead();
            if (!head.contains("\r\nX-Probe: yes\r\n")) {
                lines.add(head.substring(0, head.indexOf(" HTTP/1.1\r\n")));
            }
        }
        return lines;
    }

    private ProxyUnderTest proxy(String variables) {
        return proxies.computeIfAbsent(variables, on -> switch (on) {
            case "-" -> ProxyUnderTest.allowing(daemon.socket());
            case "*" -> ProxyUnderTest.allowingEverything(daemon.socket());
            default -> ProxyUnderTest.allowing(daemon.socket(), on.split(","));
        });
    }

    @Test
    void corporaContainEveryListedAttack() {
        List<Integer> elsewhere = List.of(20, 21); // AuditSecrecyTest
        assertThat(Attack.all().map(Attack::row).distinct())
                .containsAll(IntStream.rangeClosed(1, 19).boxed().toList())
                .contains(28, 31, 32, 34, 35, 36, 37, 38, 39, 40)
                .doesNotContainAnyElementsOf(elsewhere);
    }

    @Test
    void hopByHopHeadersAreRemovedByFixedList() throws Exception {
        try (RawClient client = proxy("*").connect()) {
            client.send("POST /auth HTTP/1.1\r\nHost: d\r\nX-Registry-Auth: secret\r\nContent-Length: 2\r\n"
                    + "Connection: X-Registry-Auth, Content-Length, Host, Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"
                    + "Keep-Alive: timeout=9\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\n"
                    + "TE: trailers\r\nTrailer: X-Evil\r\n\r\n{}");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
        }
        assertThat(daemon.takeHead())
                .isEqualTo("POST /auth HTTP/1.1\r\nHost: d\r\nX-Registry-Auth: secret\r\nContent-Length: 2\r\n\r\n");
    }

    @Test
    void trailersAreNotForwarded() throws Exception {
        try (RawClient client = proxy("*").connect()) {
            client.send(
                    "POST /auth HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\nTrailer: X-Registry-Auth\r\n\r\n"
                            + "2\r\n{}\r\n0\r\nX-Registry-Auth: evil\r\nContent-Length: 9\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(client.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200 ");
        }
        assertThat(daemon.takeHead()).startsWith("POST /auth ").doesNotContain("evil");
        assertThat(daemon.takeHead()).isEqualTo("GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n");
    }
}
