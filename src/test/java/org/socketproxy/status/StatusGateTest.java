package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.status.StatusSource.StatusFacts;

/** Access to a status page with a token and a configured host name, over HTTP. */
class StatusGateTest {
    private static final String TOKEN = "sesame-sesame-0123";
    private static final String PAGE = "CONTAINERS";

    private static Server server;

    @BeforeAll
    static void start() throws Exception {
        server = new Server(0);
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        context.setBaseResource(ResourceFactory.of(context).newResource(Path.of("src/main/webapp")));
        StatusFacts facts = RenderedPage.facts();
        StatusGate gate = StatusGate.locked(Set.of("proxy.lan"), TOKEN);
        context.addServlet(new ServletHolder(new StatusServlet(gate, RenderedPage.source(() -> facts))), "/");
        server.setHandler(context);
        server.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.stop();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: y",
                "Cookie: socket-proxy-8375=wrong",
                "Cookie: socket-proxy-8375=",
                "Cookie: socket-proxy-8375=sesame-sesame-012",
                "Cookie: socket-proxy-8375=sesame-sesame-01234",
                "Cookie: socket-proxy-80=sesame-sesame-0123",
                "Cookie: other=sesame-sesame-0123",
                "Authorization: Bearer wrong",
                "Authorization: Bearer",
                "Authorization: Bearer  sesame-sesame-0123",
                "Authorization: Basic sesame-sesame-0123",
            })
    void requestWithoutTokenIsRejected(String header) throws IOException {
        for (String path :
                List.of("/", "/status.js", "/nothing", "/?token=", "/?token=wrong", "/?x=1&token=" + TOKEN)) {
            assertThat(send("GET", path, "localhost:8375", header))
                    .startsWith("HTTP/1.1 401 ")
                    .contains("WWW-Authenticate: Bearer", "STATUS_TOKEN", "Authorization: Bearer")
                    .doesNotContain(PAGE, "Set-Cookie", TOKEN);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cookie: socket-proxy-8375=sesame-sesame-0123",
                "Cookie: socket-proxy-8376=other; socket-proxy-8375=sesame-sesame-0123; a=b",
                "Authorization: Bearer sesame-sesame-0123",
            })
    void requestWithTokenIsAccepted(String header) throws IOException {
        assertThat(send("GET", "/", "localhost:8375", header))
                .startsWith("HTTP/1.1 200 ")
                .contains(PAGE);
    }

    @Test
    void tokenInTheUrlIsMovedToACookie() throws IOException {
        String answer = send("GET", "/?token=" + TOKEN, "localhost:8375", "X: y");

        assertThat(answer)
                .startsWith("HTTP/1.1 303 ")
                .contains("Location: /\r\n", "Set-Cookie: socket-proxy-8375=" + TOKEN, "HttpOnly", "SameSite=Lax")
                .doesNotContain(PAGE, "; Expires", "Max-Age");
    }

    @ParameterizedTest
    @CsvSource({
        "proxy.lan, 200",
        "PROXY.LAN:8375, 200",
        "192.0.2.7:8375, 200",
        "[fd00::1]:8375, 200",
        "localhost, 200",
        "evil.example, 403",
        "proxy.lan.evil.example, 403",
        "x.proxy.lan, 403",
        "proxy.lan:8375:1, 403",
        "[::1, 403",
    })
    void onlyKnownHostNamesAreAccepted(String host, int status) throws IOException {
        assertThat(send("GET", "/", host, "Authorization: Bearer " + TOKEN))
                .matches("(?s)HTTP/1.1 (" + status + (status == 200 ? "" : "|400") + ") .*");
    }

    @ParameterizedTest
    @CsvSource({
        "/healthz, 200, alive",
        "/readyz, 503, unready: the daemon does not answer: this socket does not exist",
        "/startupz, 503, starting: the daemon does not answer: this socket does not exist",
    })
    void probesNeedNoKnownHostAndNoToken(String path, int status, String word) throws IOException {
        assertThat(send("GET", path, "socket-proxy:8375", "X: y"))
                .startsWith("HTTP/1.1 " + status + " ")
                .endsWith("\r\n\r\n" + word + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/suggest", "/suggest?format=json", "/policy", "/difference"})
    void metricsAndSuggestionsRequireTheToken(String target) throws IOException {
        assertThat(send("GET", target, "localhost", "X: y")).startsWith("HTTP/1.1 401 ");
        assertThat(send("GET", target, "localhost", "Authorization: Bearer " + TOKEN))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void randomTokensAreLongAndDiffer() {
        assertThat(StatusGate.randomToken())
                .hasSize(22)
                .matches("[A-Za-z0-9_-]+")
                .isNotEqualTo(StatusGate.randomToken());
    }

    private static String send(String method, String target, String host, String header) throws IOException {
        int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String request = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + header
                    + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
