package org.socketproxy.docker;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/** Proxies with binds below {@code /**} before a real dockerd. FOLDER is an allowed folder of the host. */
abstract class ProtectedBindFixture {
    static final String NAME = "protected-bind-it";
    static final String OWN = "socket-proxy-bind";
    static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path temporary;

    static Path folder;
    static RealDocker docker;
    static ProxyUnderTest proxy;
    static ProxyUnderTest unprotected;

    @BeforeAll
    static void start() throws IOException {
        docker = RealDocker.get();
        folder = Files.createDirectories(temporary.toRealPath().resolve("allowed"));
        Files.createDirectories(folder.resolve("data/nested"));
        Files.createDirectories(folder.resolve("a b%41-_c"));
        Files.writeString(folder.resolve("data/file"), "content\n");
        Files.writeString(folder.resolve("data/nested/file"), "content\n");
        Files.writeString(folder.resolve("a b%41-_c/file"), "content\n");
        Files.createSymbolicLink(folder.resolve("inner"), Path.of("data"));
        Files.createSymbolicLink(folder.resolve("outer"), Path.of("/etc"));
        Files.writeString(temporary.resolve("outside"), "outside\n");
        proxy = proxy("");
        unprotected = proxy("binds-unprotected");
    }

    static ProxyUnderTest proxy(String allowed) {
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.putAll(Map.of("CREATE", "safe", "BINDS", folder + "/**", "CREATE_ALLOW", allowed));
        return ProxyUnderTest.with(docker.socket(), settings);
    }

    @AfterEach
    void remove() {
        direct("docker rm -f " + NAME + "; docker volume ls -q --filter name=" + OWN + " | xargs -r docker volume rm");
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
            unprotected.close();
        }
    }

    static Cli.Result direct(String script) {
        return docker.cli(temporary, Map.of()).script(script.replace("FOLDER", folder.toString()));
    }

    static Cli.Result through(ProxyUnderTest asked, String script) {
        return docker.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + asked.port()))
                .script(script.replace("FOLDER", folder.toString()));
    }

    static Cli.Result through(String script) {
        return through(proxy, script);
    }

    static RawResponse ask(String method, String target, String body) throws IOException {
        return ask(proxy, method, target, body);
    }

    static RawResponse ask(ProxyUnderTest asked, String method, String target, String body) throws IOException {
        try (RawClient client = asked.connect()) {
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body.replace("FOLDER", folder.toString()));
            return client.readAnswer(method);
        }
    }

    static RawResponse create(String version, String hostConfig) throws IOException {
        String body =
                "{\"Image\":\"busybox:local\",\"Cmd\":[\"sleep\",\"1000\"],\"HostConfig\":{\"NetworkMode\":\"none\","
                        + hostConfig.replace("FOLDER", folder.toString()) + "}}";
        return ask("POST", version + "/containers/create?name=" + NAME, body);
    }

    static String volumes() {
        return direct("docker volume ls -q --filter name=" + OWN).stdout();
    }
}
