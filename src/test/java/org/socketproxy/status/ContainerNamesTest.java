package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The page names the containers of the clients. */
@Timeout(300)
class ContainerNamesTest {
    private static final String CONTAINER =
            "{'Names':['/%s'],'Created':%s,'NetworkSettings':{'Networks':{'a':{'IPAddress':'%s'}}}}";

    @TempDir
    Path folder;

    private final Queue<String> heads = new ConcurrentLinkedQueue<>();

    private FakeDaemon daemon(String body) throws IOException {
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                heads.add(head);
                peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body);
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "web-1       | 1          | 127.0.0.1 | <strong>web-1</strong>",
                // also the name by a link of another container
                "evil/x','/db | 1          | 127.0.0.1 | <strong>db</strong>",
                "<b>x        | 1          | 127.0.0.1 | <strong>&lt;b&gt;x</strong>",
            })
    void containerOfAClientIsNamed(String name, String created, String address, String shown) throws IOException {
        String list = "[" + CONTAINER.formatted(name, created, address) + ",{'Names':[]},7,"
                + CONTAINER.formatted("other", "1", "192.0.2.1") + "]";
        try (FakeDaemon daemon = daemon(list.replace('\'', '"'));
                ProxyUnderTest proxy = proxy(daemon, "CONTAINERS=1")) {
            proxy.ask("GET", "/_ping");

            String page;
            do {
                page = page(proxy);
            } while (!page.contains(shown));
            assertThat(page).doesNotContain("other<");
            long questions = heads.stream()
                    .filter(head -> head.startsWith("GET /containers/json "))
                    .count();
            assertThat(questions).isEqualTo(1);
        }
    }

    /** The page is for the administrator. Containers that are no clients stay unnamed. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "PING=1",
                "CONTAINERS=0 ALLOW_START=1",
                "MODE=learn",
                "CONTAINERS=1 CREATE=safe TARGETS=label:owner=ci",
            })
    void containerIsNamedAlsoIfItMayNotListAllContainers(String settings) throws IOException {
        String list = "[" + CONTAINER.formatted("web-1", "1", "127.0.0.1") + ","
                + CONTAINER.formatted("other", "1", "192.0.2.1") + "]";
        try (FakeDaemon daemon = daemon(list.replace('\'', '"'));
                ProxyUnderTest proxy = proxy(daemon, settings)) {
            proxy.ask("GET", "/_ping");

            String page;
            do {
                page = page(proxy);
            } while (!page.contains("<strong>web-1</strong>"));
            assertThat(page).doesNotContain("other<");
        }
    }

    @Test
    void daemonIsNotAskedWithoutAPage() throws IOException {
        try (FakeDaemon daemon = daemon("[]");
                ProxyUnderTest proxy = proxy(daemon, "CONTAINERS=1")) {
            proxy.ask("GET", "/_ping");
            proxy.ask("GET", "/info");

            assertThat(heads).noneMatch(head -> head.contains("/containers"));
        }
    }

    private static ProxyUnderTest proxy(FakeDaemon daemon, String settings) {
        Map<String, String> environment = new HashMap<>(Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0"));
        Arrays.stream(settings.split(" "))
                .map(setting -> setting.split("=", 2))
                .forEach(setting -> environment.put(setting[0], setting[1]));
        return ProxyUnderTest.with(daemon.socket(), environment);
    }

    private static String page(ProxyUnderTest proxy) throws IOException {
        int port = Integer.parseInt(proxy.statusPage().replaceFirst("http://127\\.0\\.0\\.1:(\\d+).*", "$1"));
        try (RawClient client = RawClient.connect(port)) {
            return client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        }
    }
}
