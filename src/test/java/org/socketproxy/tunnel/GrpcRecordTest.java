package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.testing.CompiledJar;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Each gRPC call is an exchange for extensions, learn mode, limits, the audit log, the ledger and the metrics. */
class GrpcRecordTest extends GrpcFixture {
    private static final String USAGE = "/moby.buildkit.v1.Control/DiskUsage";

    private static Map<String, String> with(Map<String, String> settings, String... more) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("STATUS_LISTEN", "tcp://127.0.0.1:0");
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private static Http2Client.Answer ask(Http2Client client, String method, String task) throws IOException {
        int call = client.call(method, task);
        return client.data(call, HELLO, true).answer(call);
    }

    private String read(String target) {
        int port = Integer.parseInt(proxy.statusPage().replaceFirst("http://127\\.0\\.0\\.1:(\\d+).*", "$1"));
        try (RawClient client = RawClient.connect(port)) {
            return client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** An exchange is counted after its client has the answer. */
    private void assertPage(String target, String... parts) throws InterruptedException {
        for (String part : parts) {
            ProcessResources.await(() -> read(target).contains(part));
        }
        assertThat(read(target)).contains(parts);
    }

    @Test
    void extensionSeesAndDeniesCalls() throws Exception {
        String source = """
                package a;
                import jakarta.servlet.*;
                import org.socketproxy.extension.*;
                public final class NoInfo implements Filter {
                    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                            throws java.io.IOException, ServletException {
                        ExchangeFacts.Operation operation = ExchangeFacts.of(request).operation();
                        if (operation.id().equals("ControlListWorkers")) {
                            throw new DeniedException("no " + operation.method() + " " + operation.path());
                        }
                        chain.doFilter(request, response);
                    }
                }
                """;
        CompiledJar.of(source).naming("a.NoInfo").writeTo(folder.resolve("extensions/rule.jar"));
        Map<String, String> settings = with(
                ProxyUnderTest.everything(),
                "EXTENSIONS",
                folder.resolve("extensions").toString());
        try (Http2Client client = connect(Way.UPGRADE_TCP, settings)) {
            Http2Client.Answer denied = ask(client, WORKERS, "unary");

            assertThat(text(denied.fields())).isEqualTo("7 socket-proxy: no POST " + WORKERS);
            assertThat(denied.isComplete()).isTrue();
            assertThat(daemon.isUntouched()).isTrue();
            assertThat(ask(client, USAGE, "unary").body()).isEqualTo(HELLO);
            awaitRecord(" deny extension ");
            awaitRecord(" ControlListWorkers 403 ");
            awaitRecord(" ControlDiskUsage 200 ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "unary, 200",
        "status 0, 200",
        "status 1, 499",
        "status 2, 422",
        "status 3, 400",
        "status 4, 504",
        "status 5, 404",
        "status 6, 409",
        "status 7, 403",
        "status 8, 429",
        "status 10, 409",
        "status 11, 400",
        "status 12, 501",
        "status 13, 500",
        "status 14, 503",
        "status 16, 401",
        "status 99, 500",
        "trailers 10, 400",
        "reset, 503",
        "reset-late, 503",
    })
    void auditRecordHasTheStatusOfTheCall(String task, String status) throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP)) {
            assertThat(ask(client, WORKERS, task).isComplete()).isTrue();

            awaitRecord(" ControlListWorkers " + status + " ");
        }
    }

    @Test
    void callsAreCounted() throws Exception {
        try (Http2Client client = connect(Way.UPGRADE_TCP, with(Map.of("GRPC", "1", "POST", "1", "SESSION", "1")))) {
            ask(client, WORKERS, "unary");
            ask(client, WORKERS, "unary");
            ask(client, WORKERS, "status");
            ask(client, "/moby.buildkit.v1.Control/Nothing", "unary");

            assertPage(
                    "/metrics",
                    "socket_proxy_exchanges_total{decision=\"allow\",operation=\"ControlListWorkers\",reason=\"section\",status=\"2xx\"} 2.0\n",
                    "socket_proxy_exchanges_total{decision=\"allow\",operation=\"ControlListWorkers\",reason=\"section\",status=\"4xx\"} 1.0\n",
                    "socket_proxy_exchanges_total{decision=\"deny\",operation=\"unlisted\",reason=\"unlisted\",status=\"4xx\"} 1.0\n",
                    "socket_proxy_exchange_duration_seconds_count{section=\"GRPC\"} 3\n",
                    "socket_proxy_open{kind=\"tunnel\"} 1.0\n");
            assertPage("/suggest", "GRPC=1", "POST=1");
            assertThat(read("/suggest")).doesNotContain("SESSION=1");
        }
    }

    @ParameterizedTest
    @EnumSource
    void learnModeForwardsAndSuggests(Way way) throws Exception {
        try (Http2Client client = connect(way, with(Map.of("MODE", "learn")))) {
            assertThat(ask(client, WORKERS, "unary").body()).isEqualTo(HELLO);
            assertThat(text(ask(client, "/moby.buildkit.v1.Control/Nothing", "unary")
                            .fields()))
                    .startsWith("7 ");

            awaitRecord(" learn variable-missing ");
            awaitRecord(" ControlListWorkers 200 ");
            assertPage("/suggest", "GRPC=1", "POST=1");
        }
    }

    @ParameterizedTest
    @CsvSource({"exchanges, exchanges, Info", "stream, streams, ListenBuildHistory"})
    void limitOfAProfileCountsCalls(String limit, String noun, String name) throws Exception {
        String policy = """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.1}]
                    variables: {GRPC: 1, POST: 1, ALLOW_BUILD_HISTORY: 1}
                    max: {LIMIT: 2}
                """.replace("LIMIT", limit);
        String method = "/moby.buildkit.v1.Control/" + name;
        Map<String, String> settings = Map.of(
                "POLICY",
                Files.writeString(folder.resolve("policy.yaml"), policy).toString());
        try (Http2Client client = connect(Way.UPGRADE_TCP, settings)) { // this exchange is the first one
            int second = client.call(method, "silent");
            client.data(second, EMPTY, true);
            daemon.takeCall();
            int third = client.call(method, "unary");
            Http2Client.Answer denied = client.data(third, EMPTY, true).answer(third);

            assertThat(text(denied.fields()))
                    .startsWith("8 socket-proxy: the limit of " + noun + " of this profile (2) is reached");
            assertThat(daemon.isUntouched()).isTrue();
            awaitRecord(" deny profile-max-" + limit + " ");
            awaitRecord(" Control" + name + " 429 ");

            client.frame(Http2Client.RST_STREAM, 0, second, new byte[] {0, 0, 0, 8});
            AtomicBoolean answered = new AtomicBoolean();
            ProcessResources.await(() -> {
                answered.compareAndSet(false, answered.get() || isAnswered(client, method));
                return answered.get();
            });
            assertThat(answered).isTrue();
        }
    }

    @Test
    void rateOfAProfileCountsCalls() throws Exception {
        String policy = """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.1}]
                    variables: {GRPC: 1, POST: 1}
                    max: {requests: 1/m, burst: 2}
                """;
        Map<String, String> settings = Map.of(
                "POLICY",
                Files.writeString(folder.resolve("policy.yaml"), policy).toString());
        try (Http2Client client = connect(Way.UPGRADE_TCP, settings)) { // this exchange is the first one
            assertThat(ask(client, WORKERS, "unary").body()).isEqualTo(HELLO);
            for (int i = 0; i < 100; i++) {
                assertThat(text(ask(client, WORKERS, "unary").fields()))
                        .startsWith("8 socket-proxy: the limit of requests of this profile (1/m, burst 2) is reached");
            }
            awaitRecord(" deny profile-max-requests ");
        }
    }

    private static boolean isAnswered(Http2Client client, String method) {
        try {
            int call = client.call(method, "unary");
            return client.data(call, EMPTY, true).answer(call).body().equals(EMPTY);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Each message waits for a call of the test. */
    @ParameterizedTest
    @EnumSource
    void messagesOfASlowStreamArriveOneByOne(Way way) throws Exception {
        try (Http2Client client = connect(way)) {
            int stream = running(client);
            for (int i = 1; i <= 3; i++) {
                assertThat(ask(client, WORKERS, "push").body()).isEqualTo(HELLO);
                Http2Client.Answer answer = client.body(stream, i * HELLO.length());

                assertThat(answer.body()).isEqualTo(HELLO.repeat(i));
                assertThat(answer.isComplete()).isFalse();
            }
            Http2Client.Answer answer = finish(client, stream);
            assertThat(text(answer.trailers())).isEqualTo("0 ");
            assertThat(answer.body()).isEqualTo(HELLO.repeat(4));
        }
    }
}
