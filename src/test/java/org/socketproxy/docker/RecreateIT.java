package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/** {@code CREATE_ALLOW=recreate} and ids as names, on a real dockerd. */
@Timeout(120)
class RecreateIT {
    private static final String NAME = "recreate-it";

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        proxy = ProxyUnderTest.before(
                "unix://" + docker.socket(),
                Map.of("CREATE", "safe", "CREATE_ALLOW", "recreate", "CREATE_IMAGES", "busybox"));
    }

    @AfterAll
    static void stop() {
        proxy.close();
        direct("docker rm -f " + NAME);
    }

    private static Cli.Result direct(String script) {
        return docker.cli(folder, Map.of()).script(script);
    }

    private static RawResponse ask(RawClient connection, String method, String target, String body) throws IOException {
        String bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        try (RawClient client = connection) {
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + bytes.length() + "\r\n\r\n" + bytes);
            return client.readAnswer(method);
        }
    }

    private static RawResponse ask(String method, String target, String body) throws IOException {
        return ask(proxy.connect(), method, target, body);
    }

    /** The members of a description that an updater sends back. */
    private static String body(String inspect) {
        String config = member(inspect, "Config");
        return config.substring(0, config.length() - 1) + ",\"HostConfig\":" + member(inspect, "HostConfig") + "}";
    }

    /** The daemon writes no brace within a string of these containers. */
    private static String member(String json, String name) {
        int begin = json.lastIndexOf("\"" + name + "\":{") + name.length() + 3;
        int depth = 0;
        int end = begin;
        do {
            char c = json.charAt(end++);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        } while (depth > 0);
        return json.substring(begin, end);
    }

    @Test
    void updaterCreatesAPrivilegedContainerAgainButCannotEnterIt() throws Exception {
        Cli.Result made = direct("docker run -d --privileged --network none --volume /etc:/host:ro --name " + NAME
                + " busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        String body = body(ask("GET", "/containers/" + NAME + "/json", "").body());
        String create = "/containers/create?name=" + NAME;
        assertThat(ask("POST", create, body).status()).isEqualTo(403);

        assertThat(ask("POST", "/containers/" + NAME + "/stop?t=0", "").status())
                .isEqualTo(204);
        assertThat(ask("DELETE", "/containers/" + NAME, "").status()).isEqualTo(204);
        assertThat(ask("POST", create, body.replace("\"sleep\"", "\"yes\"")).status())
                .isEqualTo(403);
        assertThat(ask("POST", create, body.replace("/etc:/host:ro", "/etc:/host"))
                        .status())
                .isEqualTo(403);
        RawResponse created = ask("POST", create, body);

        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(ask("POST", "/containers/" + NAME + "/start", "").status()).isEqualTo(204);
        assertThat(direct("docker inspect --format '{{.HostConfig.Privileged}} {{.State.Running}}' " + NAME)
                        .stdout())
                .isEqualTo("true true\n");
        assertThat(ask("POST", "/containers/" + NAME + "/exec", "{\"Cmd\":[\"true\"]}")
                        .status())
                .isEqualTo(403);
    }

    /** The danger that the rule for names prevents: dockerd finds a container by a name that looks like an id. */
    @Test
    void nameLikeAnIdOfARemovedContainerIsDenied() throws Exception {
        String id = direct("docker create --network none busybox:local true")
                .stdout()
                .strip();
        assertThat(direct("docker rm " + id + " && docker create --privileged --network none --name " + id
                                + " busybox:local true && docker inspect --format '{{.HostConfig.Privileged}}' " + id)
                        .stdout())
                .endsWith("true\n");
        direct("docker rm -f " + id);

        assertThat(ask("POST", "/containers/create?name=" + id, "{\"Image\":\"busybox:local\"}")
                        .status())
                .isEqualTo(403);
    }
}
