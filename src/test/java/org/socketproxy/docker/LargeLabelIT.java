package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.json.JsonElements;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/** Containers with a label of some MiB on a real dockerd, which escapes each character to six bytes. */
class LargeLabelIT {
    private static final String NAME = "large-label-it";
    private static final String SMALL = NAME + "-small";

    private final RealDocker docker = RealDocker.get();

    @AfterEach
    void remove() throws Exception {
        for (String name : new String[] {NAME, SMALL}) {
            ask("DELETE", "/containers/" + name + "?force=1", "");
        }
    }

    private String ask(String method, String target, String body) throws Exception {
        try (RawClient client = RawClient.connect(docker.socket())) {
            client.send(
                    method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body);
            return client.readAnswer(method).body();
        }
    }

    private void create(String name, String owner, String label) throws Exception {
        String answer = ask(
                "POST",
                "/containers/create?name=" + name,
                "{\"Image\":\"" + RealDocker.IMAGE + "\",\"Cmd\":[\"true\"],\"Labels\":{\"big\":\"" + label
                        + "\",\"owner\":\"" + owner + "\"}}");
        assertThat(answer).contains("\"Id\":\"");
    }

    /** Reads events up to one of the small container, or the end. */
    private static String readToSmall(RawClient client) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] bytes = new byte[1 << 16];
        String tail = "";
        while (!tail.contains("\"name\":\"" + SMALL + "\"")) {
            int count = client.input().read(bytes);
            assertThat(count).as("the stream ends after %s bytes", read.size()).isPositive();
            read.write(bytes, 0, count);
            tail = tail.substring(Math.max(0, tail.length() - 1000))
                    + new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
        }
        return read.toString(StandardCharsets.UTF_8);
    }

    /** The client has an event stream open, while one client creates the large container, and another one a small one. */
    @ParameterizedTest
    @CsvSource({
        "MASK=1, other, large small",
        "TARGETS=label:owner=ci, other, small",
        "TARGETS=label:owner=ci, ci, large small",
        "TARGETS=containers:name:large-label-it*, other, large small",
        "TARGETS=label:owner=ci MASK=1, other, small",
        "TARGETS=label:owner=ci MASK=1, ci, large small",
    })
    void listsAndEventsOfAllGoOn(String settings, String owner, String seen) throws Exception {
        Map<String, String> environment = new HashMap<>();
        for (String setting : settings.split(" ")) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        if (environment.containsKey("TARGETS")) {
            environment.put("CREATE", "safe");
        }
        try (ProxyUnderTest proxy = ProxyUnderTest.before("unix://" + docker.socket(), environment);
                RawClient direct = RawClient.connect(docker.socket());
                RawClient events = proxy.connect();
                RawClient lists = proxy.connect()) {
            for (RawClient client : new RawClient[] {direct, events}) {
                client.request("GET", "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D");
                assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
            }
            create(NAME, owner, "<".repeat(3 << 19));
            create(SMALL, "ci", "s");

            assertThat(readToSmall(direct)).hasSizeGreaterThan(JsonElements.MAX_ELEMENT_BYTES);
            String stream = readToSmall(events);
            RawResponse list = lists.request("GET", "/containers/json?all=1").readAnswer("GET");

            assertThat(list.status()).isEqualTo(200);
            assertThat(list.isWhole()).isTrue();
            assertThat(stream).hasSizeLessThan(100_000);
            for (String text : new String[] {stream, list.body()}) {
                assertThat(text).contains(SMALL);
                assertThat(Pattern.compile(Pattern.quote(NAME) + "\"")
                                .matcher(text)
                                .find())
                        .isEqualTo(seen.startsWith("large"));
            }
        }
    }
}
