package org.socketproxy.war;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.CompiledJar;
import org.socketproxy.testing.IdleTimeout;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.Scenario;

/** Tests of the WAR in an external Jetty, with the real docker CLI and dockerd. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class WarBehaviour {
    private static final String CLEAN = "docker ps -aq --filter name=\"^$C\" | xargs -r docker rm -fv >/dev/null";
    private static final String WEBSOCKET = "GET /containers/%s/attach/ws?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n"
            + "Host: docker\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    static Path folder;

    private RealDocker docker;
    private DeployedWar war;

    abstract DeployedWar deploy(Path folder, Map<String, String> environment, Map<String, String> parameters)
            throws IOException;

    @BeforeAll
    void deploy() throws IOException {
        docker = RealDocker.get();
        CompiledJar.of("""
                        package a;
                        import jakarta.servlet.*;
                        import org.socketproxy.extension.*;
                        public final class NoTop implements Filter {
                            public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                                    throws java.io.IOException, ServletException {
                                if (ExchangeFacts.of(request).operation().id().equals("ContainerTop")) {
                                    throw new DeniedException("no top here");
                                }
                                chain.doFilter(request, response);
                            }
                        }
                        """).naming("a.NoTop").writeTo(folder.resolve("extensions/no-top.jar"));
        Map<String, String> environment = new HashMap<>();
        for (String name : "CONTAINERS EXEC POST IMAGES ALLOW_ARCHIVE ALLOW_TOP BUILD SESSION GRPC".split(" ")) {
            environment.put(name, "1");
        }
        environment.put("SOCKET_PATH", docker.socket().toString());
        environment.put("EXTENSIONS", folder.resolve("extensions").toString());
        environment.put("LISTEN", "tcp://:2375");
        war = deploy(folder, environment, Map.of());
    }

    @AfterAll
    void close() {
        if (war != null) {
            war.close();
        }
    }

    Path socket() {
        return docker.socket();
    }

    static Stream<Scenario> clients() {
        return Scenario.read(WarBehaviour.class, "clients.txt");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clients")
    void clientScenario(Scenario scenario) throws IOException {
        Path own = Files.createTempDirectory(folder, "client-");
        String key = getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT) + "-" + scenario.key();
        Cli direct = docker.cli(own, Map.of("C", key));
        try {
            Cli.Result given = direct.script(scenario.given());
            assertThat(given.exitCode()).as(given.stderr()).isZero();

            Cli.Result result = docker.cli(own, Map.of("C", key, "DOCKER_HOST", "tcp://127.0.0.1:" + war.port()))
                    .script(scenario.when());

            assertThat(result.exitCode()).as(result + war.log()).isEqualTo(scenario.exitCode());
            scenario.assertTold(result, key);
        } finally {
            direct.script(CLEAN);
        }
    }

    /** An exec, an attach and a wait: two tunnels and an incomplete response. */
    @Test
    void idleTunnelsAndStreamsOutlastTheServersIdleTimeout() throws IOException {
        Path own = Files.createTempDirectory(folder, "silent-");
        String key = getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT) + "-silent";
        Cli direct = docker.cli(own, Map.of("C", key));
        Cli through = docker.cli(own, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + war.port()));
        Cli.Result made = direct.script("""
                docker run -d --name $C --network none busybox:local sleep 600
                docker create -i --name $C-in --network none busybox:local sh -c 'echo begun; read line; echo got $line'
                """);
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        String late = "echo begun; until [ -e /tmp/go ]; do sleep 0.1; done; echo late";
        try (Cli.Running exec = through.start("docker", "exec", key, "sh", "-c", late);
                Cli.Running attach = through.start("docker", "start", "-ai", key + "-in");
                RawClient wait = RawClient.connect(war.port())) {
            exec.awaitUntil("the exec runs", LIMIT, () -> exec.stdout().contains("begun"));
            attach.awaitUntil("it runs", LIMIT, () -> attach.stdout().contains("begun"));
            String begun =
                    wait.request("POST", "/containers/" + key + "-in/wait").readHead();
            assertThat(begun).startsWith("HTTP/1.1 200 ");

            IdleTimeout.await(war.port());

            direct.run("docker", "exec", key, "touch", "/tmp/go");
            attach.type("it\n");
            attach.closeStdin();
            assertThat(exec.await(LIMIT)).isEqualTo(new Cli.Result(0, "begun\nlate\n", ""));
            assertThat(attach.await(LIMIT)).isEqualTo(new Cli.Result(0, "begun\ngot it\n", ""));
            assertThat(wait.readHead()).as("size of a chunk, and it").contains("{\"StatusCode\":0}");
        } finally {
            direct.script("docker rm -fv $C $C-in >/dev/null");
        }
    }

    /** A hijack by GET: the servlet API would parse its bytes as the next request. */
    @Test
    void webSocketIsATunnel() throws IOException {
        Cli direct = docker.cli(folder, Map.of());
        String name = getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT) + "-ws";
        direct.run("docker", "run", "-di", "--name", name, "--network", "none", RealDocker.IMAGE, "cat");
        try (RawClient client = RawClient.connect(war.port())) {
            client.send(WEBSOCKET.formatted(name));

            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 101 ")
                    .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            client.send("\u0081\u0083\0\0\0\0hi\n"); // a text frame with a zero mask
            assertThat(client.read(5)).isEqualTo("\u0082\u0003hi\n");
        } finally {
            direct.run("docker", "rm", "-f", name);
        }
    }

    @Test
    void connectionIsPersistent() throws IOException {
        try (RawClient client = RawClient.connect(war.port())) {
            assertThat(client.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(client.request("GET", "/volumes").readResponse()).startsWith("HTTP/1.1 403 ");
            assertThat(client.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200 ");
        }
    }

    /** The CLI reads the daemon's operating system from the Server header. */
    @Test
    void serverHeaderIsThatOfTheDaemon() throws IOException {
        try (RawClient client = RawClient.connect(war.port())) {
            assertThat(client.request("GET", "/_ping").readResponse().lines())
                    .filteredOn(line -> line.matches("(Server|Date): .*"))
                    .hasSize(2)
                    .anyMatch(line -> line.startsWith("Server: Docker/"));
        }
    }

    /** The clients' listener serves neither files of the WAR nor the status page. */
    @ParameterizedTest
    @CsvSource({
        "/,                     403",
        "/status.css,           403",
        "/webapp/status.css,    403",
        "/metrics,              403",
        "/index.html,           403",
        "/META-INF/MANIFEST.MF, 404",
        "/WEB-INF/web.xml,      404",
        "/web-inf/web.xml,      404"
    })
    void otherPathsAreNotServed(String path, int status) throws IOException {
        try (RawClient client = RawClient.connect(war.port())) {
            assertThat(client.request("GET", path).readResponse())
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("\r\n\r\n{\"message\":\"socket-proxy: ");
        }
    }

    /** Some Go clients send a blank Host when they hijack a connection; the server's parser rejects it. */
    @Test
    void blankHostIsRejectedByTheServer() throws IOException {
        try (RawClient client = RawClient.connect(war.port())) {
            client.send("POST /session HTTP/1.1\r\nHost: \r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");

            assertThat(client.readResponse()).startsWith("HTTP/1.1 400 ").contains("Blank Host");
        }
    }

    /** The server's configuration decides whether an encoded slash is accepted. */
    @Test
    void encodedSlashIsHandledByTheServer() throws IOException {
        try (RawClient client = RawClient.connect(war.port())) {
            assertThat(client.request("GET", "/images/example.com%2Fabsent/json")
                            .readResponse())
                    .startsWith("HTTP/1.1 " + statusOfAnEscapedSlash() + " ");
        }
    }

    abstract int statusOfAnEscapedSlash();

    @Test
    void statusPageHasItsOwnListener() throws Exception {
        URI page = URI.create(war.statusPage());
        try (RawClient client = RawClient.connect(war.port())) {
            client.request("GET", "/secrets").readResponse();
        }

        assertThat(get(page))
                .contains("<h1>Docker socket proxy</h1>")
                .contains("http://127.0.0.1:" + war.port())
                .contains("SECRETS=1")
                .contains("a.NoTop");
        assertThat(get(page.resolve("/status.css"))).contains("color-scheme");
        assertThat(get(page.resolve("/readyz"))).isNotEmpty();
        assertThat(get(page.resolve("/metrics"))).contains("socket_proxy_");
    }

    private static String get(URI address) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(address.toString()).isEqualTo(200);
        return response.body();
    }

    @Test
    void logContainsTheStartReportAndIgnoredSettings() {
        assertThat(war.log())
                .contains("docker-socket-proxy ")
                .contains("daemon       unix://" + docker.socket())
                .contains("extension    a.NoTop")
                .contains("LISTEN has no effect here: clients connect to the listeners of the server; configure those");
    }

    @Test
    void contextParameterHasPrecedenceOverTheEnvironment() throws IOException {
        Map<String, String> environment =
                Map.of("VOLUMES", "1", "SOCKET_PATH", docker.socket().toString());
        Map<String, String> parameters = Map.of("VOLUMES", "0", "CONTAINERS", "1", "NETWORKZ", "1");
        try (DeployedWar other = deploy(folder, environment, parameters);
                RawClient client = RawClient.connect(other.port())) {
            assertThat(client.request("GET", "/volumes").readResponse()).startsWith("HTTP/1.1 403 ");
            assertThat(client.request("GET", "/containers/nobody/json").readResponse())
                    .startsWith("HTTP/1.1 404 ")
                    .contains("No such container: nobody");
            assertThat(other.log())
                    .contains("context parameter: NETWORKZ=1: there is no such variable; did you mean NETWORKS?");
        }
    }

    /** A partly applied configuration could allow more than intended. */
    @Test
    void invalidConfigurationFailsTheDeployment() throws IOException {
        Map<String, String> environment =
                Map.of("EVENTS", "maybe", "SOCKET_PATH", docker.socket().toString());
        try (DeployedWar other =
                        deploy(folder, environment, Map.of("PING", "perhaps", "STRICT", "1", "CONTAINRES", "1"));
                RawClient client = RawClient.connect(other.port())) {
            assertThat(client.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 503 ");
            assertThat(other.log())
                    .contains(" EVENTS=maybe: use 1, true, yes or on to allow; 0, false, no, off or nothing to deny\n")
                    .contains(" context parameter: PING=perhaps: use 1, true, yes or on to allow;")
                    .contains(
                            " context parameter: CONTAINRES=1: there is no such variable; did you mean CONTAINERS?\n");
        }
    }

    @Test
    void stopsWithTheServer() throws IOException {
        Map<String, String> environment = Map.of("SOCKET_PATH", docker.socket().toString());
        try (DeployedWar other = deploy(folder, environment, Map.of("CONTAINERS", "1"));
                RawClient stream = RawClient.connect(other.port())) {
            assertThat(stream.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200 ");

            other.stop();

            assertThat(stream.readToEnd()).as("the stream ends, too").isEmpty();
            assertThat(other.log()).containsPattern(" allow section GET /events SystemEvents 200 ");
        }
    }
}
