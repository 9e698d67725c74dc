package org.socketproxy.filter.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.CompiledJar;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/**
 * Tests that the daemon receives the unmodified request or nothing, whatever an extension does. The actions are in
 * {@code extension-conduct.txt}; the test compiles them to one extension that selects the action by a request header.
 */
class ExtensionConductTest {
    private static final String TARGET = "/v1.45/containers/a.b/json?size=1&x=%20";

    private static final String FAILED =
            "{\"message\":\"socket-proxy: the extension Doer failed, so this request is not"
                    + " allowed; see the log\"}\n";

    @TempDir
    static Path folder;

    private static final PrintStream STDERR = System.err;
    private static final List<Conduct> CONDUCTS = Corpus.lines(ExtensionConductTest.class, "extension-conduct.txt")
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(Conduct::of)
            .toList();

    private static FakeDaemon daemon;
    private static ProxyUnderTest proxy;

    record Conduct(String name, int status, String words, String statements) {
        static Conduct of(String line) {
            String[] cells = line.split(" \\| ", 3);
            return new Conduct(
                    cells[0], Integer.parseInt(cells[1].substring(0, 3)), cells[1].substring(4), cells[2].strip());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Conduct> conducts() {
        return CONDUCTS.stream();
    }

    @BeforeAll
    static void start() throws IOException {
        Path extensions = folder.resolve("extensions");
        CompiledJar.of(source()).naming("Doer").writeTo(extensions.resolve("doer.jar"));
        daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
        proxy = ProxyUnderTest.with(
                daemon.socket(), Map.of("CONTAINERS", "1", "POST", "1", "EXTENSIONS", extensions.toString()));
    }

    @AfterAll
    static void stop() throws IOException {
        if (proxy != null) {
            proxy.close();
        }
        daemon.close();
    }

    private static String source() {
        StringBuilder cases = new StringBuilder();
        for (int i = 0; i < CONDUCTS.size(); i++) {
            cases.append("case ").append(i).append(" -> {\n");
            cases.append(CONDUCTS.get(i).statements()).append("\n}\n");
        }
        return """
                import jakarta.servlet.*;
                import jakarta.servlet.http.*;
                import java.io.IOException;
                import java.util.*;
                import org.socketproxy.extension.*;

                public final class Doer implements Filter {
                    private static Runnable kept = () -> {};
                    private static HttpServletRequest keptRequest;

                    @Override
                    public void doFilter(ServletRequest r, ServletResponse s, FilterChain chain)
                            throws IOException, ServletException {
                        try {
                            act((HttpServletRequest) r, (HttpServletResponse) s, chain);
                        } catch (IOException | ServletException | RuntimeException meant) {
                            throw meant;
                        } catch (Exception other) {
                            throw new ServletException(other);
                        }
                    }

                    private static void check(boolean holds) {
                        if (!holds) {
                            throw new AssertionError("not as expected");
                        }
                    }

                    private static void pass(FilterChain chain, HttpServletRequest request, HttpServletResponse response) {
                        try {
                            chain.doFilter(request, response);
                        } catch (IOException | ServletException never) {
                            throw new IllegalStateException(never);
                        }
                    }

                    private static void keep(HttpServletRequest request) {
                        keptRequest = request;
                    }

                    private static int endless(int depth) {
                        return endless(depth + 1) + 1;
                    }

                    private void act(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                            throws Exception {
                        ExchangeFacts facts = ExchangeFacts.of(request);
                        switch (request.getIntHeader("X-Case")) {
                            %s
                            default -> chain.doFilter(request, response);
                        }
                    }
                }
                """.formatted(cases);
    }

    @ParameterizedTest
    @MethodSource("conducts")
    void daemonReceivesUnmodifiedRequestOrNothing(Conduct conduct) throws Exception {
        String request =
                "GET " + TARGET + " HTTP/1.1\r\nHost: docker\r\nX-Case: " + CONDUCTS.indexOf(conduct) + "\r\n\r\n";
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        String answer;
        String next;
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (RawClient client = proxy.connect()) {
            answer = client.send(request).readResponse();
            next = client.request("GET", "/_ping").readResponse();
        } finally {
            System.setErr(STDERR);
        }

        assertThat(answer)
                .startsWith("HTTP/1.1 " + conduct.status() + " ")
                .contains(conduct.words().replace("\"today\"", "\\\"today\\\""));
        assertThat(next).startsWith("HTTP/1.1 200 ");
        List<String> forwarded = conduct.status() == 200 ? List.of(request) : List.of();
        assertThat(daemon.takeHeads(forwarded.size())).isEqualTo(forwarded);
        assertThat(daemon.takeHead()).startsWith("GET /_ping ");
        assertThat(daemon.isUntouched()).isTrue();
        assertThat(answer)
                .contains(conduct.status() == 500 ? "application/json" : "")
                .endsWith(conduct.status() == 500 ? FAILED : "");
    }

    @Test
    void bodyIsForwardedCompletely() throws Exception {
        try (RawClient client = proxy.connect()) {
            String head = "POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 2\r\n\r\n";
            assertThat(client.send(head + "{}").readResponse()).endsWith("OK");
            assertThat(daemon.takeHead()).isEqualTo(head);
        }
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.CsvSource(
            delimiter = '|',
            value = {
                "application/x-www-form-urlencoded                | Content-Length: 11          | 403",
                "Application/X-WWW-Form-URLEncoded; charset=utf-8 | Content-Length: 11          | 403",
                "application/x-www-form-urlencoded                | Transfer-Encoding: chunked  | 403",
                "application/x-www-form-urlencoded                | Content-Length: 0           | 200",
                "application/json                                 | Content-Length: 11          | 200",
            })
    void formBodyIsRejected(String type, String framing, int status) throws Exception {
        String body = framing.endsWith("chunked") ? "b\r\nfromImage=a\r\n0\r\n\r\n" : "fromImage=a";
        try (RawClient client = proxy.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: " + type + "\r\n" + framing
                    + "\r\n\r\n" + (framing.endsWith(" 0") ? "" : body));

            assertThat(client.readResponse()).startsWith("HTTP/1.1 " + status + " ");
            assertThat(daemon.takeHeads(status == 200 ? 1 : 0))
                    .allMatch(head -> head.startsWith("POST /containers/create "));
            assertThat(daemon.isUntouched()).isTrue();
        }
    }
}
