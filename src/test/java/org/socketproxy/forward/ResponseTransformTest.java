package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** The response stage transforms the bodies of responses, and adapts or withholds their heads. */
class ResponseTransformTest {
    private static final String LIST = "[{\"a\":1},{\"b\":\"drop\"},{\"c\":\"mask\"},{\"d\":\"é\"}]\n";
    private static final String TRANSFORMED = "[{\"a\":1},{\"m\":1},{\"d\":\"é\"}]\n";

    @TempDir
    Path folder;

    private final HeldMemory memory = HeldMemory.ofThisProcess();

    private FakeDaemon daemon(Framing framing, String headers, String body) throws IOException {
        return FakeDaemon.running(folder, peer -> {
            while (peer.readRequest() != null) {
                framing.write(peer, headers, body);
                if (framing == Framing.CLOSE) {
                    return;
                }
            }
        });
    }

    private ChainUnderTest chain(FakeDaemon daemon) throws Exception {
        return ChainUnderTest.transforming(daemon.host(), new TestTransforms(), memory);
    }

    @ParameterizedTest
    @EnumSource(Framing.class)
    void aListIsTransformedWithAnyFramingAndTheConnectionIsReused(Framing framing) throws Exception {
        try (FakeDaemon daemon = daemon(framing, "Content-Type: application/json\r\n", LIST);
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            for (int i = 0; i < 3; i++) {
                RawResponse answer =
                        client.request("GET", "/v1.45/containers/json").readAnswer("GET");

                assertThat(answer.body()).isEqualTo(TRANSFORMED);
                assertThat(answer.isWhole()).isTrue();
                assertThat(answer.head())
                        .isEqualTo("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n");
                assertThat(chain.takeRecord())
                        .startsWith("allow section GET /v1.45/containers/json ContainerList 200 ")
                        .endsWith(" 0/" + TRANSFORMED.length() + "B");
            }
            assertThat(daemon.accepted()).isEqualTo(framing == Framing.CLOSE ? 3 : 1);
        }
        assertThat(memory.reservedBytes()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "GET  | /containers/x/json     | {\"a\":1}~                         | {\"a\":1}~",
                "GET  | /containers/x/json     | {\"a\":\"mask\"}                    | {\"m\":1}",
                "GET  | /volumes               | {\"Volumes\":[{\"a\":\"drop\"}],\"Warnings\":[\"drop\"]} |"
                        + " {\"Volumes\":[],\"Warnings\":[\"drop\"]}",
                "GET  | /volumes               | {\"Volumes\":null,\"Warnings\":null} |"
                        + " {\"Volumes\":null,\"Warnings\":null}",
                "GET  | /containers/json       | [{\"a\":\"drop\"}]                  | []",
                "GET  | /events                | {\"a\":\"drop\"}                    | ``",
                "GET  | /events                | {\"a\":1}{\"a\":\"drop\"}           | {\"a\":1}",
                "POST | /containers/create     | {\"Id\":\"mask\"}                   | {\"m\":1}",
                // without a transform
                "GET  | /images/json           | [{\"a\":\"drop\"}]                  | [{\"a\":\"drop\"}]",
                "GET  | /containers/x/logs     | {\"a\":\"drop\"}                    | {\"a\":\"drop\"}",
            })
    void eachOperationHasItsOwnTransform(String method, String target, String body, String expected) throws Exception {
        try (FakeDaemon daemon = daemon(Framing.LENGTH, "", body.replace('~', '\n'));
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            RawResponse answer = client.request(method, target).readAnswer(method);

            assertThat(answer.body()).isEqualTo(expected.replace('~', '\n'));
            assertThat(answer.isWhole()).isTrue();
            assertThat(client.request("GET", "/_ping").readAnswer("GET").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void theDaemonIsAskedForTheWholeWithoutAContentCoding() throws Exception {
        try (FakeDaemon daemon = daemon(Framing.LENGTH, "", LIST);
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            String headers = "Host: d\r\nAccept-Encoding: gzip, deflate\r\nRange: bytes=1-2\r\nIf-Range: \"e\"\r\n"
                    + "If-None-Match: \"e\"\r\nIf-Match: \"e\"\r\nIf-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT\r\n"
                    + "If-Unmodified-Since: Tue, 01 Jan 2030 00:00:00 GMT\r\nAccept: application/json\r\n";
            client.send("GET /containers/json HTTP/1.1\r\n" + headers + "\r\n").readAnswer("GET");
            assertThat(daemon.takeHead())
                    .isEqualTo("GET /containers/json HTTP/1.1\r\nHost: d\r\nAccept-Encoding: identity\r\n"
                            + "Accept: application/json\r\n\r\n");

            client.send("GET /images/json HTTP/1.1\r\n" + headers + "\r\n").readAnswer("GET");
            assertThat(daemon.takeHead()).isEqualTo("GET /images/json HTTP/1.1\r\n" + headers + "\r\n");
        }
    }

    @Test
    void headersThatDescribeTheBytesOfTheDaemonAreRemoved() throws Exception {
        String described =
                "Content-MD5: a\r\nDigest: sha-256=a\r\nContent-Digest: a\r\nRepr-Digest: a\r\nETag: \"e\"\r\n"
                        + "Last-Modified: Tue, 01 Jan 2019 00:00:00 GMT\r\nAccept-Ranges: bytes\r\n";
        try (FakeDaemon daemon = daemon(Framing.LENGTH, described + "Api-Version: 1.45\r\n", LIST);
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            assertThat(client.request("GET", "/containers/json")
                            .readAnswer("GET")
                            .head())
                    .isEqualTo("HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertThat(client.request("GET", "/images/json").readAnswer("GET").head())
                    .contains(described);
        }
    }

    /** A response without a body, or an error of the daemon, is not transformed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "HEAD | /containers/x/archive | 200 OK~Content-Length: 20~ETag: \"e\"     | ``          | 200 OK~Transfer-Encoding: chunked",
                "HEAD | /containers/x/archive | 200 OK~Content-Encoding: gzip             | ``          | 200 OK~Content-Encoding: gzip~Transfer-Encoding: chunked",
                "HEAD | /containers/x/archive | 404 Not Found~Content-Length: 20          | ``          | 404 Not Found~Content-Length: 20",
                "POST | /containers/x/start   | 204 No Content                            | ``          | 204 No Content",
                "POST | /containers/x/start   | 304 Not Modified~ETag: \"e\"              | ``          | 304 Not Modified",
                "GET  | /containers/json      | 404 Not Found~Content-Length: 4           | drop        | 404 Not Found~Content-Length: 4",
                "GET  | /containers/json      | 500 Server Error~Content-Encoding: gzip~Content-Length: 4 | gzip |"
                        + " 500 Server Error~Content-Encoding: gzip~Content-Length: 4",
                "GET  | /containers/json      | 301 Moved Permanently~Location: /x~Content-Length: 0 | `` |"
                        + " 301 Moved Permanently~Location: /x~Content-Length: 0",
            })
    void otherResponsesPassWithoutATransform(String method, String target, String head, String body, String expected)
            throws Exception {
        String response = "HTTP/1.1 " + head.replace("~", "\r\n") + "\r\n\r\n" + body;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, response);
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            for (int i = 0; i < 2; i++) {
                RawResponse answer = client.request(method, target).readAnswer(method);

                assertThat(answer.head()).isEqualTo("HTTP/1.1 " + expected.replace("~", "\r\n") + "\r\n\r\n");
                assertThat(answer.body()).isEqualTo(body);
                assertThat(chain.takeRecord()).startsWith("allow ").doesNotContain("response-");
            }
            assertThat(daemon.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | Content-Encoding: gzip           | [1]          | 502 | response-encoded   | is compressed",
                "200 | Content-Encoding: identity, br   | [1]          | 502 | response-encoded   | is compressed",
                "200 | Content-Encoding: x-other        | [1]          | 502 | response-encoded   | is compressed",
                "206 | Content-Range: bytes 0-2/9       | [1]          | 502 | response-partial   | only a part",
                "200 | X: y                             | <html>       | 502 | response-malformed | not the expected JSON",
                "200 | X: y                             | {}           | 502 | response-malformed | not the expected JSON",
                "200 | X: y                             | [\"fail\"]   | 502 | response-malformed | cannot be judged",
                "200 | X: y                             | [\"bug\"]    | 500 | internal-error     | see the log",
                "200 | X: y                             | ''           | 502 | response-malformed | ends before",
            })
    void aResponseThatCannotBeTransformedIsWithheld(
            int status, String header, String body, int expected, String reason, String message) throws Exception {
        String response =
                "HTTP/1.1 " + status + " X\r\n" + header + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, response);
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            for (int i = 0; i < 2; i++) {
                RawResponse answer = client.request("GET", "/containers/json").readAnswer("GET");

                assertThat(answer.status()).isEqualTo(expected);
                assertThat(answer.head()).doesNotContain(header);
                assertThat(answer.body())
                        .startsWith("{\"message\":\"socket-proxy: the response of the daemon is withheld")
                        .contains(message);
                assertThat(chain.takeRecord())
                        .startsWith("allow " + reason + " GET /containers/json ContainerList " + expected);
            }
        }
        assertThat(memory.reservedBytes()).isZero();
    }

    @Test
    void aTransferCodingOtherThanChunkedIsWithheld() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(
                        folder, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n");
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            assertThat(client.request("GET", "/containers/json")
                            .readAnswer("GET")
                            .status())
                    .isEqualTo(502);
        }
    }

    /** The chunks of the daemon, between bars. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                // chunks of the daemon                 ; client gets; reason
                "[\"fail\"|,1]|                         ; 502        ; response-malformed",
                "x|                                     ; 502        ; response-malformed",
                "[\"drop\"|,\"fail\"]|                  ; [          ; response-malformed",
                "[{}|,\"fail\"|,2]|                     ; [{}        ; response-malformed",
                "[{}|,{}|,\"bug\"|,2]|                  ; [{},{}     ; internal-error",
                "[{}|,{}|,\"fail\"]|                    ; [{},{}     ; response-malformed",
                "[{}|,{}|]x|                            ; [{},{}     ; response-malformed",
                "[{}|,{}|                               ; [{},{}     ; response-malformed",
                "[{}|,{}|!                              ; [{},{}     ; section",
                "[{}|,{}]|!                             ; [{},{}]    ; section",
                "[\"drop\"|!                            ; [          ; section",
                "[\"drop\"|                             ; [          ; response-malformed",
            })
    void aFailureAfterTheHeadClosesTheConnection(String chunks, String outcome, String reason) throws Exception {
        boolean isDying = chunks.endsWith("!");
        String[] parts = chunks.replace("!", "").split("\\|");
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (String part : parts) {
                        peer.write(Integer.toHexString(part.length()) + "\r\n" + part + "\r\n");
                    }
                    if (!isDying) {
                        peer.write("0\r\n\r\n");
                    }
                });
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            RawResponse answer = client.request("GET", "/containers/json").readAnswer("GET");

            boolean isCut = !outcome.equals("502");
            assertThat(answer.status()).isEqualTo(isCut ? 200 : 502);
            assertThat(answer.isWhole()).isEqualTo(!isCut);
            assertThat(answer.body())
                    .startsWith(isCut ? outcome : "{\"message\":")
                    .doesNotContain("fail", "bug");
            assertThat(chain.takeRecord()).startsWith("allow " + reason + " GET /containers/json ContainerList ");
            assertThat(ProcessResources.await(() -> chain.openExchanges() == 0)).isTrue();
        }
        assertThat(memory.reservedBytes()).isZero();
    }

    /** A body that ends with the connection, and its end is not marked otherwise. */
    @ParameterizedTest
    @CsvSource({"'[1,2]', true", "'[1,2', false", "'[1,', false", "'[', false"})
    void aBodyThatEndsWithTheConnectionMustBeComplete(String body, boolean isWhole) throws Exception {
        try (FakeDaemon daemon = daemon(Framing.CLOSE, "", body);
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            RawResponse answer = client.request("GET", "/containers/json").readAnswer("GET");

            assertThat(answer.status() == 200 && answer.isWhole()).isEqualTo(isWhole);
        }
    }

    /** A client of HTTP/1.0 knows the end of the body only by the close; a reset shows the failure. */
    @ParameterizedTest
    @CsvSource({"'[1,\"drop\",2]', '[1,2]', false", "'[1,\"fail\"]', '', true"})
    void aClientOfHttp10GetsACloseOrAReset(String body, String expected, boolean isReset) throws Exception {
        try (FakeDaemon daemon = daemon(Framing.CHUNK_PER_BYTE, "", body);
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            client.send("GET /containers/json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            String end;
            String response = "";
            try {
                response = client.readToEnd();
                end = "close";
            } catch (IOException reset) {
                end = "reset";
            }
            assertThat(end).isEqualTo(isReset ? "reset" : "close");
            assertThat(response).isEqualTo(isReset ? "" : "HTTP/1.1 200 OK\r\n\r\n" + expected);
        }
    }

    @Test
    void aProfileThatFailsToGiveATransformDeniesTheRequest() throws Exception {
        try (FakeDaemon daemon = daemon(Framing.LENGTH, "", LIST);
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            assertThat(client.request("GET", "/containers/json?broken=1").readResponse())
                    .startsWith("HTTP/1.1 500 ");
            assertThat(chain.takeRecord()).startsWith("deny internal-error ");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    /** An operation that can become a tunnel has no transform: {@link TestTransforms} would throw. */
    @ParameterizedTest
    @ValueSource(strings = {"/containers/x/attach?stream=1", "/exec/x/start"})
    void aTunnelIsNotTransformed(String target) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n[\"drop\"]");
                    peer.readToEnd();
                });
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.read(8)).isEqualTo("[\"drop\"]");
        }
    }

    /** The daemon closes an idle connection in the moment of its reuse. */
    @Test
    void theResponseToARetryIsTransformed() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    boolean isStale = connections.incrementAndGet() == 1;
                    peer.readRequest();
                    Framing.LENGTH.write(peer, "", LIST);
                    peer.readRequest();
                    if (!isStale) {
                        Framing.LENGTH.write(peer, "", LIST);
                    }
                });
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/containers/json")
                                .readAnswer("GET")
                                .body())
                        .isEqualTo(TRANSFORMED);
            }
            assertThat(connections).hasValueGreaterThan(1);
            for (int i = 0; i < 4; i++) {
                assertThat(daemon.takeHead()).contains("\r\nAccept-Encoding: identity\r\n");
            }
        }
        assertThat(memory.reservedBytes()).isZero();
    }

    /** Jetty would close this connection; without chunks the client could not see whether the body is complete. */
    @Test
    void aResponseToExpect100ContinueIsChunked() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readHead();
                    Framing.LENGTH.write(peer, "", "{\"Id\":\"mask\"}");
                    peer.readToEnd();
                });
                ChainUnderTest chain = chain(daemon);
                RawClient client = chain.connect()) {
            client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}");
            RawResponse answer = client.readAnswer("POST");

            assertThat(answer.head()).contains("\r\nTransfer-Encoding: chunked\r\n");
            assertThat(answer.body()).isEqualTo("{\"m\":1}");
            assertThat(answer.isWhole()).isTrue();
        }
    }
}
