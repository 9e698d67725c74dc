package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** With {@code MASK}, a request that would store a masked value in the daemon is denied. */
class MaskedValueTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final String MASKED = "{\"Env\":[\"A=***masked-by-socket\\u002dproxy***\"]}";

    @TempDir
    Path folder;

    private FakeDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            while (peer.readRequest() != null) {
                peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n"
                        + "{\"Path\":\"secret\"}\n");
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    private ProxyUnderTest proxy(Map<String, String> settings) {
        return ProxyUnderTest.before(daemon.host(), settings);
    }

    private static String send(ProxyUnderTest proxy, Operation operation, String body) throws IOException {
        String target = operation.path().toString().replaceAll("\\{[^}]*}", "x");
        try (RawClient client = proxy.connect()) {
            client.send(operation.method() + " " + target
                    + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body);
            return client.readResponse();
        }
    }

    static Stream<Operation> operations() {
        return OperationRules.ids(rules -> rules.traits().contains(OperationRules.Trait.REBUILDS)).stream()
                .sorted()
                .map(id -> CATALOGUE.byId(id).orElseThrow());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void aBodyWithAMaskedValueIsDenied(Operation operation) throws Exception {
        try (ProxyUnderTest proxy = proxy(Map.of("MASK", "env"))) {
            assertThat(send(proxy, operation, MASKED))
                    .startsWith("HTTP/1.1 403 ")
                    .contains(operation.id())
                    .contains("its body contains ***masked-by-socket-proxy***");
            assertThat(daemon.isUntouched()).isTrue();
            assertThat(send(proxy, operation, "{}")).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void withoutAMaskItPasses() throws Exception {
        try (ProxyUnderTest proxy = proxy(Map.of())) {
            assertThat(send(proxy, CATALOGUE.byId("ContainerCreate").orElseThrow(), MASKED))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void theRulesOfCreateApplyToo() throws Exception {
        Operation create = CATALOGUE.byId("ContainerCreate").orElseThrow();
        try (ProxyUnderTest proxy = proxy(Map.of("MASK", "env", "CREATE", "safe"))) {
            assertThat(send(proxy, create, MASKED)).contains("***masked-by-socket-proxy***");
            assertThat(send(proxy, create, "{\"Image\":\"x\",\"HostConfig\":{\"Privileged\":true}}"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("HostConfig.Privileged is true");
            assertThat(send(proxy, create, "{\"Image\":\"x\"}")).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aBodyBeyondTheLimitIsDenied() throws Exception {
        try (ProxyUnderTest proxy = proxy(Map.of("MASK", "env", "MAX_BODY", "1k"))) {
            assertThat(send(proxy, CATALOGUE.byId("ConfigCreate").orElseThrow(), " ".repeat(1025)))
                    .startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void theResponseIsMasked() throws Exception {
        try (ProxyUnderTest proxy = proxy(Map.of("MASK", "args"))) {
            try (RawClient client = proxy.connect()) {
                assertThat(client.request("GET", "/v1.45/containers/x/json")
                                .readAnswer("GET")
                                .body())
                        .isEqualTo("{\"Path\":\"***masked-by-socket-proxy***\"}\n");
            }
        }
    }
}
