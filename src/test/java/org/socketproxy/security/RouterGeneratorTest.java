package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.security.TargetGenerator.Line;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/**
 * Sends tens of thousands of nearly valid requests through the running proxy. Each request that reaches the daemon must
 * have exactly the sent bytes, and dockerd's router must match the operation that the proxy has allowed.
 *
 * <p>{@code -Dgenerator.seed=…} repeats a run, and {@code -Dgenerator.cases=…} sets the number of cases per policy.
 */
class RouterGeneratorTest {
    private static final long SEED = Long.getLong("generator.seed", System.nanoTime());
    private static final int CASES = Integer.getInteger("generator.cases", 6000);
    private static final String DONE = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private static final OperationCatalogue CATALOGUE = RouterAgreement.CATALOGUE;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PING", // with the other defaults
                "CONTAINERS",
                "ALLOW_START",
                "CONTAINERS,ALLOW_LOGS",
                "IMAGES,POST",
                "CONTAINERS,POST,ALLOW_ARCHIVE",
                "NETWORKS,VOLUMES,PLUGINS,DISTRIBUTION,SERVICES,EXEC",
            })
    void daemonReadsSameOperationAsProxy(String variables) throws Exception {
        System.out.println("RouterGeneratorTest: -Dgenerator.seed=" + SEED + " with " + variables);
        String[] on = variables.split(",");
        Set<String> allowed = RouterAgreement.allowedBy(on);
        TargetGenerator generator = new TargetGenerator(SEED, mostlyOf(allowed));
        int reached = 0;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, DONE);
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket(), on);
                Conversation conversation = new Conversation(proxy)) {
            for (int i = 0; i < CASES; i++) {
                Line line = generator.next();
                conversation.ask(line, i);
                if (!daemon.isUntouched()) {
                    reached++;
                }
                while (!daemon.isUntouched()) {
                    checkSeen(daemon.takeHead(), line, i, allowed);
                }
            }
            assertThat(conversation.unanswered).isLessThanOrEqualTo(1);
        }
        assertThat(reached).isBetween(CASES / 8, CASES * 7 / 8);
    }

    private static void checkSeen(String head, Line sent, int number, Set<String> allowed) throws BadTargetException {
        // Jetty accepts several spaces around a target, as RFC 9112 section 3 permits.
        Line line = new Line(sent.method(), sent.target().strip());
        assertThat(head)
                .as("seen by the daemon")
                .startsWith(line.method() + " " + line.target() + " HTTP/1.1\r\n")
                .contains("\r\nX-Case: " + number + "\r\n");
        RouterAgreement.check(line.method(), line.target(), allowed);
    }

    /** Three quarters of the operations are allowed ones. */
    private static List<Operation> mostlyOf(Set<String> allowed) {
        int weight = 1 + 3 * CATALOGUE.operations().size() / allowed.size();
        return CATALOGUE.operations().stream()
                .flatMap(operation ->
                        java.util.Collections.nCopies(allowed.contains(operation.id()) ? weight : 1, operation)
                                .stream())
                .toList();
    }

    /**
     * Client with one persistent connection at a time. Like every HTTP client it retries if a connection ends before
     * the response begins (RFC 9112 section 9.3.1), and counts the retries.
     */
    private static final class Conversation implements AutoCloseable {
        private final ProxyUnderTest proxy;
        private RawClient client;
        private String before = "a new connection";
        private int unanswered;

        Conversation(ProxyUnderTest proxy) throws IOException {
            this.proxy = proxy;
            this.client = proxy.connect();
        }

        void ask(Line line, int number) throws IOException {
            String answer;
            try {
                answer = exchange(line, number);
            } catch (IOException closed) {
                System.out.println(
                        "RouterGeneratorTest: " + closed + " on case " + number + ", " + line + ", after " + before);
                unanswered++;
                reconnect();
                answer = exchange(line, number);
            }
            assertThat(answer).as("%s", line).matches("(?s)HTTP/1.1 (200|400|403|505) .*");
            before = line + ": " + answer;
            if (answer.contains("\r\nConnection: close\r\n")) {
                reconnect();
            }
        }

        private String exchange(Line line, int number) throws IOException {
            client.send(line.method() + " " + line.target() + " HTTP/1.1\r\nHost: d\r\nX-Case: " + number + "\r\n\r\n");
            String answer = line.method().equals("HEAD") ? client.readHead() : client.readResponse();
            if (answer == null) {
                throw new IOException("The proxy closed the connection instead of answering");
            }
            return answer;
        }

        private void reconnect() throws IOException {
            client.close();
            client = proxy.connect();
            before = "a new connection";
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }
}
