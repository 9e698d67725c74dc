package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** The docker CLI prints the denial message, also when it uploads 200 MB. */
class DenialIT {
    private static final String CONTAINER = "denied";
    private static final String PREFIX = "Error response from daemon: socket-proxy: ";
    /** Repetitions, because the CLI may see the response or its broken upload connection first. */
    private static final int UPLOADS = 5;

    private static final Map<String, ProxyProcess> PROXIES = new HashMap<>();

    @TempDir
    static Path folder;

    private static RealDocker docker;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        Cli.Result prepared = docker.cli(folder, Map.of())
                .script("docker run -d --name " + CONTAINER + " --network none " + RealDocker.IMAGE + " sleep 600\n"
                        + "mkdir context && echo FROM scratch > context/Dockerfile\n"
                        + "truncate -s 200M big && ln big context/big");
        assertThat(prepared.exitCode()).as(prepared.stderr()).isZero();
    }

    @AfterAll
    static void stop() {
        PROXIES.values().forEach(ProxyProcess::close);
        if (docker != null) {
            docker.cli(folder, Map.of()).run("docker", "rm", "-f", CONTAINER);
        }
    }

    /**
     * Runs the docker CLI with a proxy.
     *
     * @param granted comma-separated variables, each on unless {@code =0} follows; - for none
     */
    private static Cli cli(String granted) {
        ProxyProcess proxy = PROXIES.computeIfAbsent(granted, DenialIT::startProxy);
        return docker.cli(folder, Map.of("DOCKER_HOST", proxy.host()));
    }

    private static ProxyProcess startProxy(String granted) {
        Map<String, String> variables = new HashMap<>();
        if (!granted.equals("-")) {
            for (String name : granted.split(",")) {
                variables.put(name.replace("=0", ""), name.endsWith("=0") ? "0" : "1");
            }
        }
        return ProxyProcess.start(docker.socket(), variables);
    }

    static Stream<List<String>> commands() {
        return Corpus.lines(DenialIT.class, "denials.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of(line.split(" \\| ")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("commands")
    void deniedCommandPrintsTheVariablesThatAllowIt(List<String> row) {
        Cli.Result result = cli(row.get(0)).run(row.get(1).split(" "));

        assertThat(result.stderr().lines()).contains(row.get(3));
        assertThat(result.exitCode()).isEqualTo(Integer.parseInt(row.get(2)));
    }

    @Test
    void denialIsExactlyOneLine() {
        Cli.Result result = cli("-").run("docker", "ps");

        assertThat(result)
                .isEqualTo(new Cli.Result(
                        1, "", PREFIX + "ContainerList (GET /containers/json) is not allowed: set CONTAINERS=1\n"));
    }

    /** The ping of the CLI is a request too. */
    @Test
    void commandBeyondTheRateOfItsProfilePrintsTheLimit() throws Exception {
        Path policy = Files.writeString(folder.resolve("rate.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.1}]
                    variables: {CONTAINERS: 1}
                    max: {requests: 1/m, burst: 4}
                """);
        try (ProxyUnderTest proxy = ProxyUnderTest.with(docker.socket(), Map.of("POLICY", policy.toString()))) {
            Cli cli = docker.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));

            assertThat(cli.run("docker", "ps")).extracting(Cli.Result::exitCode).isEqualTo(0);
            Cli.Result refused = cli.run("sh", "-c", "docker ps >/dev/null 2>&1; docker ps");
            assertThat(refused.exitCode()).isOne();
            assertThat(refused.stderr())
                    .matches(
                            PREFIX + "the limit of requests of this profile \\(1/m, burst 4\\) is reached; wait \\d+ s,"
                                    + " or set max.requests or max.burst higher \\(profile ci: rate.yaml line 5\\)\n");
        }
    }

    @RepeatedTest(UPLOADS)
    void deniedLoadPrintsItsMessage() {
        Cli.Result result = cli("-").run("docker", "load", "-i", "big");

        assertDenied(result, "ImageLoad (POST /images/load) is not allowed: set IMAGES=1 and POST=1");
    }

    @RepeatedTest(UPLOADS)
    void deniedCopyPrintsItsMessage() {
        Cli.Result result = cli("CONTAINERS,ALLOW_ARCHIVE").run("docker", "cp", "big", CONTAINER + ":/tmp/big");

        assertDenied(
                result,
                "PutContainerArchive (PUT /containers/{id}/archive) is not allowed: set CREATE=safe and"
                        + " POST=1 (POST=1 alone: root on the host)");
    }

    @RepeatedTest(UPLOADS)
    void deniedClassicBuildPrintsItsMessage() {
        Cli.Result result = cli("-").run("env", "DOCKER_BUILDKIT=0", "docker", "build", "context");

        assertDenied(result, "ImageBuild (POST /build) is not allowed: set BUILD=1 and POST=1");
    }

    private static void assertDenied(Cli.Result result, String sentence) {
        assertThat(result.stderr().lines()).contains(PREFIX + sentence);
        assertThat(result.stderr())
                .doesNotContainIgnoringCase("reset")
                .doesNotContainIgnoringCase("broken pipe")
                .doesNotContain("EOF");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    @Test
    void buildxFallsBackToAnotherDriverWithoutTheBuildKitApi() {
        Cli.Result result = cli("BUILD,SESSION,POST").run("docker", "buildx", "inspect");

        assertThat(result.stdout()).containsPattern("Driver: +docker-container");
    }
}
