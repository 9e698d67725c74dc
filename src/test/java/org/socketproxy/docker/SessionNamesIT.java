package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** Builds of a real client whose secrets, SSH agents and registries the profile names. */
@TestInstance(Lifecycle.PER_CLASS)
class SessionNamesIT {
    private static final String PASSWORD = "user:pass";

    @TempDir
    static Path folder;

    /** Passwords that the registry has got. */
    private final List<String> received = new CopyOnWriteArrayList<>();

    private RealDocker docker;
    private HttpServer registry;

    @BeforeAll
    void start() throws Exception {
        docker = RealDocker.get();
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            String password = exchange.getRequestHeaders().getFirst("Authorization");
            if (password != null) {
                received.add(password);
            } else {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"test\"");
            }
            exchange.sendResponseHeaders(password == null ? 401 : 404, -1);
            exchange.close();
        });
        registry.start();
        KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
        keys.initialize(2048);
        String key = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(keys.generateKeyPair().getPrivate().getEncoded());
        Files.writeString(
                folder.resolve("key.pem"), "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n");
        Files.writeString(folder.resolve("value"), "of a secret");
        Files.writeString(
                Files.createDirectories(folder.resolve("config")).resolve("config.json"),
                "{\"auths\":{\"" + host() + "\":{\"auth\":\"" + encoded(PASSWORD) + "\"}}}");
    }

    @AfterAll
    void stop() {
        if (registry != null) {
            registry.stop(0);
        }
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    private String host() {
        return "127.0.0.1:" + registry.getAddress().getPort();
    }

    private Cli.Result build(String setting, String dockerfile, String options) throws IOException {
        Map<String, String> environment = ProxyUnderTest.everything();
        if (!setting.isEmpty()) {
            environment.put(setting.split("=")[0], setting.split("=")[1].replace("REGISTRY", host()));
        }
        try (ProxyUnderTest proxy = ProxyUnderTest.with(docker.socket(), environment)) {
            Map<String, String> client = Map.of(
                    "DOCKER_HOST",
                    "tcp://127.0.0.1:" + proxy.port(),
                    "DOCKER_CONFIG",
                    folder.resolve("config").toString(),
                    "LC_ALL",
                    "C",
                    "BUILDKIT_PROGRESS",
                    "plain");
            Files.writeString(
                    Files.createDirectories(folder.resolve("context")).resolve("Dockerfile"),
                    dockerfile.replace("REGISTRY", host()));
            return Cli.in(folder, client)
                    .script("timeout 120 docker buildx build --network none --no-cache " + options + " context");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', npm, ''",
        "BUILD_SECRETS=npm, npm, ''",
        "BUILD_SECRETS=other, npm, BUILD_SECRETS does not name the secret npm",
        "BUILD_SECRETS=none, npm, BUILD_SECRETS does not name the secret npm",
    })
    void secretIsOneOfTheSetting(String setting, String id, String sentence) throws Exception {
        Cli.Result result = build(
                setting,
                "FROM " + RealDocker.IMAGE + "\nRUN --mount=type=secret,id=" + id
                        + ",required=true test \"$(cat /run/secrets/" + id + ")\" = 'of a secret'\n",
                "--secret id=" + id + ",src=value");

        assertOutcome(result, sentence);
    }

    @ParameterizedTest
    @CsvSource({
        "'', default, ''",
        "BUILD_SSH=default, default, ''",
        "BUILD_SSH=default, deploy, BUILD_SSH does not name the SSH agent deploy",
        "BUILD_SSH=none, default, BUILD_SSH does not name the SSH agent default",
    })
    void agentIsOneOfTheSetting(String setting, String id, String sentence) throws Exception {
        Cli.Result result = build(
                setting,
                "FROM " + RealDocker.IMAGE + "\nRUN --mount=type=ssh,required=true,id=" + id
                        + " test -S \"$SSH_AUTH_SOCK\"\n",
                "--ssh " + id + "=key.pem");

        assertOutcome(result, sentence);
    }

    private static void assertOutcome(Cli.Result result, String sentence) {
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(sentence.isEmpty() ? 0 : 1);
        assertThat(result.stderr())
                .contains(sentence.isEmpty() ? "" : "PermissionDenied")
                .contains(sentence.isEmpty() ? "" : "socket-proxy: Session")
                .contains(sentence);
    }

    /** The image does not exist: the registry gets the password, or not. */
    @ParameterizedTest
    @CsvSource({
        "'', true",
        "BUILD_REGISTRIES=REGISTRY, true",
        "BUILD_REGISTRIES=docker.io, false",
        "BUILD_REGISTRIES=none, false"
    })
    void registryIsOneOfTheSetting(String setting, boolean isAllowed) throws Exception {
        received.clear();

        Cli.Result result = build(setting, "FROM REGISTRY/no/image:1\n", "");

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
        if (isAllowed) {
            assertThat(received).as(result.toString()).contains("Basic " + encoded(PASSWORD));
        } else {
            assertThat(received).isEmpty();
            assertThat(result.stderr()).contains("BUILD_REGISTRIES does not name the registry " + host());
        }
    }

    @Test
    void buildsWithoutNamesNeedNone() throws Exception {
        Cli.Result result = build("BUILD_SECRETS=none", "FROM scratch\nCOPY Dockerfile /\n", "");

        assertThat(result.exitCode()).as(result.toString()).isZero();
    }
}
