package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.KnownParameters;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests that requests and responses are forwarded unchanged. */
class ForwardingTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    private static final KnownParameters PARAMETERS = KnownParameters.load();

    @Test
    void targetOfEachOperationIsForwardedByteForByte() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        peer.write(head.startsWith("HEAD") ? OK.substring(0, OK.length() - 2) : OK);
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            for (Operation operation : OperationCatalogue.load().operations()) {
                if (operation.section() == null || operation.isGrpc()) {
                    continue;
                }
                String path = "/v1.45" + operation.path().toString().replaceAll("\\{\\w+}", "x.y_z-1");
                String target = path + (path.contains("?") ? "&" : "?") + oddQuery(operation);
                client.send(operation.method() + " " + target + " HTTP/1.1\r\nHost: docker\r\n\r\n");
                assertThat(daemon.takeHead()).startsWith(operation.method() + " " + target + " HTTP/1.1\r\n");
                assertThat(client.readHead()).as(operation.id()).startsWith("HTTP/1.1 200 OK\r\n");
                client.read(operation.method().equals("HEAD") ? 0 : 2);
            }
        }
    }

    /** A query that each daemon decodes, and most programs would write in another form. A closed list allows few names. */
    private static String oddQuery(Operation operation) {
        if (operation.id().equals("ImageBuildLibpod")) {
            return "labels=%7B%22b%22%3A1%7D&annotations={\"d\":[\"|^`\"]}&%71=%31;";
        }
        return operation.write().isAlways() || PARAMETERS.isClosed(operation)
                ? "&&;"
                : "a=%7B%22b%22%3A1%7D&c={\"d\":[\"|^`\"]}&e=%2e%2e/../;%zz";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/images/registry.example.com%3A5000%2Fteam%2Fapp%3Av1/json",
                "/images/registry.example.com:5000/team/app@sha256:abc/json",
                "/images/a%40b%2bc/json?",
                "/networks/my%20net%C3%A9",
                "/containers/json?all=1&&=&x",
                "/containers/json??x=http://a/b",
            })
    void unusualTargetsAreForwardedUnchanged(String target) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket())) {
            assertThat(proxy.ask("GET", target)).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(daemon.takeHead()).startsWith("GET " + target + " HTTP/1.1\r\n");
        }
    }

    @Test
    void endToEndHeadersAreForwardedAndNoneIsAdded() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("""
                    POST /images/create?fromImage=a HTTP/1.1
                    Host: example:2375
                    User-Agent: Docker-Client/28.2.2 (linux)
                    X-Registry-Auth: abc=
                    x-odd-CASE: kept,  as it came
                    Cookie: a=b
                    Accept-Encoding: gzip
                    Connection: keep-alive, Upgrade, X-Registry-Auth
                    Keep-Alive: timeout=5
                    Proxy-Authorization: secret
                    TE: trailers
                    Upgrade: h2c
                    X-Forwarded-For: 10.0.0.1
                    Content-Length: 0

                    """.replace("\n", "\r\n"));
            client.readResponse();

            assertThat(daemon.takeHead().replace("\r\n", "\n")).isEqualTo("""
                    POST /images/create?fromImage=a HTTP/1.1
                    Host: example:2375
                    User-Agent: Docker-Client/28.2.2 (linux)
                    X-Registry-Auth: abc=
                    x-odd-CASE: kept,  as it came
                    Cookie: a=b
                    Accept-Encoding: gzip
                    X-Forwarded-For: 10.0.0.1
                    Content-Length: 0

                    """);
        }
    }

    /** Many HTTP client libraries add application/octet-stream. */
    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"})
    void noContentTypeIsAdded(String framingAndBody) throws Exception {
        String head = "POST /plugins/create HTTP/1.1\r\nHost: docker\r\n";
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            assertThat(client.send(head + framingAndBody).readResponse()).endsWith("OK");

            assertThat(daemon.takeHead())
                    .isEqualTo(head + framingAndBody.substring(0, framingAndBody.indexOf("\r\n\r\n") + 4));
        }
    }

    static Stream<String> responses() {
        return Stream.of(
                "HTTP/1.1 200 OK\r\nServer: Docker/26.1.5 (linux)\r\nDate: Wed, 25 Nov 2026 01:00:00 GMT\r\n"
                        + "Api-Version: 1.45\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 204 No Content\r\nApi-Version: 1.45\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\nApi-Version: 1.45\r\n\r\n",
                "HTTP/1.1 301 Moved Permanently\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"message\":\"\"}",
                "HTTP/1.1 500 Server Error\r\nContent-Length: 1\r\n\r\n!",
                "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d, e\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnogzi");
    }

    @ParameterizedTest
    @MethodSource("responses")
    void responsesAreForwardedUnchanged(String response) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, response);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/info").readResponse()).isEqualTo(response);
            }
            assertThat(daemon.accepted()).isEqualTo(1);
        }
    }

    /** Without a Content-Length Jetty adds Transfer-Encoding: chunked, as for the body of a GET. */
    @ParameterizedTest
    @CsvSource({
        "'', Transfer-Encoding: chunked",
        "Content-Length: 0, Content-Length: 0",
        "Content-Length: 9, Content-Length: 9"
    })
    void responseToHeadHasNoBody(String sent, String received) throws Exception {
        String start = "HTTP/1.1 200 OK\r\nX-Docker-Container-Path-Stat: abc=\r\n";
        try (FakeDaemon daemon = FakeDaemon.answering(folder, start + (sent.isEmpty() ? "" : sent + "\r\n") + "\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("HEAD", "/containers/x/archive").readHead())
                        .isEqualTo(start + received + "\r\n\r\n");
            }
            assertThat(daemon.accepted()).isEqualTo(1);
        }
    }

    @Test
    void chunkedResponseStaysChunked() throws Exception {
        String response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        try (FakeDaemon daemon = FakeDaemon.answering(folder, response);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                client.request("GET", "/info");
                assertThat(client.readHead()).isEqualTo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                assertThat(client.read(13)).isEqualTo("3\r\nabc\r\n0\r\n\r\n");
            }
            assertThat(daemon.accepted()).isEqualTo(1);
        }
    }

    @Test
    void chunkedRequestBodyIsForwarded() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    String body = "";
                    while (!body.endsWith("0\r\n\r\n")) {
                        body += peer.read(1);
                    }
                    String text = body.replaceAll("(?m)^[0-9a-f]+\r\n", "").replace("\r\n", "");
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /plugins/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            assertThat(daemon.takeHead())
                    .contains("Transfer-Encoding: chunked\r\n")
                    .doesNotContain("Content-Length");
            client.send("6\r\n world\r\n0\r\n\r\n");
            assertThat(client.readResponse()).endsWith("\r\n\r\nhello world");
        }
    }

    @Test
    void bodyIsSentAfter100Continue() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.write("HTTP/1.1 100 Continue\r\n\r\n");
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + peer.read(5));
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send(
                    "PUT /containers/x/archive HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readHead()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(client.send("hello").readResponse())
                    .isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }
    }

    @Test
    void bodyIsNotSentAfterAFinalResponse() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send(
                    "PUT /containers/x/archive HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 404 Not Found\r\n");
        }
    }

    /** Repeated, because the response and the failing write race. */
    @RepeatedTest(20)
    void responseDuringAnUploadIsForwarded() throws Exception {
        String answer = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig";
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    peer.write(answer);
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            int size = 50_000_000;
            client.send("POST /plugins/create HTTP/1.1\r\nHost: d\r\nContent-Length: " + size + "\r\n\r\n");
            client.output().write(new byte[size]);
            assertThat(client.readResponse()).endsWith("\r\n\r\nbig");
        }
    }

    @Test
    void largeRegistryAuthHeaderIsForwarded() throws Exception {
        String auth = "A".repeat(64 * 1024);
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /images/create HTTP/1.1\r\nHost: d\r\nX-Registry-Auth: " + auth
                    + "\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(daemon.takeHead()).contains("X-Registry-Auth: " + auth + "\r\n");
        }
    }

    @Test
    void connectionsAreReusedOnBothSides() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            for (int i = 0; i < 200; i++) {
                String method = i % 2 == 0 ? "GET" : "POST";
                String target = i % 2 == 0 ? "/_ping" : "/containers/x/restart";
                client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\n\r\nhello");
                assertThat(client.readResponse()).endsWith("OK");
            }
            assertThat(daemon.accepted()).isEqualTo(1);
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket());
                RawClient client = proxy.connect()) {
            client.request("GET", "/_ping").request("GET", "/info").request("GET", "/version");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 403");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: \r\n", "Host:\r\n"})
    void blankHostIsAccepted(String host) throws IOException, InterruptedException {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            assertThat(client.send("GET /_ping HTTP/1.1\r\n" + host + "\r\n").readResponse())
                    .startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(daemon.takeHead()).contains("\r\nHost: docker\r\n");
        }
    }

    @Test
    void largeUploadIsForwardedUnchanged() throws Exception {
        int size = 64 << 20;
        byte[] bytes = new byte[size];
        new java.util.Random(1).nextBytes(bytes);
        byte[][] seen = new byte[1][];
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    seen[0] = peer.input().readNBytes(size);
                    peer.write(OK);
                });
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(daemon.socket());
                RawClient client = proxy.connect()) {
            client.send("POST /plugins/create HTTP/1.1\r\nHost: d\r\nContent-Length: " + size + "\r\n\r\n");
            client.output().write(bytes);
            assertThat(client.readResponse()).endsWith("OK");
            assertThat(seen[0]).isEqualTo(bytes);
        }
    }
}
