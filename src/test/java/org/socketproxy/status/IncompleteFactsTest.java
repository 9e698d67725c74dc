package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The page and the metrics say what the proxy knows about denials before a restart, execs and a silent daemon, and no more. */
class IncompleteFactsTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String CONTAINER = "0123456789ab" + "c".repeat(52);
    private static final String EXEC = "e".repeat(64);
    private static final String TEMPLATE = "(a template: the ledger keeps no path)";

    @TempDir
    Path folder;

    private ProxyUnderTest proxy(String... settings) {
        Map<String, String> environment = new HashMap<>(Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0"));
        for (String setting : settings) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        return ProxyUnderTest.with(folder.resolve("daemon.sock"), environment);
    }

    private static String get(ProxyUnderTest proxy, String target) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(proxy.statusPage()).getPort())) {
            return client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                    .readAnswer("GET")
                    .body();
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void denialOfAnEarlierRunHasATemplateInsteadOfAPath() throws Exception {
        String ledger = "LEDGER=" + folder.resolve("ledger.json");
        try (ProxyUnderTest proxy = proxy(ledger)) {
            proxy.ask("GET", "/v1.45/containers/web/logs");

            String path = "GET /v1.45/containers/web/logs</code>";
            assertThat(await(proxy, "/", path)).contains(path).doesNotContain(TEMPLATE);
        }
        try (ProxyUnderTest proxy = proxy(ledger)) {
            assertThat(get(proxy, "/"))
                    .contains("GET /containers/{id}/logs</code> <span class=\"aside\">" + TEMPLATE)
                    .doesNotContain("/containers/web/logs");
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void lastDenialOfAnEarlierRunIsAMetric() throws Exception {
        String ledger = "LEDGER=" + folder.resolve("ledger.json");
        String before;
        try (ProxyUnderTest proxy = proxy(ledger)) {
            assertThat(lastDenial(proxy)).isEmpty();
            proxy.ask("GET", "/v1.45/images/json");
            await(proxy, "/metrics", "\nsocket_proxy_last_denial");
            before = lastDenial(proxy);
        }
        try (ProxyUnderTest proxy = proxy(ledger)) {
            assertThat(lastDenial(proxy)).isEqualTo(before).isNotEmpty();
        }
    }

    /** The time of the last request is not that of a denial if the client sent an allowed one too. */
    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void timeOfARequestThatMayHaveBeenAllowedIsNotTheLastDenial() throws Exception {
        String ledger = "LEDGER=" + folder.resolve("ledger.json");
        try (ProxyUnderTest proxy = proxy(ledger)) {
            proxy.ask("GET", "/v1.45/images/json");
            assertThat(await(proxy, "/metrics", "decision=\"deny\"")).contains("decision=\"deny\"");
        }
        try (ProxyUnderTest proxy = proxy(ledger, "IMAGES=1")) {
            proxy.ask("GET", "/v1.45/images/json");
            assertThat(await(proxy, "/metrics", "decision=\"allow\"")).contains("decision=\"allow\"");
        }
        try (ProxyUnderTest proxy = proxy(ledger)) {
            assertThat(lastDenial(proxy)).isEmpty();
        }
    }

    private static String lastDenial(ProxyUnderTest proxy) throws IOException {
        return get(proxy, "/metrics")
                .lines()
                .filter(line -> line.startsWith("socket_proxy_last_denial_timestamp_seconds "))
                .findFirst()
                .orElse("");
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Docker/28.5.2 (linux) | 173 operations",
                "Libpod/5.4.2 (linux)  | 140 operations",
            })
    void daemonIsUnknownUntilItHasAnswered(String server, String operations) throws Exception {
        try (ProxyUnderTest proxy = proxy()) {
            assertThat(get(proxy, "/")).contains("Daemon unknown: shown as Docker", "173 operations");

            FakeDaemon daemon = FakeDaemon.answering(
                    folder, "HTTP/1.1 200 OK\r\nServer: " + server + "\r\nContent-Length: 2\r\n\r\nOK");
            assertThat(await(proxy, "/", " answers")).contains(operations).doesNotContain("Daemon unknown");

            daemon.close();
            assertThat(await(proxy, "/", "Daemon not reachable"))
                    .contains(operations)
                    .doesNotContain("Daemon unknown");
        }
    }

    /** Returns the page of a target as soon as it contains a text, or after the limit. */
    private static String await(ProxyUnderTest proxy, String target, String text) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        String page = get(proxy, target);
        while (!page.contains(text) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
            page = get(proxy, target);
        }
        return page;
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @CsvSource({
        "CREATE=safe, exec in container 0123456789ab<",
        "CREATE=safe;TARGETS=label:owner=ci, exec in container 0123456789ab<",
        "CREATE=, exec eeeeeeeeeeee<",
    })
    void streamOfAnExecShowsItsContainerIfItIsKnown(String settings, String shown) throws Exception {
        String[] all = (settings + ";EXEC=1;CONTAINERS=1;POST=1").split(";", -1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, IncompleteFactsTest::answerExec);
                ProxyUnderTest proxy = proxy(all);
                RawClient client = proxy.connect()) {
            assertThat(daemon.socket()).isEqualTo(folder.resolve("daemon.sock"));
            client.send(
                    "POST /v1.45/exec/" + EXEC + "/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                            + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");

            assertThat(await(proxy, "/", shown)).contains("<strong class=\"any\">" + shown);
        }
    }

    private static void answerExec(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (head.startsWith("POST ")) {
                peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                peer.readToEnd();
                return;
            }
            String answer = head.contains("/exec/")
                    ? "{'ID':'" + EXEC + "','ContainerID':'" + CONTAINER + "','ProcessConfig':{'privileged':false}}"
                    : "{'Id':'" + CONTAINER + "','Name':'/web','Config':{'Labels':{'owner':'ci'}},"
                            + "'HostConfig':{'NetworkMode':'none'},'Mounts':[]}";
            peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + answer.length()
                    + "\r\n\r\n" + answer.replace('\'', '"'));
        }
    }
}
