package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealPodman;
import org.socketproxy.testing.Scenario;

/**
 * A real Podman behind the proxy: the docker CLI and {@code podman --remote} produce the same results as with Podman, and
 * they print the messages of denials.
 */
@Tag("thorough")
class PodmanIT {
    private static final String CONTAINER = "guarded";
    private static final Map<String, ProxyUnderTest> PROXIES = new HashMap<>();

    @TempDir
    static Path folder;

    private static RealPodman podman;
    private static SideBySide sideBySide;

    @BeforeAll
    static void start() {
        podman = RealPodman.get();
        sideBySide = SideBySide.start(podman);
        Cli.Result prepared = podman.cli(folder, Map.of())
                .script("podman --remote run -d --name " + CONTAINER + " --network none busybox:local sleep 600\n"
                        + "echo swordfish | podman --remote secret create " + CONTAINER + " -\n"
                        + "mkdir context && echo FROM scratch > context/Dockerfile\n"
                        + "printf 'FROM busybox:local\\nRUN echo ran in the build\\n' > context/Run\n"
                        + "printf 'apiVersion: v1\\nkind: Pod\\nmetadata: {name: p}\\nspec: {}\\n' > pod.yaml");
        assertThat(prepared.exitCode()).as(prepared.stderr()).isZero();
    }

    @AfterAll
    static void stop() {
        PROXIES.values().forEach(ProxyUnderTest::close);
        if (sideBySide != null) {
            sideBySide.close();
            podman.cli(folder, Map.of())
                    .script("podman --remote rm -f -t 0 guarded; podman --remote secret rm guarded;"
                            + " podman --remote rmi -f committed:1 built:1; podman --remote image prune -f");
        }
    }

    static Stream<Scenario> scenarios() {
        return Scenario.read(PodmanIT.class, "podman.txt");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void clientsBehaveAsWithoutTheProxy(Scenario scenario) {
        sideBySide.play(scenario);
    }

    static Stream<List<String>> commands() {
        return Corpus.lines(PodmanIT.class, "podman-variables.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of(line.split(" +\\| +")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("commands")
    void variablesAllowTheirOperationsAndDenialsNameTheMissingOnes(List<String> row) {
        Cli.Result result = cli(row.get(0)).script(row.get(1));

        assertThat((result.stdout() + result.stderr()).lines())
                .as(result.toString())
                .contains(row.get(3));
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(Integer.parseInt(row.get(2)));
    }

    private static Cli cli(String granted) {
        ProxyUnderTest proxy = PROXIES.computeIfAbsent(granted, PodmanIT::startProxy);
        return podman.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));
    }

    /** @param granted comma-separated variables, each on unless {@code =0} follows; - for none */
    private static ProxyUnderTest startProxy(String granted) {
        Map<String, String> variables = new HashMap<>();
        if (!granted.equals("-")) {
            for (String name : granted.split(",")) {
                variables.put(name.replace("=0", ""), name.endsWith("=0") ? "0" : "1");
            }
        }
        return ProxyUnderTest.with(podman.socket(), variables);
    }
}
