package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Sessions and classic builds of two clients, which have two addresses. */
class BuildStepTest {
    private static final String ALICE = "127.0.0.1";
    private static final String BOB = "127.0.0.2";
    private static final String ID = "ttwc4h3ug6oan9kdoz7l7v5kd";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            while (true) {
                String head = peer.readRequest();
                if (head.startsWith("POST /session")) {
                    peer.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
                    peer.readToEnd();
                    return;
                }
                peer.write(OK);
            }
        });
        proxy = ProxyUnderTest.before(daemon.host(), ProxyUnderTest.everything());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private String ask(String client, String target) {
        try (RawClient wire = GrpcCalls.wire(proxy.port(), client)) {
            return wire.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
                    .readResponse();
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private RawClient session(String client, String fields) throws IOException {
        return GrpcCalls.wire(proxy.port(), client)
                .send("POST /session HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n" + fields + "\r\n");
    }

    private static String field(String id) {
        return "X-Docker-Expose-Session-Uuid: " + id + "\r\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "the same client, 200     | 127.0.0.1 | session=ID",
                "another client, 403      | 127.0.0.2 | session=ID",
                "another case, 403        | 127.0.0.2 | Session=ID",
                "escaped, 403             | 127.0.0.2 | session=%74twc4h3ug6oan9kdoz7l7v5kd",
                "second value, 403        | 127.0.0.2 | session=&session=ID",
                "with a prefix, 400       | 127.0.0.1 | session=x:ID",
                "none, 200                | 127.0.0.2 | session=",
            })
    void classicBuildHasSessionsOfItsClientOnly(String expected, String client, String query) throws Exception {
        try (RawClient opened = session(ALICE, field(ID))) {
            assertThat(opened.readHead()).startsWith("HTTP/1.1 101 ");

            assertThat(ask(client, "/build?version=2&" + query.replace("ID", ID)))
                    .startsWith("HTTP/1.1 " + expected.replaceAll(".*, ", ""));
        }
    }

    @Test
    void buildWaitsForItsSession() throws Exception {
        CompletableFuture<String> build = CompletableFuture.supplyAsync(() -> ask(ALICE, "/build?session=" + ID));
        daemonSeesNothingBefore(build);
        try (RawClient opened = session(ALICE, field(ID))) {
            assertThat(opened.readHead()).startsWith("HTTP/1.1 101 ");

            assertThat(build.get(30, TimeUnit.SECONDS)).startsWith("HTTP/1.1 200 ");
        }
    }

    /** The exchange of the build is open, and waits. */
    private void daemonSeesNothingBefore(CompletableFuture<String> build) throws InterruptedException {
        while (proxy.openExchanges() == 0) {
            Thread.sleep(5);
        }
        assertThat(build).isNotDone();
        assertThat(daemon.isUntouched()).isTrue();
    }

    @Test
    void buildWithAnUnknownSessionIsDenied() {
        assertThat(ask(ALICE, "/build?session=" + ID))
                .startsWith("HTTP/1.1 403 ")
                .contains("ImageBuild names a session that this client has not started through this proxy");
        assertThat(daemon.isUntouched()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "one id            | 101 | X-Docker-Expose-Session-Uuid: ID",
                "no id             | 101 | X: y",
                "two ids           | 400 | X-Docker-Expose-Session-Uuid: ID~X-Docker-Expose-Session-Uuid: ID",
                "list of ids       | 400 | X-Docker-Expose-Session-Uuid: ID,other",
                "short id          | 400 | X-Docker-Expose-Session-Uuid: a",
            })
    void sessionHasOneId(String what, String status, String fields) throws IOException {
        try (RawClient opened = session(ALICE, fields.replace("ID", ID).replace("~", "\r\n") + "\r\n")) {
            assertThat(opened.readHead()).startsWith("HTTP/1.1 " + status + " ");
        }
    }

    @Test
    void idOfAnEndedSessionStaysWithItsClient() throws IOException {
        try (RawClient opened = session(ALICE, field(ID))) {
            assertThat(opened.readHead()).startsWith("HTTP/1.1 101 ");
        }
        try (RawClient other = session(BOB, field(ID));
                RawClient again = session(ALICE, field(ID))) {
            assertThat(other.readHead()).startsWith("HTTP/1.1 403 ");
            assertThat(again.readHead()).startsWith("HTTP/1.1 101 ");
        }
    }

    @Test
    void onlyItsClientCancelsABuild() {
        assertThat(ask(ALICE, "/build?buildid=" + ID)).startsWith("HTTP/1.1 200 ");

        assertThat(ask(BOB, "/build/cancel?id=" + ID))
                .startsWith("HTTP/1.1 403 ")
                .contains("BuildCancel names a build");
        assertThat(ask(BOB, "/build?buildid=" + ID)).startsWith("HTTP/1.1 403 ");
        assertThat(ask(BOB, "/build?buildid=upload-request:" + ID)).startsWith("HTTP/1.1 403 ");
        assertThat(ask(ALICE, "/build/cancel?id=" + ID)).startsWith("HTTP/1.1 200 ");
        assertThat(ask(ALICE, "/build/cancel")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void clientOfAnotherProfileIsAnotherClient() throws IOException {
        Path policy = Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.1}]
                    variables: {BUILD: 1, SESSION: 1, GRPC: 1, POST: 1}
                  other:
                    clients: [{network: 127.0.0.2}]
                    variables: {BUILD: 1, SESSION: 1, GRPC: 1, POST: 1}
                """);
        proxy.close();
        proxy = ProxyUnderTest.with(daemon.socket(), Map.of("POLICY", policy.toString()));
        assertThat(ask(ALICE, "/build?buildid=" + ID)).startsWith("HTTP/1.1 200 ");

        assertThat(ask(BOB, "/build/cancel?id=" + ID)).startsWith("HTTP/1.1 403 ");
    }
}
