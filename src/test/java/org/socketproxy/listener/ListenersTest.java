package org.socketproxy.listener;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;

/** Tests that the listeners of the proxy and of the status page are separate. */
class ListenersTest {
    @TempDir
    Path temp;

    private SocketProxyServer server;
    private int proxyPort;
    private int statusPort;

    @BeforeEach
    void start() throws Exception {
        Map<String, String> environment = Map.of(
                "SOCKET_PATH", temp.resolve("docker.sock").toString(),
                "LISTEN", "tcp://127.0.0.1:0",
                "STATUS_LISTEN", "tcp://127.0.0.1:0",
                "LOG_LEVEL", "err");
        Variables variables = Variables.load();
        server = SocketProxyServer.start(Settings.read(environment, variables), variables);
        proxyPort = server.port();
        statusPort = URI.create(server.statusPage()).getPort();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/status.css", "/status.js", "/WEB-INF/web.xml", "/webapp/status.css"})
    void proxyListenerDoesNotServeThePage(String path) throws IOException {
        assertThat(send(proxyPort, "GET " + path + " HTTP/1.1"))
                .matches("(?s)HTTP/1.1 40[03] .*\\{\"message\":\"socket-proxy: [^\n]*\"}\n")
                .doesNotContain("<html", "color-scheme", "querySelector");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/_ping", "/version", "/v1.45/version", "/events"})
    void statusListenerDoesNotForwardToTheDaemon(String path) throws IOException {
        assertThat(send(statusPort, "GET " + path + " HTTP/1.1")).startsWith("HTTP/1.1 404 ");
    }

    /** Each listener keeps threads of the pool for its acceptor and selectors. */
    @Test
    void aHundredListenersAreServed() throws Exception {
        String listen = IntStream.range(0, 100)
                .mapToObj(i -> "unix://" + temp.resolve("s" + i))
                .collect(Collectors.joining(","));
        Variables variables = Variables.load();
        Map<String, String> environment = Map.of("LISTEN", listen, "STATUS_LISTEN", "off", "LOG_LEVEL", "err");
        try (SocketProxyServer many = SocketProxyServer.start(Settings.read(environment, variables), variables);
                SocketChannel first = SocketChannel.open(UnixDomainSocketAddress.of(temp.resolve("s0")));
                SocketChannel last = SocketChannel.open(UnixDomainSocketAddress.of(temp.resolve("s99")))) {
            assertThat(many.listening()).hasSize(100);
            for (SocketChannel client : List.of(first, last)) {
                client.write(ByteBuffer.wrap("GET /info HTTP/1.1\r\nHost: d\r\n\r\n".getBytes(US_ASCII)));
                ByteBuffer answer = ByteBuffer.allocate(12);
                while (answer.hasRemaining() && client.read(answer) >= 0) {}
                assertThat(new String(answer.array(), US_ASCII)).isEqualTo("HTTP/1.1 403");
            }
        }
    }

    @Test
    void statusListenerServesThePageAndItsFiles() throws IOException {
        assertThat(send(statusPort, "GET / HTTP/1.1"))
                .startsWith("HTTP/1.1 200 ")
                .contains(
                        "unix://" + temp.resolve("docker.sock"),
                        "tcp://127.0.0.1:" + proxyPort,
                        "<code>CONTAINERS</code>",
                        "</html>");
        assertThat(send(statusPort, "GET /status.css HTTP/1.1")).startsWith("HTTP/1.1 200 ");
        assertThat(send(statusPort, "GET /status.js HTTP/1.1")).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1",
                "GET /nothing HTTP/1.1",
                "POST / HTTP/1.1",
                "TRACE / HTTP/1.1",
                "GET /../x HTTP/1.1",
                "GET /%00 HTTP/1.1",
                "GET /%zz HTTP/1.1",
                "GET http://evil.example/ HTTP/1.1",
                "OPTIONS * HTTP/1.1",
                "CONNECT x:1 HTTP/1.1",
                "PRI * HTTP/2.0",
                "GET  /",
                "\u0016\u0003\u0001",
            })
    void responsesContainNoSoftwareNameOrStackTrace(String requestLine) throws IOException {
        for (int port : new int[] {proxyPort, statusPort}) {
            assertThat(send(port, requestLine))
                    .startsWith("HTTP/1.1 ")
                    .doesNotContainIgnoringCase("\nserver:")
                    .doesNotContainIgnoringCase("\nx-powered-by:")
                    .doesNotContainIgnoringCase("jetty")
                    .doesNotContain("\tat ", "Exception", "X-Secret");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', \\?token=[A-Za-z0-9_-]{22}, 401, 303", // random token, printed in the address
        "0123456789abcdef, '', 401, 303", // configured token, not printed
        "off, '', 200, 200",
    })
    void publicPageRequiresItsToken(String token, String key, int withoutIt, int withIt) throws Exception {
        Map<String, String> environment = Map.of(
                "LISTEN", "tcp://127.0.0.1:0", "STATUS_LISTEN", "tcp://:0", "STATUS_TOKEN", token, "LOG_LEVEL", "err");
        Variables variables = Variables.load();
        try (SocketProxyServer open = SocketProxyServer.start(Settings.read(environment, variables), variables)) {
            assertThat(open.statusPage()).matches("http://localhost:\\d+/" + key);
            URI page = URI.create(open.statusPage());

            assertThat(send(page.getPort(), "GET / HTTP/1.1")).startsWith("HTTP/1.1 " + withoutIt + " ");
            String query = key.isEmpty() ? "token=" + token : page.getQuery();
            assertThat(send(page.getPort(), "GET /?" + query + " HTTP/1.1")).startsWith("HTTP/1.1 " + withIt + " ");
        }
    }

    @Test
    void closedServerDoesNotListen() {
        server.close();

        for (int port : new int[] {proxyPort, statusPort}) {
            assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                    .isInstanceOf(IOException.class);
        }
    }

    private static String send(int port, String requestLine) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String request = requestLine + "\r\nHost: 127.0.0.1\r\nX-Secret: x\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
