package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** A reload that changes TARGETS, MASK or CREATE ends the streams and tunnels that rest on the earlier rules. */
class NarrowingReloadTest {
    private static final String ALL = "CONTAINERS=1\nEVENTS=1\nALLOW_LOGS=1\nALLOW_ATTACH=1\n";
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private static final String CONTAINER =
            "{\"Id\":\"" + "a".repeat(64) + "\",\"Name\":\"/a\",\"Config\":{\"Labels\":{\"owner\":\"ci\"}}}";

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private ReloadedProxy proxy;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                peer.write(answer(head.split(" ")[1]));
            }
        });
        proxy = new ReloadedProxy(Files.writeString(folder.resolve("proxy.env"), "# nothing\n"), daemon.socket());
        proxy.setting("LOG_LEVEL", "info");
    }

    private static String answer(String target) {
        if (target.startsWith("/events") || target.contains("/logs")) {
            return HEAD + "Transfer-Encoding: chunked\r\n\r\n";
        }
        if (target.contains("/attach")) {
            return "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
        }
        String body = target.endsWith("/json") && !target.startsWith("/containers/json") ? CONTAINER : "[]";
        String content = target.startsWith("/volumes") ? "{\"Volumes\":[]}" : body;
        return HEAD + "Content-Length: " + content.length() + "\r\n\r\n" + content;
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // before             | after                           | request                   | is it ended
                "CREATE=safe                   | CREATE=safe TARGETS=label:owner=ci          | GET /events               | true",
                "CREATE=safe                   | CREATE=safe TARGETS=label:owner=ci          | GET /containers/a/logs?stdout=1&follow=1 | true",
                "POST=1               | POST=1 CREATE=safe TARGETS=label:owner=ci | POST /containers/a/attach?stream=1 | true",
                "CREATE=safe TARGETS=label:owner=ci | CREATE=safe TARGETS=label:owner=dev       | GET /events               | true",
                "CREATE=safe TARGETS=label:owner=ci | CREATE=safe                            | GET /events               | true",
                "CREATE=safe TARGETS=label:owner=ci | CREATE=safe TARGETS=label:owner=ci IMAGES=1 | GET /events             | false",
                "''                   | MASK=args                       | GET /events               | true",
                "''                   | MASK=env,args                   | GET /events               | true",
                "MASK=args            | MASK=args,env                   | GET /events               | false",
                "MASK=args,env        | MASK=args,env:*KEY* MASK_KEEP=env:KEY_ID | GET /events      | false",
                "''                   | MASK=env                        | GET /containers/a/logs?stdout=1&follow=1 | false",
                "POST=1               | POST=1 CREATE=safe              | POST /containers/a/attach?stream=1 | true",
                "''                   | CREATE=safe                     | GET /events               | false",
                "POST=1               | POST=1 IMAGES=1                 | POST /containers/a/attach?stream=1 | false",
                "EVENTS=1             | EVENTS=0                        | GET /events               | true",
            })
    void streamEndsIfItsRulesChange(String before, String after, String request, boolean isEnded) throws Exception {
        proxy.startWith(ALL + lines(before));
        try (RawClient client = RawClient.connect(proxy.port())) {
            String[] words = request.split(" ");
            String upgrade = words[1].contains("attach") ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "";
            client.send(request + " HTTP/1.1\r\nHost: d\r\n" + upgrade + "\r\n");
            assertThat(client.readHead()).matches("(?s)HTTP/1.1 (200|101) .*");
            assertThat(proxy.nextRecord()).endsWith(" begin");
            proxy.write(ALL + lines(after));
            proxy.reload();

            assertThat(proxy.lastReload().isApplied()).isTrue();
            assertThat(proxy.exchanges(isEnded ? 0 : 1)).isEqualTo(isEnded ? 0 : 1);
            assertThat(proxy.logged().contains("closed 1 streams and tunnels that are no longer allowed: "))
                    .isEqualTo(isEnded);
        }
        assertThat(proxy.nextRecord()).contains(" policy reload by SIGHUP");
        assertThat(proxy.nextRecord()).contains(isEnded ? " allow revoked " : " allow section ");
    }

    private static String lines(String assignments) {
        return assignments.replace(' ', '\n') + "\n";
    }
}
