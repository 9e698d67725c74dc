package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.docker.BuildBindingIT.ALICE;
import static org.socketproxy.docker.BuildBindingIT.BRIDGE;
import static org.socketproxy.docker.BuildBindingIT.CONTROL;
import static org.socketproxy.docker.BuildBindingIT.NO_RESULT;
import static org.socketproxy.docker.BuildBindingIT.OK;
import static org.socketproxy.docker.BuildBindingIT.begin;
import static org.socketproxy.docker.BuildBindingIT.id;
import static org.socketproxy.docker.BuildBindingIT.isDenied;
import static org.socketproxy.docker.BuildBindingIT.solve;
import static org.socketproxy.testing.GrpcCalls.BUILD_ID;
import static org.socketproxy.testing.GrpcCalls.field;
import static org.socketproxy.testing.GrpcCalls.message;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.GrpcCalls.Result;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.usage.ShadowCounts;

/** Raw gRPC calls of one client that {@code CREATE=safe} or the protection of the proxy denies. */
class JudgedCallsIT {
    private final RealDocker docker = RealDocker.get();

    @ParameterizedTest
    @CsvSource({
        "own definition, the field Definition",
        "definition as input, the field FrontendInputs",
        "frontend image, the field Frontend",
        "entitlement, the entitlement network.host",
        "configuration of the image, containerimage.config",
        "control group, cgroup-parent",
        "network of the host, force-network-mode",
        "unknown option, not known to this proxy",
    })
    void harmfulBuildIsDeniedByCreateSafe(String what, String words) throws IOException {
        byte[] harmful = switch (what) {
            case "own definition" -> field(2, field(1, "x"));
            case "definition as input" -> field(10, message(field(1, "a"), field(2, field(1, "x"))));
            case "frontend image" -> field(6, "gateway.v0");
            case "entitlement" -> field(9, "network.host");
            case "configuration of the image" ->
                field(13, message(field(1, "moby"), field(2, Map.of("containerimage.config", "{}"))));
            case "control group" -> field(7, Map.of("cgroup-parent", "/x"));
            case "network of the host" -> field(7, Map.of("force-network-mode", "host"));
            default -> field(7, Map.of("a", "b"));
        };
        try (ProxyUnderTest safe = ProxyUnderTest.with(docker.socket(), safe());
                GrpcCalls client = GrpcCalls.connect(safe.port(), ALICE)) {
            Result result = client.call(CONTROL + "Solve", solve(id(), harmful));

            isDenied(result, words);
        }
    }

    @Test
    void triedPolicyReportsWhatItWouldDeny(@TempDir Path folder) throws Exception {
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.put(
                "SHADOW_POLICY",
                Files.writeString(folder.resolve("next.env"), "CREATE=safe\n").toString());
        try (ProxyUnderTest tried = ProxyUnderTest.with(docker.socket(), settings);
                GrpcCalls client = GrpcCalls.connect(tried.port(), ALICE)) {
            assertThat(client.call(CONTROL + "Solve", solve(id(), field(6, "none.v0")))
                            .text())
                    .doesNotContain("socket-proxy");

            Supplier<ShadowCounts.Snapshot> counts =
                    () -> tried.server().configuration().shadow().counts().snapshot();
            assertThat(ProcessResources.await(() -> !counts.get().denials().isEmpty()))
                    .isTrue();
            assertThat(counts.get().denials()).singleElement().satisfies(denial -> {
                assertThat(denial.operation()).isEqualTo("ControlSolve");
                assertThat(denial.sentence()).contains("the field Frontend");
            });
        }
    }

    private static Map<String, String> safe() {
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.put("CREATE", "safe");
        return settings;
    }

    @Test
    void resultThatTheDaemonDidNotGiveIsDeniedByCreateSafe() throws IOException {
        byte[] result = field(1, field(10, message(field(1, "containerimage.config"), field(2, "{}"))));
        try (ProxyUnderTest safe = ProxyUnderTest.with(docker.socket(), safe());
                GrpcCalls client = GrpcCalls.connect(safe.port(), ALICE)) {
            String ref = id();
            int solve = begin(client, ref);

            isDenied(client.call(BRIDGE + "Return", result, BUILD_ID, ref), "reports another result");
            assertThat(client.call(BRIDGE + "Return", NO_RESULT, BUILD_ID, ref).code())
                    .isEqualTo(OK);
            assertThat(client.end(solve).code()).isEqualTo(OK);
        }
    }

    @Test
    void imageOfTheProxyGetsNoOtherContent(@TempDir Path folder) throws Exception {
        byte[] named = field(13, message(field(1, "moby"), field(2, Map.of("name", "a/b,busybox:local"))));
        Cli cli = docker.cli(folder, Map.of());
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.put("SELF_CONTAINER", "build-binding-it");
        assertThat(cli.script("docker run -d --name build-binding-it --network none busybox:local sleep 600")
                        .exitCode())
                .isZero();
        try (ProxyUnderTest proxied = ProxyUnderTest.with(docker.socket(), settings);
                GrpcCalls client = GrpcCalls.connect(proxied.port(), ALICE)) {
            awaitDescription(proxied);

            isDenied(
                    client.call(CONTROL + "Solve", solve(id(), named)),
                    "ControlSolve (POST /moby.buildkit.v1.Control/Solve) is not allowed: it acts on the container of this proxy");
        } finally {
            cli.script("docker rm -f build-binding-it; docker rmi build-binding-it:a");
        }
    }

    /** Requests that could act on the proxy are denied until the daemon has described its container. */
    private static void awaitDescription(ProxyUnderTest proxied) throws IOException {
        while (proxied.ask("POST", "/images/busybox:local/tag?repo=build-binding-it&tag=a")
                .contains("503")) {
            LockSupport.parkNanos(10_000_000L);
        }
    }
}
