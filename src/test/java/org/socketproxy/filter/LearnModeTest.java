package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests which denied requests learn mode forwards. */
class LearnModeTest {
    private static final String FROM_DAEMON = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    @TempDir
    Path folder;

    private FakeDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.answering(folder, FROM_DAEMON);
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /_ping, X: y, 200", // allowed anyway
        "GET, /containers/json, X: y, 200",
        "POST, /v1.45/containers/x/start, X: y, 200",
        "DELETE, /images/zz%2Fapp, X: y, 200",
        "GET, /libpod/pods/json, X: y, 200",
        "GET, /containers/x/attach/ws, Origin: http://d, 200",
        "GET, /containers/x/attach/ws, Origin: https://a.example, 403", // a parameter rule, as are the next four
        "POST, /v1.23/containers/x/start, X: y, 403",
        "POST, /containers/x/start?checkpoint-dir=/etc, X: y, 403",
        "POST, /containers/x/start, Content-Length: 3, 403",
        "POST, /containers/x/start, Transfer-Encoding: chunked, 403",
        "GET, /debug/pprof/, X: y, 403", // never allowed
        "GET, /nothing, X: y, 403", // unknown
        "POST, /containers/x/start, Origin: https://a.example, 403", // from a web page
        "GET, /containers//json, X: y, 400", // could be read differently
        "POST, /containers/create, Content-Type: application/grpc, 400",
    })
    void learnModeForwardsOnlyAllowableOperations(String method, String target, String header, int status)
            throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("MODE", "learn"));
                RawClient client = proxy.connect()) {
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\n" + header + "\r\n\r\n");

            assertThat(client.readResponse()).startsWith("HTTP/1.1 " + status + " ");
            assertThat(daemon.isUntouched()).isEqualTo(status != 200);
        }
    }

    @Test
    void learnModeEndsAndEnforcesVariables() throws Exception {
        try (ProxyUnderTest proxy =
                        ProxyUnderTest.with(daemon.socket(), Map.of("MODE", "learn", "LEARN_FOR", "2s", "PING", "1"));
                RawClient client = proxy.connect()) {
            assertThat(client.request("GET", "/containers/json").readResponse()).startsWith("HTTP/1.1 200 ");

            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
            String answer;
            do {
                LockSupport.parkNanos(10_000_000L);
                answer = client.request("GET", "/containers/json").readResponse();
            } while (answer.startsWith("HTTP/1.1 200 ") && System.nanoTime() < deadline);

            assertThat(answer).startsWith("HTTP/1.1 403 ").contains("set CONTAINERS=1");
            assertThat(client.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void tecnativaDeniesPodmanPathsInLearnMode() throws IOException {
        try (ProxyUnderTest proxy =
                ProxyUnderTest.with(daemon.socket(), Map.of("MODE", "learn", "COMPAT", "tecnativa"))) {
            assertThat(proxy.ask("GET", "/libpod/pods/json")).startsWith("HTTP/1.1 403 ");
            assertThat(proxy.ask("GET", "/containers/json")).startsWith("HTTP/1.1 200 ");
        }
    }
}
