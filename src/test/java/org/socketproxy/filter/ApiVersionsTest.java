package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Requests of old clients reach the daemon with the version of {@code API_VERSION}, if they mean the same. */
class ApiVersionsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private final BlockingQueue<String> records = new LinkedBlockingQueue<>();

    @TempDir
    Path folder;

    static Stream<List<String>> targets() {
        return Corpus.read(ApiVersionsTest.class, "api-versions.txt", 4);
    }

    private ProxyUnderTest proxy(FakeDaemon daemon, String... settings) {
        Map<String, String> environment = new HashMap<>(ProxyUnderTest.everything());
        environment.put("SOCKET_PATH", daemon.socket().toString());
        environment.put("LOG_LEVEL", "info");
        for (String setting : settings) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        return ProxyUnderTest.recording(environment, lines -> lines.lines().forEach(records::add));
    }

    private String record() throws InterruptedException {
        String record = records.poll(10, TimeUnit.SECONDS);
        assertThat(record).isNotNull();
        return record;
    }

    private static String post(String target, String body) {
        return "POST " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    /** A daemon that answers OK and gives the request lines and bodies. */
    private FakeDaemon recording(BlockingQueue<String> requests) throws IOException {
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                String length = head.replaceAll("(?is).*\r\nContent-Length: (\\d+)\r\n.*", "$1");
                String body = length.length() < 10 ? peer.read(Integer.parseInt(length)) : "";
                requests.add(head.substring(0, head.indexOf(" HTTP/")) + " " + body);
                peer.write(OK);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("targets")
    void targetIsForwardedWithItsVersionOrTheNewerOne(List<String> cells) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44")) {
            String response = proxy.ask(cells.get(0), cells.get(1));

            if (cells.size() == 4) {
                assertThat(response).startsWith("HTTP/1.1 " + cells.get(2) + " ");
                assertThat(record()).contains(" " + cells.get(3) + " ");
                assertThat(daemon.isUntouched()).isTrue();
            } else {
                assertThat(daemon.takeHead()).startsWith(cells.get(0) + " " + cells.get(2) + " HTTP/1.1\r\n");
                String path = cells.get(1).replaceFirst("\\?.*", "");
                String forwarded = cells.get(1).equals(cells.get(2)) ? "" : " api=1.44";
                assertThat(record()).contains(" " + path + " ", "B" + forwarded + " seq=");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void withoutTheSettingEveryTargetKeepsItsVersion(List<String> cells) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = proxy(daemon)) {
            String response = proxy.ask(cells.get(0), cells.get(1));

            assertThat(cells.size() == 4 ? response : daemon.takeHead())
                    .startsWith(
                            cells.size() == 4
                                    ? "HTTP/1.1 " + cells.get(2) + " "
                                    : cells.get(0) + " " + cells.get(1) + " HTTP/1.1\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "/v1.41/containers/create?name=a | {'Image':'a','HostConfig':{'ConsoleSize':[0,0]}} | /v1.44/containers/create?name=a",
                "/v1.41/containers/create | {'HostConfig':{'Annotations':{'a':'b'}}} | /v1.41/containers/create",
                "/v1.43/containers/create | {'HostConfig':{'Annotations':{'a':'b'}}} | /v1.44/containers/create",
                "/v1.41/containers/create | {'HOSTCONFIG':{'ANNOTATIONS':{'a':'b'}}} | /v1.41/containers/create",
                "/v1.41/containers/create | not JSON | /v1.41/containers/create",
                "/v1.44/containers/create | {'HostConfig':{'Annotations':{'a':'b'}}} | /v1.44/containers/create",
                "/v1.41/networks/create | {'Name':'a','EnableIPv4':true} | /v1.44/networks/create",
                "/v1.41/exec/a/start | {'Detach':true,'ConsoleSize':[1,2]} | /v1.41/exec/a/start",
                "/v1.41/exec/a/start | {'Detach':true} | /v1.44/exec/a/start",
                "/v1.41/auth | any bytes | /v1.44/auth",
            })
    void bodyIsForwardedByteForByteAndDecidesAboutTheVersion(String target, String body, String expected)
            throws Exception {
        String json = body.replace('\'', '"');
        BlockingQueue<String> requests = new LinkedBlockingQueue<>();
        for (String settings : List.of("CREATE=", "CREATE=safe")) {
            try (FakeDaemon daemon = recording(requests);
                    ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44");
                    RawClient client = proxy.connect()) {
                client.send(post(target, json)).readHead();

                assertThat(requests.poll(10, TimeUnit.SECONDS)).as(settings).isEqualTo("POST " + expected + " " + json);
            }
        }
    }

    /** A body in chunks, for which the client waits for 100 Continue. */
    @Test
    void bodyInChunksIsHeld() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44");
                RawClient client = proxy.connect()) {
            client.send("POST /v1.41/containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100 ");
            client.send("9\r\n{\"Image\":\r\n4\r\n\"a\"}\r\n0\r\n\r\n");

            assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
            assertThat(daemon.takeHead())
                    .startsWith("POST /v1.44/containers/create HTTP/1.1\r\n")
                    .contains("Content-Length: 13\r\n")
                    .doesNotContainIgnoringCase("expect");
        }
    }

    @Test
    void tooLongBodyIsDenied() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44");
                RawClient client = proxy.connect()) {
            client.send("POST /v1.41/containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 2000000\r\n\r\n");

            assertThat(client.readHead()).startsWith("HTTP/1.1 413 ");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v1.24/containers/a/attach?stream=1&stdin=1, /v1.44/containers/a/attach?stream=1&stdin=1",
        "/v1.24/exec/a/start, /v1.44/exec/a/start",
        "/v1.41/session, /v1.44/session",
    })
    void hijackedConnectionIsForwarded(String target, String expected) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    String head = peer.readRequest();
                    peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: "
                            + head.replaceAll("(?s).*\r\nUpgrade: (\\w+)\r\n.*", "$1") + "\r\n\r\n");
                    peer.input().transferTo(peer.output());
                });
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44", "BUILDS=tunnel");
                RawClient client = proxy.connect()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: "
                    + (target.endsWith("session") ? "h2c" : "tcp")
                    + "\r\nContent-Length: 2\r\n\r\n{}early ");

            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.read(6)).isEqualTo("early ");
            assertThat(client.send("late").read(4)).isEqualTo("late");
            assertThat(daemon.takeHead()).startsWith("POST " + expected + " HTTP/1.1\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sec-WebSocket-Key: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"})
    void attachedWebSocketKeepsItsVersion(String headers) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44");
                RawClient client = proxy.connect()) {
            client.send("GET /v1.41/containers/a/attach/ws?stream=1 HTTP/1.1\r\nHost: d\r\n" + headers + "\r\n")
                    .readHead();

            assertThat(daemon.takeHead()).startsWith("GET /v1.41/containers/a/attach/ws?stream=1 HTTP/1.1\r\n");
        }
    }

    /** The newer target goes through all rules: the filter of the profile is in it. */
    @Test
    void translatedRequestIsConfined() throws Exception {
        BlockingQueue<String> requests = new LinkedBlockingQueue<>();
        try (FakeDaemon daemon = recording(requests);
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44", "CREATE=safe", "TARGETS=label:owner=ci")) {
            proxy.ask("GET", "/v1.24/containers/json?all=1");

            assertThat(requests.poll(10, TimeUnit.SECONDS))
                    .isEqualTo("GET /v1.44/containers/json?all=1"
                            + "&filters=%7B%22label%22%3A%7B%22owner%3Dci%22%3Atrue%7D%7D ");
        }
    }

    @Test
    void deniedRequestStaysDenied() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyUnderTest proxy = proxy(daemon, "API_VERSION=1.44", "CONTAINERS=0")) {
            assertThat(proxy.ask("GET", "/v1.24/containers/json")).startsWith("HTTP/1.1 403 ");
            assertThat(daemon.isUntouched()).isTrue();
        }
    }
}
