package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.DockerJava;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** The recipes of {@code docs/create.md}: their settings are read from the page, and do on a real dockerd what the page says. */
class RecipesIT {
    private static final String EXAMPLE = "admin-recipes-it";
    private static final Map<String, String> LABELS = Map.of("recipes-it", "1");

    private static final Map<String, String> RECIPES = recipes();
    private static final Map<String, ProxyUnderTest> PROXIES = new HashMap<>();

    @TempDir
    static Path folder;

    private static RealDocker docker;

    record Claim(String recipe, String outcome, String script) {}

    /** The settings by the name of the recipe. */
    private static Map<String, String> recipes() {
        try {
            List<String> page = Files.readAllLines(Path.of("docs/create.md"));
            Map<String, String> recipes = new LinkedHashMap<>();
            page.subList(page.indexOf("## Recipes"), page.indexOf("## What is judged")).stream()
                    .filter(line -> line.contains("| `"))
                    .map(line -> line.split(" *\\| *`?|` *\\| *"))
                    .forEach(cells ->
                            recipes.put(cells[1], cells[2].replace("`", "").replace(" |", "")));
            return recipes;
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }

    @BeforeAll
    static void start() throws IOException {
        docker = RealDocker.get();
        direct("docker tag busybox:local registry.local/app:1; docker tag busybox:local registry.local/sandbox/app:1");
        Cli.Result made =
                direct("docker run -d --name " + EXAMPLE + " --network none --privileged busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        compose(
                "good",
                "    ports: ['8123:80']\n    volumes: ['" + folder + ":/app', 'data:/data']\n",
                "volumes: {data: {}}\n");
        compose("port", "    ports: ['80:80']\n", "");
        compose("bind", "    volumes: ['/etc:/app:ro']\n", "");
        compose("privileged", "    privileged: true\n", "");
    }

    private static void compose(String name, String service, String rest) throws IOException {
        Files.writeString(
                folder.resolve(name + ".yaml"),
                "services:\n  web:\n    image: busybox:local\n    pull_policy: never\n    command: sleep 1000\n"
                        + service + rest);
    }

    @AfterAll
    static void stop() {
        PROXIES.values().forEach(ProxyUnderTest::close);
        if (docker != null) {
            direct("docker rm -f " + EXAMPLE + " watchtower-recipes-it; docker-compose -f " + folder
                    + "/good.yaml -p recipes down -v -t 0; docker ps -aq --filter label=recipes-it | xargs -r docker rm -fv;"
                    + " docker network rm recipes-it; docker volume rm ci-recipes-it;"
                    + " docker rmi registry.local/app:1 registry.local/sandbox/app:1");
        }
    }

    private static Cli.Result direct(String script) {
        return docker.cli(folder, Map.of()).script(script);
    }

    private static ProxyUnderTest proxy(String recipe) {
        return PROXIES.computeIfAbsent(recipe, key -> {
            String settings = RECIPES.entrySet().stream()
                    .filter(row -> row.getKey().startsWith(key))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElseThrow();
            Map<String, String> environment = new HashMap<>();
            for (String setting :
                    settings.replace("/srv/app", folder.toString()).split(" ")) {
                environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
            }
            return ProxyUnderTest.with(docker.socket(), environment);
        });
    }

    static List<Claim> claims() {
        return Corpus.lines(RecipesIT.class, "recipes.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" \\| ", 3))
                .map(cells -> new Claim(cells[0], cells[1], cells[2]))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("claims")
    void recipeDoesWhatThePageSays(Claim claim) {
        Cli.Result result = Cli.in(
                        folder,
                        Map.of(
                                "DOCKER_HOST",
                                "tcp://127.0.0.1:" + proxy(claim.recipe).port()))
                .script(claim.script.replace("FOLDER", folder.toString()).replace("EXAMPLE", EXAMPLE));

        assertThat(result.exitCode() == 0).as(result.stderr()).isEqualTo(claim.outcome.equals("allow"));
        assertThat(result.stderr())
                .containsPattern(
                        claim.outcome.equals("deny")
                                ? "CREATE=safe|CREATE_|is not allowed|is never allowed|received 403"
                                : "");
    }

    /** Watchtower with a network, as most containers have one. */
    @Test
    void watchtowerReplacesAContainer() throws Exception {
        String name = "watchtower-recipes-it";
        Cli.Result made =
                direct("docker network create recipes-it; docker run -d --privileged --network recipes-it --name "
                        + name + " registry.local/app:1 sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();

        assertThat(new WatchtowerCalls(RealDocker.get(), proxy("Watchtower")).replace(name))
                .isEmpty();

        assertThat(direct("docker inspect --format '{{.HostConfig.Privileged}} {{.State.Running}}' " + name)
                        .stdout())
                .isEqualTo("true true\n");
    }

    /** The requests of Testcontainers for Java, whose client is docker-java: begin, network, container, logs, end. */
    @Test
    void testcontainersRunsAContainer() throws Exception {
        try (DockerClient client =
                DockerJava.client("tcp://127.0.0.1:" + proxy("Testcontainers").port())) {
            client.pingCmd().exec();
            assertThat(client.infoCmd().exec().getDriver()).isNotEmpty();
            assertThat(client.versionCmd().exec().getApiVersion()).isNotEmpty();
            assertThat(client.inspectImageCmd(RealDocker.IMAGE).exec().getId()).isNotEmpty();
            String network = client.createNetworkCmd()
                    .withName("tc-recipes-it")
                    .withCheckDuplicate(true)
                    .withLabels(LABELS)
                    .exec()
                    .getId();
            String id = client.createContainerCmd(RealDocker.IMAGE)
                    .withLabels(LABELS)
                    .withCmd("sh", "-c", "echo ready; sleep 100")
                    .withExposedPorts(ExposedPort.tcp(80))
                    .withHostConfig(HostConfig.newHostConfig()
                            .withNetworkMode(network)
                            .withPortBindings(PortBinding.parse("80")))
                    .exec()
                    .getId();
            client.startContainerCmd(id).exec();
            Set<String> lines = new HashSet<>();
            client.logContainerCmd(id)
                    .withStdOut(true)
                    .withFollowStream(true)
                    .exec(new ResultCallback.Adapter<Frame>() {
                        @Override
                        public void onNext(Frame frame) {
                            lines.add(frame.toString());
                            end(this);
                        }
                    })
                    .awaitCompletion(60, TimeUnit.SECONDS);

            assertThat(lines).singleElement().asString().contains("ready");
            assertThat(client.inspectContainerCmd(id)
                            .exec()
                            .getNetworkSettings()
                            .getPorts()
                            .getBindings())
                    .hasSize(1);
            client.killContainerCmd(id).exec();
            client.removeContainerCmd(id)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
            client.removeNetworkCmd(network).exec();
        }
    }

    private static void end(ResultCallback.Adapter<Frame> callback) {
        try {
            callback.close();
        } catch (IOException impossible) {
            throw new java.io.UncheckedIOException(impossible);
        }
    }

    @Test
    void everyRecipeHasClaims() {
        assertThat(RECIPES).hasSizeGreaterThan(4);
        assertThat(RECIPES.keySet())
                .allSatisfy(recipe -> assertThat(claims())
                        .filteredOn(claim -> recipe.startsWith(claim.recipe))
                        .isNotEmpty());
    }
}
