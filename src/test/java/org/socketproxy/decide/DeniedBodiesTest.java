package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** A create that variables deny is answered with what its body needs, if the body comes at once. */
class DeniedBodiesTest {
    private static final String BODY = "{\"Image\":\"alpine\",\"HostConfig\":{\"Binds\":[\"/srv/cache:/c\"]}}";
    private static final String NEEDS =
            "set CREATE=safe and BINDS=/srv/cache and POST=1 (POST=1 alone: root on the host)\"}\n";
    private static final String PLAIN = "set CREATE=safe and POST=1 (POST=1 alone: root on the host)\"}\n";

    private final BlockingQueue<String> records = new LinkedBlockingQueue<>();

    @TempDir
    Path folder;

    private static String head(String fields) {
        return "POST /v1.45/containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n" + fields
                + "\r\n\r\n";
    }

    private static String whole(String body) {
        return head("Content-Length: " + body.length()) + body;
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    private interface Conversation {
        void hold(ProxyUnderTest proxy, RawClient client) throws Exception;
    }

    private void talk(Conversation conversation) throws Exception {
        talk(Map.of("CONTAINERS", "1"), conversation);
    }

    private void talk(Map<String, String> settings, Conversation conversation) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) {
            Map<String, String> environment = new HashMap<>(settings);
            environment.put("SOCKET_PATH", daemon.socket().toString());
            environment.put("LOG_LEVEL", "notice");
            try (ProxyUnderTest proxy = ProxyUnderTest.recording(
                            environment, lines -> lines.lines().forEach(records::add));
                    RawClient client = proxy.connect()) {
                conversation.hold(proxy, client);
            }
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @Test
    void bodyInOnePieceOrInManyIsJudged() throws Exception {
        talk((proxy, client) -> {
            assertThat(client.send(whole(BODY)).readResponse()).endsWith(NEEDS);
            client.send(head("Content-Length: " + BODY.length()));
            for (int i = 0; i < BODY.length(); i++) {
                client.send(BODY.substring(i, i + 1));
            }
            assertThat(client.readResponse()).endsWith(NEEDS);
            client.send(head("Transfer-Encoding: chunked")).send(chunk(BODY.substring(0, 9)));
            client.send(chunk(BODY.substring(9)) + "0\r\n\r\n");
            assertThat(client.readResponse()).endsWith(NEEDS);
        });
        assertThat(records.poll(60, TimeUnit.SECONDS))
                .contains(" deny variable-missing POST ", " set=\"CREATE=safe and BINDS=/srv/cache and POST=1\" ");
        assertThat(records.poll(60, TimeUnit.SECONDS))
                .contains(" deny variable-missing POST ")
                .doesNotContain("set=");
    }

    @ParameterizedTest
    @ValueSource(ints = {70_000, 2_000_000})
    void largeBodyIsNotRead(int bytes) throws Exception {
        talk((proxy, client) -> {
            String body = "{\"Image\":\"alpine\",\"x\":\"" + "a".repeat(bytes) + "\"}";
            client.send(head("Content-Length: " + body.length()));
            assertThat(client.readResponse()).endsWith(PLAIN); // before the body
            client.send(body);
        });
    }

    @Test
    void longChunkedBodyGetsThePlainDenial() throws Exception {
        talk((proxy, client) -> {
            client.send(head("Transfer-Encoding: chunked"));
            for (int i = 0; i < 20; i++) {
                client.send(chunk("a".repeat(4096)));
            }
            client.send("0\r\n\r\n");
            assertThat(client.readResponse()).endsWith(PLAIN);
        });
    }

    @Test
    void bodyThatDoesNotComeGetsThePlainDenial() throws Exception {
        talk((proxy, client) -> {
            client.send(head("Content-Length: " + BODY.length()) + BODY.substring(0, 9));
            assertThat(client.readResponse()).endsWith(PLAIN);
            assertThat(client.readToEnd()).isEmpty();
        });
    }

    @Test
    void clientThatLeavesEndsTheExchange() throws Exception {
        talk((proxy, client) -> {
            try (RawClient other = proxy.connect()) {
                other.send(head("Content-Length: " + BODY.length()) + BODY.substring(0, 9));
                other.reset();
            }
            assertThat(records.poll(60, TimeUnit.SECONDS)).contains(" deny variable-missing POST ");
            assertThat(client.send(whole(BODY)).readResponse()).endsWith(NEEDS);
        });
    }

    @Test
    void clientThatAsksFirstSendsNoBody() throws Exception {
        talk((proxy, client) -> {
            client.send(head("Content-Length: " + BODY.length() + "\r\nExpect: 100-continue"));
            assertThat(client.readResponse()).startsWith("HTTP/1.1 403 ").endsWith(PLAIN);
        });
    }

    @Test
    void theConnectionIsUsedAgain() throws Exception {
        talk((proxy, client) -> {
            client.send((whole(BODY) + "GET /containers/x/export HTTP/1.1\r\nHost: d\r\n\r\n").repeat(50));
            for (int i = 0; i < 50; i++) {
                assertThat(client.readResponse()).endsWith(NEEDS);
                assertThat(client.readResponse()).contains("set ALLOW_EXPORT=1");
            }
        });
    }

    @Test
    void manyClientsAtOnceTakeLittleMemory() throws Exception {
        talk((proxy, client) -> {
            List<RawClient> waiting = new ArrayList<>();
            String begin = head("Content-Length: 60000") + "{\"Image\":\"" + "a".repeat(50_000);
            for (int i = 0; i < 60; i++) {
                waiting.add(proxy.connect().send(begin));
            }
            for (RawClient each : waiting) {
                assertThat(each.readResponse()).endsWith(PLAIN);
                each.close();
            }
            assertThat(client.send(whole(BODY)).readResponse()).endsWith(NEEDS);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"Image\":\"alpine\",\"HostConfig\":{\"Privileged\":true}} | its body: HostConfig.Privileged is true, which CREATE=safe does not allow (CREATE_ALLOW=privileged would; it is root on the host)",
                "{\"Image\":\"alpine\",\"Env\":[\"PASSWORD=geheim\"],\"Foo\":\"geheim\"} | its body: Foo is a field that this proxy does not know",
                "{\"HostConfig\":{\"Binds\":[\"/a;`id`:/c\"]}} | which CREATE=safe does not allow",
                "[[[[[[[[ | its body: ",
            })
    void bodyThatIsNotAllowedIsNamedWithoutItsValues(String body, String sentence) throws Exception {
        talk((proxy, client) -> assertThat(client.send(whole(body)).readResponse())
                .contains("set CREATE=safe and POST=1 (POST=1 alone: root on the host); ")
                .contains(sentence)
                .doesNotContain("geheim"));
        assertThat(records.poll(60, TimeUnit.SECONDS))
                .contains(" deny variable-missing POST ")
                .doesNotContain("set=");
    }

    @Test
    void adviceForManyValuesIsShort() throws Exception {
        talk((proxy, client) -> {
            String binds = IntStream.range(0, 2000)
                    .mapToObj(i -> "\"/srv/" + i + ":/c" + i + "\"")
                    .collect(Collectors.joining(","));
            String answer = client.send(whole("{\"Image\":\"alpine\",\"HostConfig\":{\"Binds\":[" + binds + "]}}"))
                    .readResponse();
            assertThat(answer)
                    .contains("set CREATE=safe and BINDS=/srv/0,/srv/1,", ",/srv/15 and POST=1 (", " more\"}")
                    .hasSizeLessThan(2000);
        });
        assertThat(records.poll(60, TimeUnit.SECONDS))
                .contains(" deny variable-missing POST ")
                .doesNotContain("set=");
    }

    @Test
    void withoutVariablesOfCreatesTheBodyIsNotJudged() throws Exception {
        talk(
                Map.of("CONTAINERS", "1", "BUILDS", "tunnel"),
                (proxy, client) -> assertThat(client.send(whole(BODY)).readResponse())
                        .endsWith("set POST=1 (root on the host)\"}\n"));
    }
}
