package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests the error responses for requests that the proxy does not forward, in the daemon's error format. */
class DenialTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET    | /containers/json          | 403 | ContainerList (GET /containers/json) is not allowed: set"
                        + " CONTAINERS=1",
                "POST   | /containers/x/restart     | 403 | ContainerRestart (POST /containers/{id}/restart) is not"
                        + " allowed: set ALLOW_RESTARTS=1 (or, far wider, CREATE=safe and CONTAINERS=1 and POST=1)",
                "GET    | /debug/vars               | 403 | DebugVars (GET /debug/vars) is never allowed: no variable"
                        + " allows it",
                "PATCH  | /nonsense                 | 403 | page not found: the Docker API has no operation with"
                        + " this method and path, so it is not allowed",
                "GET    | /version/../info          | 400 | the path contains an empty segment, or a segment that is a"
                        + " single or double dot",
                "GET    | /%76ersion                | 400 | the path contains a percent escape that is invalid,"
                        + " doubled or unnecessary",
                "GET    | /version;a                | 400 | the request target contains a character that no Docker API"
                        + " path has: a control byte, a byte over 0x7f, a backslash, a semicolon or a number sign",
                "GET    | http://d/_ping            | 400 | this request is refused: the request target must begin"
                        + " with a slash (origin form)",
                "OPTIONS| *                         | 400 | this request is refused: the request target must begin"
                        + " with a slash (origin form)",
            })
    void denialHasDaemonErrorFormat(String method, String target, int status, String sentence) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket())) {
            String response = proxy.ask(method, target);
            assertThat(response)
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("\r\nContent-Type: application/json\r\n");
            assertThat(response).endsWith("\r\n\r\n{\"message\":\"socket-proxy: " + sentence + "\"}\n");
            assertThat(response).doesNotContainIgnoringCase("server:").doesNotContainIgnoringCase("jetty");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  | /libpod/info                    | 403 | SystemInfoLibpod (GET /libpod/info) is not allowed:"
                        + " set LIBPOD_INFO=1",
                "GET  | /v5.4.2/libpod/info             | 403 | SystemInfoLibpod (GET /libpod/info) is not allowed:"
                        + " set LIBPOD_INFO=1",
                "POST | /v5.4.2/libpod/local/build      | 403 | LocalBuildLibpod (POST /libpod/local/build) is never"
                        + " allowed: no variable allows it",
                "GET  | /v5.6.0-rc1/libpod/info         | 403 | page not found: the Docker API has no operation with"
                        + " this method and path, so it is not allowed",
                "GET  | /libpod                         | 403 | page not found: the Docker API has no operation with"
                        + " this method and path, so it is not allowed",
                "GET  | /v5.4.2.1/libpod/info           | 400 | the API version must be v<digits>.<digits>, such as"
                        + " v1.45 or, below /libpod, v5.4.2",
                "GET  | /libpod/%5fping                 | 400 | the path contains a percent escape that is invalid,"
                        + " doubled or unnecessary",
                "GET  | /libpod/_ping                   | 502 | no answer from the daemon at unix://SOCKET:"
                        + " this socket does not exist. Is the daemon running, and is the socket mounted here?",
            })
    void libpodErrorHasPodmanFormat(String method, String target, int status, String sentence) throws Exception {
        Path socket = folder.resolve("missing.sock");
        String message = "socket-proxy: " + sentence.replace("SOCKET", socket.toString());
        try (ProxyUnderTest proxy = ProxyUnderTest.allowing(socket)) {
            assertThat(proxy.ask(method, target))
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("\r\nContent-Type: application/json\r\n")
                    .endsWith("\r\n\r\n{\"cause\":\"" + message + "\",\"message\":\"" + message + "\",\"response\":"
                            + status + "}\n");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/libpodx/info",
        "/vx/libpod/info",
        "/images/libpod/json",
        "/info?x=/libpod/",
        "/v1.45/images/libpod/json"
    })
    void otherErrorsHaveDockerFormat(String target) throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.allowing(folder.resolve("missing.sock"))) {
            assertThat(proxy.ask("GET", target)).startsWith("HTTP/1.1 403 ").contains("\r\n\r\n{\"message\":\"");
        }
    }

    static Stream<List<String>> malformedRequests() {
        return Corpus.read(DenialTest.class, "malformed.txt", 2);
    }

    /** Jetty detects these errors before any filter; the response must have the same format. */
    @ParameterizedTest
    @MethodSource("malformedRequests")
    void malformedHttpIsRejectedInDaemonFormatAndClosed(List<String> row) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send(row.get(1).replace("\\r", "\r").replace("\\n", "\n"));
            String response = client.readToEnd();
            assertThat(response).startsWith("HTTP/1.1 " + row.get(0) + " ");
            assertThat(response)
                    .contains("\r\nContent-Type: application/json\r\n")
                    .contains("{\"message\":\"socket-proxy: ");
            assertThat(response)
                    .doesNotContain("\tat ")
                    .doesNotContainIgnoringCase("jetty")
                    .doesNotContain("<");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void tooLargeHeadersAreRejected() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            try {
                client.send("GET /_ping HTTP/1.1\r\nHost: d\r\nX-Registry-Auth: " + "A".repeat(140_000) + "\r\n\r\n");
            } catch (IOException closed) {
                // The proxy may respond and close before the client has sent all bytes.
            }
            assertThat(client.readResponse())
                    .startsWith("HTTP/1.1 431 ")
                    .contains("the request's headers are larger than 81920 bytes");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @RepeatedTest(5)
    void deniedUploadGetsResponseImmediately() throws Exception {
        int size = 200_000_000;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: " + size + "\r\n\r\n");
            client.send("begin");
            String response = client.readResponse();
            assertThat(response).contains("ImageLoad (POST /images/load) is not allowed: set IMAGES=1 and POST=1");
            assertThat(response).contains("\r\nConnection: close\r\n");
            // A client that sends the whole body before it reads gets no reset.
            byte[] rest = new byte[size - 5];
            client.output().write(rest);
            assertThat(client.readToEnd()).isEmpty();
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void deniedUploadWith100ContinueGetsFinalResponse() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 403 ");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void smallDeniedBodyKeepsConnectionOpen() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\n\r\nhello");
                assertThat(client.readResponse()).startsWith("HTTP/1.1 403 ").doesNotContain("Connection: close");
            }
            assertThat(client.request("GET", "/_ping").readResponse()).endsWith("OK");
        }
    }

    @ParameterizedTest
    @CsvSource({"Origin: https://evil", "Sec-Fetch-Site: cross-site", "origin: null"})
    void browserRequestIsDenied(String header) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /containers/x/stop HTTP/1.1\r\nHost: d\r\n" + header + "\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 403 ").contains("requests from a web page");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void missingSocketIs502WithPathAndReason() throws Exception {
        Path socket = folder.resolve("missing.sock");
        try (ProxyUnderTest proxy = ProxyUnderTest.allowing(socket)) {
            assertThat(proxy.ask("GET", "/_ping"))
                    .startsWith("HTTP/1.1 502 ")
                    .contains("{\"message\":\"socket-proxy: no answer from the daemon at unix://" + socket
                            + ": this socket does not exist. Is the daemon running, and is the socket mounted"
                            + " here?\"}");
        }
    }

    @Test
    void refusedConnectionIs502WithReason() throws Exception {
        Path socket = folder.resolve("dead.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(Files.exists(socket)).isTrue();
        try (ProxyUnderTest proxy = ProxyUnderTest.allowing(socket)) {
            assertThat(proxy.ask("GET", "/_ping"))
                    .startsWith("HTTP/1.1 502 ")
                    .contains(": it refused the connection: no process listens there. Is the daemon running?\"}");
        }
    }

    @ParameterizedTest
    @CsvSource({"''", "no http at all"})
    void closedOrMalformedDaemonResponseIs502(String answer) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.write(answer);
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket())) {
            assertThat(proxy.ask("GET", "/_ping"))
                    .startsWith("HTTP/1.1 502 ")
                    .contains(": it closed the connection or did not speak HTTP\"}");
        }
    }

    @Test
    void uploadToUnreachableDaemonGetsResponse() throws Exception {
        int size = 50_000_000;
        try (ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(folder.resolve("missing.sock"));
                RawClient client = proxy.connect()) {
            client.send("POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: " + size + "\r\n\r\n");
            client.output().write(new byte[size]);
            assertThat(client.readResponse()).startsWith("HTTP/1.1 502 ").contains("this socket does not exist");
        }
    }
}
