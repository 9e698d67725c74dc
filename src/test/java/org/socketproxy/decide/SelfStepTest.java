package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** No client acts on the container in which the proxy runs, whatever its profile allows. */
class SelfStepTest {
    private static final String ID = "5e1fab01234567890123456789012345678901234567890123456789abcdef01";
    private static final String IMAGE = "1a9e" + "f".repeat(60);
    private static final String NETWORK = "4e7a" + "0".repeat(60);
    private static final String OTHER = "0".repeat(64);
    private static final String INSPECT = "{\"Id\":\"" + ID + "\",\"Name\":\"/guard\",\"Image\":\"sha256:" + IMAGE
            + "\",\"Config\":{\"Image\":\"registry.local:5000/socket-proxy:1\",\"Labels\":{"
            + "\"com.docker.swarm.service.id\":\"s1abc\",\"com.docker.swarm.service.name\":\"guards\","
            + "\"com.docker.swarm.node.id\":\"n1abc\"}},"
            + "\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/guard/conf\"},"
            + "{\"Type\":\"volume\",\"Name\":\"ledger\",\"Source\":\"/data/volumes/ledger/_data\"}],"
            + "\"NetworkSettings\":{\"Networks\":{\"docker-api\":{\"NetworkID\":\"" + NETWORK + "\"}}}}";
    private static final String IMAGE_INSPECT = "{\"Id\":\"sha256:" + IMAGE
            + "\",\"Config\":{\"Env\":[\"PATH=/bin\"]},\"RepoTags\":[\"socket-proxy:local\"],\"RepoDigests\":[\"socket-proxy@sha256:dd\"]}";

    @TempDir
    Path folder;

    private final AtomicReference<String> inspect = new AtomicReference<>(INSPECT);
    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    /** Describes the container of the proxy and its image, and answers everything else with 200. */
    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                boolean isSelf = head.startsWith("GET /containers/" + ID + "/json ")
                        || head.startsWith("GET /containers/guard/json ");
                String body = isSelf
                        ? inspect.get()
                        : head.startsWith("GET /images/sha256:" + IMAGE + "/json ") ? IMAGE_INSPECT : "forwarded";
                peer.write("HTTP/1.1 " + (body.isEmpty() ? 404 : 200) + " X\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + (head.startsWith("HEAD") ? "" : body));
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        if (proxy != null) {
            proxy.close();
        }
        daemon.close();
    }

    /** Starts a proxy with every variable on, and waits until it knows its container. */
    private void startProxy(String... settings) throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(Map.of("SELF_CONTAINER", ID));
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        proxy = ProxyUnderTest.before(daemon.host(), environment);
        if ("0".equals(environment.get("PROTECT_SELF"))) {
            assertThat(daemon.isUntouched()).isTrue();
            return;
        }
        String container = "GET /containers/" + environment.get("SELF_CONTAINER") + "/json ";
        String image = "GET /images/sha256:" + IMAGE + "/json ";
        List<String> queries = inspect.get().isEmpty() ? List.of(container) : List.of(container, image);
        assertThat(daemon.takeHeads(queries.size()))
                .zipSatisfy(queries, (head, query) -> assertThat(head).startsWith(query));
        while (send("POST /containers/" + OTHER + "/kill", "").startsWith("HTTP/1.1 503 ")) {
            Thread.onSpinWait();
        }
    }

    private String send(String request, String body) throws IOException {
        try (RawClient client = proxy.connect()) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body);
            RawResponse response = client.readAnswer(request.split(" ")[0]);
            return response.head() + response.body();
        }
    }

    private void assertDenied(String request, String body) throws IOException {
        assertThat(send(request, body)).as(request).startsWith("HTTP/1.1 403 ");
    }

    private void assertForwarded(String request, String body) throws IOException {
        assertThat(send(request, body)).as(request).startsWith("HTTP/1.1 200 ");
    }

    /** Each operation that acts on a container, by each form of its name. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /containers/NAME/stop",
                "POST /v1.45/containers/NAME/stop?t=1",
                "POST /containers/NAME/kill",
                "POST /containers/NAME/restart",
                "POST /containers/NAME/pause",
                "POST /containers/NAME/update",
                "POST /containers/NAME/rename?name=x",
                "DELETE /containers/NAME",
                "DELETE /containers/NAME?force=1",
                "DELETE /containers/NAME/db?link=1",
                "POST /containers/NAME/exec",
                "POST /containers/NAME/attach?stream=1",
                "GET /containers/NAME/attach/ws",
                "GET /containers/NAME/archive?path=/",
                "HEAD /containers/NAME/archive?path=/",
                "PUT /containers/NAME/archive?path=/",
                "GET /containers/NAME/export",
                "POST /commit?container=NAME",
                "POST /v1.45/commit?repo=x&container=NAME",
                "POST /commit?container=other&container=NAME",
                "POST /commit?Container=NAME",
                "POST /libpod/containers/NAME/stop",
                "POST /v5.0.0/libpod/containers/NAME/kill",
                "POST /libpod/containers/NAME/restart",
                "POST /libpod/containers/NAME/pause",
                "POST /libpod/containers/NAME/rename?name=x",
                "POST /libpod/containers/NAME/update",
                "DELETE /libpod/containers/NAME",
                "POST /libpod/containers/NAME/exec",
                "POST /libpod/containers/NAME/attach",
                "GET /libpod/containers/NAME/archive?path=/",
                "HEAD /libpod/containers/NAME/archive?path=/",
                "PUT /libpod/containers/NAME/archive?path=/",
                "GET /libpod/containers/NAME/export",
                "POST /libpod/containers/NAME/mount",
                "POST /libpod/containers/NAME/unmount",
                "POST /libpod/containers/NAME/checkpoint",
                "POST /libpod/containers/NAME/restore",
                "POST /libpod/containers/NAME/init",
                "POST /libpod/commit?container=NAME",
            })
    void operationOnTheOwnContainerIsDenied(String request) throws Exception {
        startProxy();

        for (String name :
                new String[] {ID, ID.substring(0, 12), ID.substring(0, 3), "5", "guard", "5E1FAB", "5e_fab"}) {
            assertDenied(request.replace("NAME", name), "");
        }
        for (String name : new String[] {OTHER, "web", "Guard", "guard2", ID + "0", "e1fab", "5e1fad"}) {
            String head = send(request.replace("NAME", name), "");
            assertThat(head).as(name).doesNotContain(" 503 ");
            assertThat(head.startsWith("HTTP/1.1 403 ") && head.contains("self"))
                    .as(name)
                    .isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /commit?container=%2Fguard         | 403",
                "POST /commit?container=%2F5e1f          | 403",
                "POST /commit?container=5e1%25           | 403",
                "POST /containers/web/rename?name=guard  | 403",
                "POST /containers/web/rename?name=%2Fguard | 403",
                "POST /containers/web/rename?name=guard2 | 200",
                "POST /containers/web/rename?name=5e1f   | 200",
                "GET /containers/guard/json              | 200",
                "GET /containers/guard/logs?stdout=1     | 200",
                "GET /containers/guard/stats             | 200",
                "POST /containers/guard/start            | 200",
                "POST /containers/guard/wait             | 200",
                "POST /containers/prune                  | 200",
                "DELETE /networks/docker-api             | 403",
                "DELETE /networks/4e7a                   | 403",
                "DELETE /libpod/networks/docker-api?force=1 | 403",
                "POST /libpod/networks/docker-api/update | 403",
                "DELETE /networks/web                    | 200",
                "DELETE /images/socket-proxy:local       | 403",
                "DELETE /images/docker.io/library/socket-proxy:local | 403",
                "DELETE /images/docker.io%2Flibrary%2Fsocket-proxy:local | 403",
                "DELETE /images/registry.local:5000/socket-proxy:1   | 403",
                "DELETE /images/socket-proxy@sha256:dd   | 403",
                "DELETE /images/sha256:1a9e              | 403",
                "DELETE /images/1a9ef                    | 403",
                "DELETE /images/socket-proxy:other       | 200",
                "DELETE /images/nginx                    | 200",
                "DELETE /libpod/images/localhost/socket-proxy:local?force=1 | 403",
                "DELETE /libpod/images/remove?images=nginx&images=socket-proxy:local | 403",
                "POST /libpod/images/socket-proxy:local/untag | 403",
                "POST /images/nginx/tag?repo=socket-proxy&tag=local  | 403",
                "POST /images/nginx/tag?repo=socket-proxy:local      | 403",
                "POST /images/nginx/tag?repo=socket-proxy&tag=other  | 200",
                "POST /images/socket-proxy:local/tag?repo=mine&tag=1 | 200",
                "POST /commit?container=web&repo=socket-proxy&tag=local | 403",
                "POST /images/create?fromSrc=-&repo=socket-proxy&tag=local | 403",
                "POST /images/create?fromImage=socket-proxy&tag=local | 200",
                "POST /libpod/images/import?reference=socket-proxy:local | 403",
                "POST /build?t=web&t=socket-proxy:local  | 403",
                "POST /build?t=web                       | 200",
                "DELETE /volumes/ledger                  | 403",
                "DELETE /libpod/volumes/ledger?force=1   | 403",
                "GET /libpod/volumes/ledger/export       | 403",
                "DELETE /volumes/other                   | 200",
                "DELETE /services/guards                 | 403",
                "DELETE /services/s1abc                  | 403",
                "DELETE /services/web                    | 200",
                "DELETE /nodes/n1abc                     | 403",
                "POST /nodes/worker-1/update?version=1   | 403",
                "DELETE /nodes/n2abc                     | 200",
                "POST /swarm/leave?force=1               | 403",
            })
    void ownObjectsAreProtected(String request, int status) throws Exception {
        startProxy();

        assertThat(send(request, "")).startsWith("HTTP/1.1 " + status + " ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"Container\":\"guard\"}",
                "{\"Container\":\"/guard\",\"Force\":true}",
                "{\"Container\":\"5e1f\"}",
                "{\"Container\":\"" + ID + "\"}",
                "{\"container\":\"guard\"}",
                "{\"Container\":\"other\",\"CONTAINER\":\"guard\"}",
                "{\"Container\":\"other\",\"Container\":\"guard\"}",
                "{\"Contain\\u0065r\":\"gu\\u0061rd\"}",
                "{\"Container\":\"other\"}{\"Container\":\"guard\"}",
                "{\"Container\":\"guard\"",
            })
    void ownContainerStaysInItsNetworks(String body) throws Exception {
        startProxy();

        for (String request : new String[] {
            "POST /networks/docker-api/disconnect",
            "POST /networks/web/connect",
            "POST /libpod/networks/docker-api/disconnect",
            "POST /libpod/networks/web/connect"
        }) {
            assertDenied(request, body);
            assertForwarded(request, "{\"Container\":\"other\",\"Force\":true}");
            assertForwarded(request, "");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"/srv/guard/conf:/x\"]}}      | 403",
                "{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"/srv/guard/conf/a:/x:ro\"]}} | 403",
                "{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"/srv/guard:/x\"]}}           | 403",
                "{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"/srv/guard/other:/x\"]}}     | 200",
                "{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"/srv/data:/x\"]}}            | 200",
                "{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"ledger:/x\"]}}               | 403",
                "{\"Image\":\"a\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"ledger\",\"Target\":\"/x\"}]}} | 403",
                "{\"Image\":\"a\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/guard/conf\",\"Target\":\"/x\"}]}} | 403",
                "{\"Image\":\"a\",\"HostConfig\":{\"NetworkMode\":\"container:guard\"}}     | 403",
                "{\"Image\":\"a\",\"HostConfig\":{\"NetworkMode\":\"container:5e1f\"}}      | 403",
                "{\"Image\":\"a\",\"HostConfig\":{\"NetworkMode\":\"container:web\"}}       | 200",
            })
    void judgedContainerGetsNoMountOfTheProxy(String body, int status) throws Exception {
        startProxy("CREATE", "safe", "BINDS", "/srv/**", "CREATE_ALLOW", "join-container,binds-unprotected");

        assertThat(send("POST /containers/create", body)).as(body).startsWith("HTTP/1.1 " + status + " ");
    }

    /** A link below the allowed path could lead to them. */
    @Test
    void judgedContainerGetsNothingBelowAPathWithFilesOfTheProxy() throws Exception {
        startProxy("CREATE", "safe", "BINDS", "/srv/**");

        String answer =
                send("POST /containers/create", "{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"/srv/data:/x\"]}}");

        assertThat(answer)
                .startsWith("HTTP/1.1 403 ")
                .contains("binds /srv/data below a path that has files of this proxy (PROTECT_SELF)");
    }

    @Test
    void updaterRecreatesTheProxyByNameOnly() throws Exception {
        startProxy("CREATE", "safe", "CREATE_ALLOW", "recreate", "CREATE_IMAGES", "**");

        assertDenied("POST /containers/" + ID + "/stop", "");
        assertDenied("POST /containers/5e1fab/rename?name=old", "");
        assertDenied("POST /containers/guard/kill", "");
        assertDenied("POST /containers/web/rename?name=guard", "");
        assertThat(send("POST /containers/guard/stop", "")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void protectionCanBeSwitchedOff() throws Exception {
        startProxy("PROTECT_SELF", "0");

        assertForwarded("POST /containers/guard/stop", "");
        assertForwarded("DELETE /images/socket-proxy:local", "");
        assertThat(daemon.takeHead()).startsWith("POST /containers/guard/stop ");
    }

    @Test
    void containerOfAnotherDaemonIsNotProtected() throws Exception {
        inspect.set("");
        startProxy();

        assertForwarded("POST /containers/guard/stop", "");
        assertForwarded("POST /containers/" + ID + "/stop", "");
    }

    @Test
    void configuredNameIsProtectedWithItsId() throws Exception {
        startProxy("SELF_CONTAINER", "guard");

        assertDenied("POST /containers/" + ID + "/stop", "");
        assertDenied("POST /containers/guard/stop", "");
    }

    /** The id is protected at once; a name could be that of the proxy until the daemon has described the container. */
    @Test
    void nothingActsOnAContainerThatTheDaemonHasNotDescribed() throws Exception {
        inspect.set("{\"Id\":\"unreadable\"}");
        proxy = ProxyUnderTest.before(daemon.host(), Map.of("SELF_CONTAINER", ID));

        assertDenied("POST /containers/5e1f/stop", "");
        assertThat(send("POST /containers/web/stop", "")).startsWith("HTTP/1.1 503 ");
        assertThat(send("DELETE /volumes/ledger", "")).startsWith("HTTP/1.1 503 ");
        assertThat(send("POST /networks/web/connect", "{\"Container\":\"web\"}"))
                .startsWith("HTTP/1.1 503 ");
        assertForwarded("GET /containers/json", "");
        assertForwarded("POST /containers/create", "{}");
    }

    /** The daemon is asked once, not for each request. */
    @Test
    void noRequestWaitsForAQuestion() throws Exception {
        startProxy();

        for (int i = 0; i < 10; i++) {
            assertForwarded("POST /containers/web/stop", "");
            assertDenied("POST /containers/guard/stop", "");
        }

        assertThat(daemon.takeHead()).startsWith("POST /containers/" + OTHER + "/kill ");
        for (int i = 0; i < 10; i++) {
            assertThat(daemon.takeHead()).startsWith("POST /containers/web/stop ");
        }
        assertThat(daemon.isUntouched()).isTrue();
    }

    /** A confined client learns nothing about the container of the proxy, unless its targets select it. */
    @Test
    void confinedClientGetsNotFound() throws Exception {
        startProxy("CREATE", "safe", "TARGETS", "label:owner=ci");

        assertThat(send("POST /containers/guard/stop", "")).startsWith("HTTP/1.1 404 ");
        assertThat(send("POST /containers/" + ID + "/stop", "")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void confinedClientDoesNotStopTheProxyThatItsTargetsSelect() throws Exception {
        inspect.set(INSPECT.replace("\"Labels\":{", "\"Labels\":{\"owner\":\"ci\","));
        startProxy("CREATE", "safe", "TARGETS", "label:owner=ci", "CREATE_ALLOW", "recreate", "CREATE_IMAGES", "**");

        assertDenied("POST /containers/guard/stop", "");
        assertDenied("POST /containers/" + ID + "/stop", "");
        assertForwarded("GET /containers/guard/json", "");
    }

    /** Without a setting such as CREATE=safe the new proxy would allow more. */
    @Test
    void recreatedProxyKeepsItsEnvironment() throws Exception {
        inspect.set(INSPECT.replace("\"Config\":{", "\"Config\":{\"Env\":[\"CREATE=safe\",\"PATH=/bin\"],")
                .replace("\"Mounts\":", "\"HostConfig\":{\"Privileged\":true},\"Mounts\":"));
        startProxy("CREATE", "safe", "CREATE_ALLOW", "recreate", "CREATE_IMAGES", "**");
        assertForwarded("POST /containers/guard/stop", "");

        String create = "POST /containers/create?name=guard";
        String body = "{\"Image\":\"socket-proxy:2\",\"Env\":[ENV],\"HostConfig\":{\"Privileged\":true},\"Labels\":{"
                + "\"com.docker.swarm.service.id\":\"s1abc\",\"com.docker.swarm.service.name\":\"guards\","
                + "\"com.docker.swarm.node.id\":\"n1abc\"}}";
        assertDenied(create, body.replace("ENV", ""));
        assertDenied(create, body.replace("ENV", "\"PATH=/bin\""));
        assertForwarded(create, body.replace("ENV", "\"CREATE=safe\""));
    }
}
