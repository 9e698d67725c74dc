package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.HostConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.socketproxy.testing.Browser;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DockerJava;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RealDocker;

/**
 * Allows a client only by the instructions of the status page: reads the hint of the newest denial, else its first alternative,
 * makes these assignments and tries the client again, until it works.
 */
@Tag("thorough")
class NewcomerIT {
    private static final String CONTAINER = "newcomer";
    private static final int MAX_ATTEMPTS = 10;

    private static final Pattern GRANT = Pattern.compile("\\b([A-Z_]+=(?:1|safe))\\b");

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static Browser browser;

    private final Set<String> added = new LinkedHashSet<>();
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

    @BeforeEach
    void startWithTooLittle() throws IOException {
        run(docker.cli(folder, Map.of()), "docker run -d --name newcomer --network none busybox:local sleep 10000");
        file = Files.writeString(folder.resolve("proxy.env"), "# no variables\n");
        proxy = ProxyProcess.start(docker.socket(), Map.of("ENV_FILE", file.toString()));
        browser.driver().get(proxy.statusPage());
    }

    @AfterEach
    void removeContainers() {
        if (proxy != null) {
            proxy.close();
        }
        docker.cli(folder, Map.of()).script("docker rm -f newcomer newcomer2");
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
            })
    void theDockerCli(String name, String script, String expected) throws IOException {
        Cli cli = docker.cli(folder, Map.of("DOCKER_HOST", proxy.host()));

        follow(name, () -> cli.script(script).exitCode() == 0);

        assertThat(added).containsExactlyInAnyOrder(expected.split(" "));
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
        Program running = client -> {
            String id = client.createContainerCmd(RealDocker.IMAGE)
                    .withName("newcomer2")
                    .withHostConfig(HostConfig.newHostConfig().withNetworkMode("none"))
                    .withCmd("true")
                    .exec()
                    .getId();
            client.startContainerCmd(id).exec();
            client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode(90, TimeUnit.SECONDS);
            client.removeContainerCmd(id).exec();
        };
        return List.of(
                Arguments.of("looks around", looking, "CONTAINERS=1 IMAGES=1"),
                Arguments.of("reads logs", reading, "ALLOW_LOGS=1 CONTAINERS=1"),
                Arguments.of("restarts", restarting, "ALLOW_RESTARTS=1"),
                Arguments.of("runs containers", running, "CONTAINERS=1 CREATE=safe POST=1"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("programs")
    void dockerJava(String name, Program program, String expected) throws IOException {
        try (DockerClient client = DockerJava.client(proxy.host())) {
            follow(name, () -> works(program, client));
        }

        assertThat(added).containsExactlyInAnyOrder(expected.split(" "));
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
        boolean works();
    }

    private void follow(String what, Attempt client) throws IOException {
        int attempts = 1;
        for (; !client.works(); attempts++) {
            assertThat(attempts).as("attempts, having added %s", added).isLessThan(MAX_ATTEMPTS);
            Set<String> lacking = readFromThePage();
            assertThat(added).as("assignments that the page names again").doesNotContainAnyElementsOf(lacking);
            added.addAll(lacking);
            Files.writeString(file, String.join("\n", added) + "\n");
            String variable = lacking.stream()
                    .filter(each -> each.endsWith("=1"))
                    .findFirst()
                    .orElseThrow()
                    .replace("=1", "");
            browser.await("the new policy", () -> log().contains("+" + variable));
        }
        System.out.println("NewcomerIT: a client that " + what + " needs " + added + ", attempts: " + attempts);
    }

    private String log() {
        return proxy.stderr();
    }

    private Set<String> readFromThePage() {
        browser.await("a denial that is not allowed now", () -> !cards().isEmpty());
        WebElement newest = cards().get(0);
        String words = newest.findElements(By.className("hint")).stream()
                .map(WebElement::getText)
                .filter(hint -> GRANT.matcher(hint).find() && !hint.contains("PRESET="))
                .findFirst()
                .orElseGet(
                        () -> newest.findElement(By.cssSelector(".line code")).getText());
        Set<String> lacking = new TreeSet<>();
        GRANT.matcher(words)
                .results()
                .map((MatchResult grant) -> grant.group(1))
                .forEach(lacking::add);
        return lacking;
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
