package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.HostConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.socketproxy.command.CommandLine;
import org.socketproxy.testing.Browser;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DockerJava;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDaemon;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;

/**
 * Allows a client only by the instructions of the proxy, and tries it again after each, until it works: from the page the hint of
 * the newest denial, else its first alternative; the response; or the suggestion. {@code check --fail-on root} must accept the
 * result.
 */
@Tag("thorough")
class NewcomerIT {
    private static final String CONTAINER = "newcomer";
    private static final int MAX_ATTEMPTS = 10;

    private static final Pattern GRANT = Pattern.compile("\\b([A-Z_]+)=(1|safe)\\b");
    private static final Pattern LINE = Pattern.compile("(?m)^([A-Z_]+)=(.+)$");

    private static final String COMPOSE = """
            name: newcomer
            services:
              web:
                image: busybox:local
                command: sleep 1000
                stop_grace_period: 0s
                networks: [front]
                volumes: ["./site:/site:ro", "data:/data"]
            networks: {front: {}}
            volumes: {data: {}}
            """;

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static Browser browser;

    private final Map<String, String> added = new LinkedHashMap<>();
    private Path file;
    private ProxyProcess proxy;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        browser = Browser.start(folder.resolve("profile"));
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    private void startWithTooLittle(RealDaemon daemon) throws IOException {
        file = Files.writeString(folder.resolve("proxy.env"), "# no variables\n");
        proxy = ProxyProcess.start(daemon.socket(), Map.of("ENV_FILE", file.toString()));
        browser.driver().get(proxy.statusPage());
    }

    private void startContainer() {
        run(docker.cli(folder, Map.of()), "docker run -d --name newcomer --network none busybox:local sleep 10000");
    }

    @AfterEach
    void removeObjects() {
        if (proxy != null) {
            proxy.close();
        }
        docker.cli(folder, Map.of())
                .script(
                        "rm -f Dockerfile; docker rm -f newcomer newcomer2 || true; docker compose -p newcomer down -v -t 0");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "looks around    | docker ps && docker images && docker info          | CONTAINERS=1 IMAGES=1 INFO=1",
                "reads logs      | docker logs newcomer                               | ALLOW_LOGS=1 CONTAINERS=1",
                "restarts        | docker restart -t 0 newcomer                       | ALLOW_RESTARTS=1",
                "runs a command  | docker exec newcomer true                          | CONTAINERS=1 CREATE=safe EXEC=1 POST=1",
                "copies a file   | docker cp newcomer:/etc/passwd copied              | ALLOW_ARCHIVE=1 CONTAINERS=1",
                "runs containers | docker run --rm --network none busybox:local true  | CONTAINERS=1 CREATE=safe POST=1",
                "builds          | echo 'FROM scratch' > Dockerfile && docker build . | BUILD=1 GRPC=1 POST=1 SESSION=1",
                "composes        | docker compose up -d && docker compose down -t 0 "
                        + " | BINDS=FOLDER/site:ro CONTAINERS=1 CREATE=safe IMAGES=1 NETWORKS=1 POST=1 VOLUMES=1",
            })
    void theDockerCli(String name, String script, String expected) throws IOException {
        startContainer();
        startWithTooLittle(docker);
        Files.writeString(folder.resolve("compose.yaml"), COMPOSE);
        Cli cli = docker.cli(folder, Map.of("DOCKER_HOST", proxy.host()));

        follow(name, () -> cli.script(script).exitCode() == 0, this::readFromThePage);

        assertSettings(expected);
    }

    @Test
    void podman() throws IOException {
        RealPodman podman = RealPodman.get();
        startWithTooLittle(podman);
        Cli cli = podman.cli(folder, Map.of("DOCKER_HOST", proxy.host()));
        String script = "podman --remote run --rm --network none busybox:local true";

        follow("runs containers of Podman", () -> cli.script(script).exitCode() == 0, this::readFromThePage);

        assertSettings("CREATE=safe LIBPOD_CONTAINERS=1 LIBPOD_IMAGES=1 POST=1");
    }

    /** The requests of Traefik, without a version. */
    @Test
    void aReader() throws IOException {
        startContainer();
        startWithTooLittle(docker);
        List<String> denials = new ArrayList<>();
        Attempt requests = () -> {
            for (String target : List.of("version", "containers/json?all=1", "containers/newcomer/json", "events")) {
                try (RawClient client = RawClient.connect(proxy.port())) {
                    client.send("GET /" + target + " HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n");
                    if (!client.readHead().startsWith("HTTP/1.1 200 ")) {
                        denials.add(client.readToEnd());
                        return false;
                    }
                }
            }
            return true;
        };

        follow("reads", requests, () -> grants(denials.get(denials.size() - 1)));

        assertSettings("CONTAINERS=1");
    }

    /** Calls of a program that uses docker-java. */
    private interface Program {
        void run(DockerClient client) throws InterruptedException;
    }

    static List<Arguments> programs() {
        Program looking = client -> {
            client.listContainersCmd().exec();
            client.inspectContainerCmd(CONTAINER).exec();
            client.listImagesCmd().exec();
        };
        Program reading = client -> client.logContainerCmd(CONTAINER)
                .withStdOut(true)
                .exec(new ResultCallback.Adapter<>())
                .awaitCompletion();
        Program restarting =
                client -> client.restartContainerCmd(CONTAINER).withTimeout(0).exec();
        return List.of(
                Arguments.of("looks around", looking, "CONTAINERS=1 IMAGES=1"),
                Arguments.of("reads logs", reading, "ALLOW_LOGS=1 CONTAINERS=1"),
                Arguments.of("restarts", restarting, "ALLOW_RESTARTS=1"),
                Arguments.of("runs containers", (Program) NewcomerIT::runContainer, "CONTAINERS=1 CREATE=safe POST=1"));
    }

    private static void runContainer(DockerClient client) throws InterruptedException {
        String id = client.createContainerCmd(RealDocker.IMAGE)
                .withName("newcomer2")
                .withHostConfig(HostConfig.newHostConfig().withNetworkMode("none"))
                .withCmd("true")
                .exec()
                .getId();
        client.startContainerCmd(id).exec();
        client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode(90, TimeUnit.SECONDS);
        client.removeContainerCmd(id).exec();
    }

    @Test
    void dockerJavaBySuggestion() throws IOException {
        startWithTooLittle(docker);

        try (DockerClient client = DockerJava.client(proxy.host())) {
            follow("runs containers", () -> works(NewcomerIT::runContainer, client), this::readTheSuggestion);
        }

        assertSettings("CONTAINERS=1 CREATE=safe POST=1");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("programs")
    void dockerJava(String name, Program program, String expected) throws IOException {
        startContainer();
        startWithTooLittle(docker);

        try (DockerClient client = DockerJava.client(proxy.host())) {
            follow(name, () -> works(program, client), this::readFromThePage);
        }

        assertSettings(expected);
    }

    private static boolean works(Program program, DockerClient client) {
        try {
            program.run(client);
            return true;
        } catch (DockerException denied) {
            return false;
        } catch (InterruptedException hurried) {
            throw new IllegalStateException(hurried);
        }
    }

    private interface Attempt {
        boolean works() throws IOException;
    }

    private void follow(String what, Attempt client, Supplier<Map<String, String>> advice) throws IOException {
        int attempts = 1;
        for (; !client.works(); attempts++) {
            assertThat(attempts).as("attempts, having added %s", added).isLessThan(MAX_ATTEMPTS);
            Map<String, String> lacking = advice.get();
            assertThat(added.entrySet())
                    .as("assignments, the advice is %s", lacking)
                    .doesNotContainAnyElementsOf(lacking.entrySet());
            added.putAll(lacking);
            writeSettings();
        }
        System.out.println("NewcomerIT: a client that " + what + " needs " + added + ", attempts: " + attempts);
    }

    private void writeSettings() throws IOException {
        List<String> lines = added.entrySet().stream().map(Map.Entry::toString).toList();
        Files.write(file, lines);
        browser.await("the new policy", () -> get("policy").lines().toList().containsAll(lines));
    }

    private String get(String path) {
        try (InputStream text = URI.create(proxy.statusPage() + path).toURL().openStream()) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void assertSettings(String expected) {
        assertThat(added.entrySet())
                .extracting(Map.Entry::toString)
                .containsExactlyInAnyOrder(
                        expected.replace("FOLDER", folder.toString()).split(" "));
        assertThat(verdict(added)).startsWith("PASS ");
    }

    /** Returns what {@code check --fail-on root} prints. */
    private String verdict(Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("SOCKET_PATH", folder.resolve("none.sock").toString());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        int exitCode = new CommandLine(environment, printed, printed).run("check", "--fail-on", "root");
        return (exitCode == 0 ? "" : "exit code " + exitCode + ": ") + out.toString(StandardCharsets.UTF_8);
    }

    private Map<String, String> readFromThePage() {
        browser.await("a denial that is not allowed now", () -> !cards().isEmpty());
        WebElement newest = cards().get(0);
        return newest.findElements(By.className("hint")).stream()
                .map(WebElement::getText)
                .filter(hint -> GRANT.matcher(hint).find() && !hint.contains("PRESET="))
                .findFirst()
                .map(NewcomerIT::grants)
                .orElseGet(() -> assignments(
                        newest.findElement(By.cssSelector(".line code")).getText()));
    }

    /** Returns the lines of the suggestion that allow something. */
    private Map<String, String> readTheSuggestion() {
        Map<String, String> lacking = new HashMap<>();
        browser.await(
                "a suggestion that counts the denial",
                () -> { // it is counted after its response
                    lacking.putAll(assignments(get("suggest")));
                    lacking.values().removeIf("0"::equals);
                    lacking.keySet().removeAll(added.keySet());
                    return !lacking.isEmpty();
                });
        return lacking;
    }

    private static Map<String, String> grants(String sentences) {
        return GRANT.matcher(sentences)
                .results()
                .collect(Collectors.toMap(
                        grant -> grant.group(1), grant -> grant.group(2), (same, again) -> same, TreeMap::new));
    }

    private static Map<String, String> assignments(String lines) {
        return LINE.matcher(lines).results().collect(Collectors.toMap(line -> line.group(1), line -> line.group(2)));
    }

    private static List<WebElement> cards() {
        browser.driver().navigate().refresh();
        return browser.driver().findElements(By.cssSelector(".denials .denial:not(.allowed-now)"));
    }

    private static void run(Cli cli, String script) {
        Cli.Result result = cli.script(script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }
}
