package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.Http2Client.Answer;
import org.socketproxy.testing.ProcessResources;

/** Tests the bodies of HTTP/2 requests. */
class Http2BodyTest extends Http2Fixture {
    private static final int PROTOCOL_ERROR = 1;

    @Test
    void bodyOfUnknownLengthIsSentInChunks() throws Exception {
        try (Http2Client client = connect()) {
            int stream = client.open(false, Http2Client.head("POST", "/plugins/create"));
            client.data(stream, "abc", false);
            assertThat(daemon.takeHead())
                    .isEqualTo("POST /plugins/create HTTP/1.1\r\nHost: docker\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.data(stream, "", false).data(stream, "de", true);
            assertThat(client.answer(stream).body()).isEqualTo("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        }
    }

    @Test
    void bodyWithContentLengthIsSentWithIt() throws Exception {
        try (Http2Client client = connect()) {
            int stream = client.open(false, Http2Client.head("POST", "/plugins/create", "content-length", "5"));
            client.data(stream, "abc", false).data(stream, "de", false).data(stream, "", true);
            assertThat(client.answer(stream).body()).isEqualTo("abcde");
            assertThat(daemon.takeHead()).contains("Content-Length: 5\r\n").doesNotContain("chunked");
        }
    }

    @Test
    void trailersOfTheClientAreDropped() throws Exception {
        try (Http2Client client = connect()) {
            int stream = client.open(false, Http2Client.head("POST", "/plugins/create", "trailer", "x-a"));
            client.data(stream, "abc", false);
            client.frame(
                    Http2Client.HEADERS,
                    Http2Client.END_HEADERS | Http2Client.END_STREAM,
                    stream,
                    Http2Client.encode("x-a", "b"));
            assertThat(client.answer(stream).body()).isEqualTo("3\r\nabc\r\n0\r\n\r\n");
            assertThat(daemon.takeHead().toLowerCase(java.util.Locale.ROOT)).doesNotContain("trailer");
        }
    }

    /** The judged body is the one that is forwarded, with its length. */
    @Test
    void bodyOfUnknownLengthIsJudged() throws Exception {
        restart(Map.of("CREATE", "safe"));
        try (Http2Client client = connect()) {
            String harmless = "{\"Image\":\"a\"}";
            int stream = client.open(
                    false, Http2Client.head("POST", "/containers/create", "content-type", "application/json"));
            client.data(stream, harmless, false).data(stream, "", true);
            assertThat(client.answer(stream).body()).isEqualTo(harmless);
            int harmful = client.open(
                    false, Http2Client.head("POST", "/containers/create", "content-type", "application/json"));
            client.data(harmful, "{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}}", true);
            assertThat(client.answer(harmful).status()).isEqualTo(403);
            int late = client.open(
                    false, Http2Client.head("POST", "/containers/create", "content-type", "application/json"));
            client.data(late, "{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":", false)
                    .data(late, "true}}", true);
            assertThat(client.answer(late).status()).isEqualTo(403);
        }
        assertThat(daemon.takeHead()).contains("Content-Length: 13\r\n");
        assertThat(daemon.isUntouched()).isTrue();
    }

    /** Every stream that its HEADERS frame does not end has a body, whatever its length. */
    @Test
    void startHasNoBody() throws Exception {
        try (Http2Client client = connect()) {
            assertThat(client.ask("POST", "/containers/x/start").status()).isEqualTo(200);
            assertThat(client.ask("POST", "/containers/x/start", "content-length", "0")
                            .status())
                    .isEqualTo(200);
            for (String length : List.of("", "9")) {
                String[] field = length.isEmpty() ? new String[0] : new String[] {"content-length", length};
                int stream = client.open(false, Http2Client.head("POST", "/containers/x/start", field));
                Answer answer = client.answer(stream);
                assertThat(answer.status() + answer.body()).startsWith("403").contains("body");
            }
        }
        daemon.takeHead();
        daemon.takeHead();
        assertThat(daemon.isUntouched()).isTrue();
    }

    /** With HTTP/1.1 further bytes would be another request at the daemon. */
    @ParameterizedTest
    @ValueSource(strings = {"abcdef", "abc+", "abc+def", "abc/", "/"})
    void bodyOfAnotherLengthThanItsHeaderEndsTheConnection(String frames) throws Exception {
        try (Http2Client client = connect()) {
            int stream = client.open(false, Http2Client.head("POST", "/plugins/create", "content-length", "5"));
            String[] parts = frames.split("\\+", -1);
            for (int i = 0; i < parts.length; i++) {
                boolean isTrailer = parts[i].endsWith("/");
                client.data(stream, parts[i].replace("/", ""), i > 0 && i == parts.length - 1);
                if (isTrailer) {
                    int flags = Http2Client.END_HEADERS | Http2Client.END_STREAM;
                    client.frame(Http2Client.HEADERS, flags, stream, Http2Client.encode("x-a", "b"));
                }
            }
            assertThat(client.awaitEnd()).isEqualTo(PROTOCOL_ERROR);
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
        assertThat(proxy.ask("GET", "/_ping")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void deniedUploadIsAnsweredAtOnceAndTheConnectionServesOthers() throws Exception {
        restart(Map.of("SECRETS", "0"));
        try (Http2Client client = connect()) {
            for (int i = 0; i < 3; i++) {
                int stream = client.open(false, Http2Client.head("POST", "/secrets/create", "content-length", "9"));
                client.data(stream, "abc", false);
                Answer answer = client.answer(stream);
                assertThat(answer.status()).isEqualTo(403);
                assertThat(answer.isComplete()).isTrue();
                assertThat(answer.body()).contains("set SECRETS=1");
            }
            assertThat(client.ask("GET", "/_ping").status()).isEqualTo(200);
        }
    }

    /**
     * The client sends on while the frame that resets its stream is under way, as grpc-go does. 4,200 frames and resets are below the bound of
     * 10,000 in a second, also on a fast machine.
     */
    @Test
    void bodiesOfManyDeniedCallsDoNotEndTheConnection() throws Exception {
        restart(Map.of("SECRETS", "0"));
        try (Http2Client client = connect()) {
            for (int round = 0; round < 60; round++) {
                List<Integer> streams = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    streams.add(client.open(false, Http2Client.head("POST", "/secrets/create")));
                }
                for (int part = 0; part < 6; part++) {
                    for (int stream : streams) {
                        client.data(stream, part < 5 ? "a" : "", part == 5);
                    }
                }
                for (int stream : streams) {
                    assertThat(client.answer(stream).status()).isEqualTo(403);
                }
            }
            assertThat(client.ask("GET", "/_ping").status()).isEqualTo(200);
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    @Test
    void largeUploadIsForwarded() throws Exception {
        String part = "0123456789abcdef".repeat(1000);
        try (Http2Client client = connect()) {
            int stream = client.open(false, Http2Client.head("POST", "/plugins/create", "content-length", "1600000"));
            for (int i = 0; i < 100; i++) {
                client.sendData(stream, part, i == 99);
            }
            assertThat(client.answer(stream).body()).isEqualTo(part.repeat(100));
        }
    }

    @Test
    void uploadWithExpectIsContinued() throws Exception {
        try (Http2Client client = connect()) {
            int stream = client.open(false, Http2Client.head("POST", "/plugins/create", "expect", "100-continue"));
            client.data(stream, "abc", true);
            assertThat(client.answer(stream).body()).isEqualTo("3\r\nabc\r\n0\r\n\r\n");
        }
    }

    @Test
    void resetEndsTheUploadAtTheDaemon() throws Exception {
        try (Http2Client client = connect()) {
            int stream = client.open(false, Http2Client.head("POST", "/plugins/create"));
            client.data(stream, "abc", false);
            daemon.takeHead();
            client.frame(Http2Client.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
            assertThat(daemon.awaitEnding()).isInstanceOf(IOException.class);
            assertThat(client.ask("GET", "/_ping").status()).isEqualTo(200);
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    private int openExchangeThatReadsItsBody(Http2Client client) throws Exception {
        int stream =
                client.open(false, Http2Client.head("POST", "/containers/create", "content-type", "application/json"));
        client.data(stream, "{\"Image\":", false);
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 1)).isTrue();
        return stream;
    }

    /** The proxy resets the stream itself, which Jetty does not tell the reader of the body. */
    @Test
    void stopEndsAnExchangeThatReadsItsBody() throws Exception {
        restart(Map.of("CREATE", "safe"));
        try (Http2Client client = connect()) {
            int stream = openExchangeThatReadsItsBody(client);
            proxy.server().exchanges().stop(() -> Duration.ZERO, () -> Duration.ZERO, () -> true);
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
            assertThat(client.answer(stream).isComplete()).isFalse();
            assertThat(client.ask("GET", "/_ping").status()).isEqualTo(200);
        }
    }

    @Test
    void answerBeforeTheEndOfTheBodyIsComplete() throws Exception {
        try (Http2Client client = connect()) {
            for (int i = 0; i < 3; i++) {
                int stream = client.open(false, Http2Client.head("POST", "/images/create?fromImage=early"));
                client.data(stream, "abc", false);
                Answer answer = client.answer(stream);
                assertThat(answer.status() + answer.body()).isEqualTo("400early");
                assertThat(answer.isComplete()).isTrue();
            }
            assertThat(client.ask("GET", "/_ping").status()).isEqualTo(200);
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    @Test
    void resetEndsAnExchangeThatReadsItsBody() throws Exception {
        restart(Map.of("CREATE", "safe"));
        try (Http2Client client = connect()) {
            int stream = openExchangeThatReadsItsBody(client);
            client.frame(Http2Client.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
            assertThat(client.ask("GET", "/_ping").status()).isEqualTo(200);
        }
    }
}
