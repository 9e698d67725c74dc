package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** With {@code CREATE=safe} a client enters only containers that the rules allow, under their full id. */
class ContainerStepTest {
    private static final String SAFE = "a".repeat(64);
    private static final String EVIL = "e".repeat(64);
    /** Another container is started with it. */
    private static final String NEEDY = "d".repeat(64);

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    /** Describes {@code safe} and {@code evil}, and answers everything else with the request line. */
    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                String line = head.substring(0, head.indexOf("\r\n"));
                String answer = answer(line);
                int status = answer.isEmpty() ? 404 : 200;
                String body = answer.isEmpty() ? "{\"message\":\"No such container: none\"}" : answer;
                peer.write("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n"
                        + (line.startsWith("HEAD") ? "" : body));
            }
        });
        Map<String, String> environment = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            environment.put(variable.name(), "1");
        }
        environment.put("CREATE", "safe");
        proxy = ProxyUnderTest.with(daemon.socket(), environment);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private static String answer(String line) {
        if (line.contains("/exec/") && line.startsWith("GET")) {
            String container = line.contains("safe-exec") ? SAFE : EVIL;
            return "{\"ID\":\"x\",\"ContainerID\":\"" + container + "\",\"ProcessConfig\":{\"privileged\":"
                    + line.contains("root-exec") + "}}";
        }
        if (line.startsWith("GET /volumes/v ")) {
            return "{\"Name\":\"v\",\"Driver\":\"local\",\"Options\":null}";
        }
        if (!line.contains("/json")) {
            return line;
        }
        if (line.contains("huge")) {
            return "{\"Id\":\"" + "x".repeat(1 << 20) + "\"}";
        }
        if (line.contains("broken")) {
            return "{\"Id\":\"x\"}";
        }
        if (line.startsWith("GET /") && line.contains("/libpod/containers/")) {
            String container = line.contains(NEEDY) ? NEEDY : SAFE;
            String dependencies = line.contains(NEEDY) ? "\"" + EVIL + "\"" : "";
            return "{\"Id\":\"" + container + "\",\"Dependencies\":[" + dependencies + "]}";
        }
        if (line.contains("needy")) {
            return inspect(NEEDY, false);
        }
        return line.contains("safe") || line.contains(SAFE)
                ? inspect(SAFE, false)
                : line.contains("evil") || line.contains(EVIL) ? inspect(EVIL, true) : "";
    }

    private static String inspect(String id, boolean isPrivileged) {
        return "{\"Id\":\"" + id + "\",\"Unknown\":{\"a\":1},\"HostConfig\":{\"Privileged\":" + isPrivileged
                + ",\"NetworkMode\":\"bridge\",\"Unknown\":0},"
                + "\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"v\",\"Source\":\"/var/lib/docker/volumes/v/_data\",\"RW\":true}]}";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /containers/safe/start                  | 200 | POST /containers/ID/start",
                "POST /v1.45/containers/safe/restart?t=1      | 200 | POST /v1.45/containers/ID/restart?t=1",
                "POST /v1.45/containers/safe%3Ax/start         | 200 | POST /v1.45/containers/ID/start",
                "GET /libpod/containers/safe/archive?path=%2F | 200 | GET /libpod/containers/ID/archive?path=%2F",
                "GET /v5.4.0/libpod/containers/evil/archive?path=%2F | 403 | the container's HostConfig.Privileged is true",
                "POST /v5.4.0/libpod/containers/safe/start     | 200 | POST /v5.4.0/libpod/containers/ID/start",
                "POST /libpod/containers/safe/start?recursive=1 | 200 | POST /libpod/containers/ID/start?recursive=1",
                "POST /libpod/containers/needy/start           | 403 | the container's Dependencies are started too",
                "POST /libpod/containers/needy/start?recursive=false | 403 | the container's Dependencies are started too",
                "POST /libpod/containers/needy/init            | 403 | the container's Dependencies are started too",
                "POST /libpod/containers/needy/restart         | 200 | POST /libpod/containers/NEEDY/restart",
                "POST /v5.4.0/libpod/containers/needy/start?recursive=true | 403 | the container's Dependencies are started too",
                "POST /libpod/containers/evil/start            | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/containers/evil/init             | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/containers/evil/restart          | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/containers/evil/unpause          | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/containers/evil/attach?stream=1  | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/containers/evil/exec             | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/containers/evil/update           | 403 | the container's HostConfig.Privileged is true",
                "PUT /libpod/containers/evil/archive?path=%2F  | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/containers/evil/stop             | 200 | POST /libpod/containers/evil/stop",
                "POST /libpod/commit?container=safe&repo=x     | 200 | POST /libpod/commit?container=ID&repo=x",
                "POST /libpod/commit?container=evil&repo=x     | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/exec/safe-exec/start             | 200 | POST /libpod/exec/safe-exec/start",
                "POST /libpod/exec/evil-exec/start             | 403 | the container's HostConfig.Privileged is true",
                "POST /libpod/exec/root-exec/start             | 403 | ProcessConfig.privileged is true",
                "HEAD /containers/safe/archive?path=%2F       | 200 | ''",
                "HEAD /containers/evil/archive?path=%2F       | 403 | ''",
                "GET /containers/safe/archive?path=%2Fetc     | 200 | GET /containers/ID/archive?path=%2Fetc",
                "POST /commit?container=safe&repo=x           | 200 | POST /commit?container=ID&repo=x",
                "GET /containers/evil/logs?stdout=1           | 200 | GET /containers/evil/logs?stdout=1",
                "GET /containers/evil/json                    | 200 | \"Privileged\":true",
                "POST /containers/evil/stop                   | 200 | POST /containers/evil/stop",
                "POST /containers/safe/unpause                | 200 | POST /containers/ID/unpause",
                "POST /containers/evil/unpause                | 403 | the container's HostConfig.Privileged is true",
                "POST /containers/evil/pause                  | 200 | POST /containers/evil/pause",
                "GET /containers/evil/export                  | 200 | GET /containers/evil/export",
                "POST /containers/evil/start                  | 403 | the container's HostConfig.Privileged is true",
                "POST /containers/evil/attach?stream=1        | 403 | the container's HostConfig.Privileged is true",
                "GET /containers/evil/archive?path=%2F        | 403 | the container's HostConfig.Privileged is true",
                "PUT /containers/evil/archive?path=%2F        | 403 | the container's HostConfig.Privileged is true",
                "POST /commit?container=evil&repo=x           | 403 | the container's HostConfig.Privileged is true",
                "POST /commit?container=safe&container=evil   | 400 | must name one container",
                "POST /commit?repo=x                          | 400 | must name one container",
                "POST /commit?container=safe%2F..%2Fevil      | 403 | ?container is not a name",
                "POST /commit?Container=safe                  | 400 | must name one container",
                "POST /containers/none/start                  | 404 | {\"message\":\"No such container: none\"}",
                "POST /containers/broken/start                | 403 | description of the container cannot be read",
                "POST /containers/huge/start                  | 403 | description of the container cannot be read",
                "POST /exec/safe-exec/start                   | 200 | POST /exec/safe-exec/start",
                "POST /exec/evil-exec/start                   | 403 | the container's HostConfig.Privileged is true",
                "POST /exec/root-exec/start                   | 403 | ProcessConfig.privileged is true",
            })
    void requestEntersOnlyAnAllowedContainer(String request, int status, String text) throws Exception {
        try (RawClient client = proxy.connect()) {
            client.send(request
                    + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\nGET /_ping HTTP/1.1\r\nHost: d\r\n\r\n");

            RawResponse response = client.readAnswer(request.split(" ")[0]);
            assertThat(response.head() + response.body())
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains(text.replace("ID", SAFE).replace("NEEDY", NEEDY));
            assertThat(client.readResponse()).endsWith("GET /_ping HTTP/1.1");
        }
    }

    @Test
    void bodyIsJudgedAfterTheContainer() throws Exception {
        try (RawClient client = proxy.connect()) {
            assertThat(exec(client, "safe", "{\"Cmd\":[\"id\"]}"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("/containers/" + SAFE + "/exec");
            assertThat(exec(client, "safe", "{\"Privileged\":true}")).startsWith("HTTP/1.1 403 ");
            assertThat(exec(client, "evil", "{\"Cmd\":[\"id\"]}")).startsWith("HTTP/1.1 403 ");
            assertThat(exec(client, SAFE, "{\"Cmd\":[\"id\"]}")).startsWith("HTTP/1.1 200 ");
        }
    }

    private static String exec(RawClient client, String container, String body) throws IOException {
        client.send("POST /containers/" + container + "/exec HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
        return client.readResponse();
    }

    @Test
    void allowedContainerIsInspectedOnce() throws Exception {
        try (RawClient client = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                client.send("POST /containers/" + SAFE + "/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
            }
        }

        assertThat(daemon.takeHead()).startsWith("GET /containers/" + SAFE + "/json ");
        assertThat(daemon.takeHead()).startsWith("GET /volumes/v ");
        for (int i = 0; i < 3; i++) {
            assertThat(daemon.takeHead()).startsWith("POST /containers/" + SAFE + "/start ");
        }
    }

    @Test
    void requestIsDeniedIfTheDaemonDoesNotAnswer() throws Exception {
        daemon.close();

        try (RawClient client = proxy.connect()) {
            client.send("POST /containers/safe/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 502 ");
        }
    }
}
