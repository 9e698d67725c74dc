package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/** Builds of real clients have the same result directly and through the proxy, which ends each of their gRPC calls. */
@Tag("thorough")
class GrpcIT {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String FUNCTIONS = """
            export BUILDKIT_PROGRESS=plain BUILDX_NO_DEFAULT_ATTESTATIONS=1
            dockerfile() { printf "$1" > Dockerfile; }
            """;
    private static final String SLOW = "printf 'FROM busybox:local\\nRUN echo started && sleep NUMBER\\n' > Dockerfile;"
            + " exec docker buildx build --progress plain --network none .";

    @TempDir
    Path folder;

    private final RealDocker docker = RealDocker.get();
    private final ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(docker.socket());

    /** A command and its exit code. */
    record Command(int exitCode, String script) {
        @Override
        public String toString() {
            return script;
        }
    }

    static Stream<Command> commands() {
        return Corpus.lines(GrpcIT.class, "grpc-commands.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" \\| ", 2))
                .map(cells -> new Command(Integer.parseInt(cells[0]), cells[1]));
    }

    @BeforeEach
    void clear() {
        docker.cli(folder, Map.of())
                .script("docker images -q 'grpc-it/*' | sort -u | xargs -r docker rmi -f; docker builder prune -af");
    }

    @AfterEach
    void stop() {
        clear();
        proxy.close();
    }

    private Cli client(String host, String name) throws IOException {
        return Cli.in(Files.createDirectories(folder.resolve(name)), Map.of("DOCKER_HOST", host, "LC_ALL", "C"));
    }

    private String proxied() {
        return "tcp://127.0.0.1:" + proxy.port();
    }

    private static Cli.Result run(Cli cli, Command command) {
        return cli.script(FUNCTIONS + "rm -rf work && mkdir work && cd work && echo hello > f\n"
                + command.script().replace("BUILD ", "docker buildx build --network none "));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandHasTheSameResult(Command command) throws Exception {
        Cli.Result direct = run(client(docker.host(), "direct"), command);
        clear();
        Cli.Result through = run(client(proxied(), "proxied"), command);

        assertThat(direct.exitCode()).as(direct.toString()).isEqualTo(command.exitCode());
        assertThat(through.exitCode()).as(through.toString()).isEqualTo(direct.exitCode());
        assertThat(lines(through.stdout())).isEqualTo(lines(direct.stdout()));
        assertThat(lines(through.stderr())).isEqualTo(lines(direct.stderr()));
        assertNothingIsOpen();
    }

    /** Returns the lines without times, ids and numbers of steps, in an order of their own: steps run at the same time. */
    private static SortedSet<String> lines(String output) {
        return output.lines()
                .map(line -> line.replaceAll("^#\\d+ ", "# ")
                        .replaceAll("\\d+\\.\\d+( done|s)?\\b", "<time>")
                        .replaceAll("\\b([0-9a-f]{64}|[0-9a-z]{25})\\b", "<id>")
                        .replaceAll("\\d+ (seconds?|minutes?) ago|Less than a second ago", "<age>")
                        .replaceAll("\\b\\d+(\\.\\d+)?\\s?k?[MGT]?i?B\\b", "<size>")
                        .replaceAll("/\\S*/(direct|proxied)/", "<folder>/")
                        .replaceAll("(tcp|unix)://\\S+", "<host>")
                        .replaceAll("<(id|size|time)>( done|\\s|/|\\*)*", "<> ")
                        .replaceAll("( <>| done)* *$", "")
                        .replaceAll("^# \\[[a-z]\\d?(?=[] ])", "# [t")) // a step of several targets has the name of one
                .filter(line -> !line.matches("# (transferring|sha256:|resolve|extracting|\\.\\.\\.).*|# ?"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void assertNothingIsOpen() throws InterruptedException {
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
    }

    @Test
    void buildxNeedsNoBuild() throws Exception {
        Map<String, String> settings = Map.of("SESSION", "1", "GRPC", "1", "POST", "1");
        try (ProxyUnderTest few = ProxyUnderTest.with(docker.socket(), settings)) {
            Cli.Result built = run(
                    client("tcp://127.0.0.1:" + few.port(), "few"),
                    commands().findFirst().orElseThrow());

            assertThat(built.exitCode()).as(built.toString()).isZero();
        }
    }

    @Test
    void twoClientsBuildAtOnce() throws Exception {
        Command command = commands().findFirst().orElseThrow();
        Cli first = client(proxied(), "first");
        Cli second = client(proxied(), "second");
        Cli.Result[] results = new Cli.Result[2];
        Thread other = new Thread(() -> results[1] = run(second, command));
        other.start();
        results[0] = run(first, command);
        other.join();

        assertThat(List.of(results[0].exitCode(), results[1].exitCode()))
                .as(results[0] + " " + results[1])
                .containsExactly(0, 0);
        assertNothingIsOpen();
    }

    /** SIGINT cancels the build, and so does the end of the client by SIGKILL: the daemon ends the step. */
    @ParameterizedTest
    @ValueSource(strings = {"INT", "KILL"})
    void endOfTheClientEndsTheStep(String signal) throws Exception {
        int direct = signalled(client(docker.host(), "direct"), signal, "97531");
        int through = signalled(client(proxied(), "proxied"), signal, "97532");

        assertThat(through).isEqualTo(direct).isNotZero();
        assertNothingIsOpen();
    }

    private int signalled(Cli cli, String signal, String number) throws Exception {
        try (Cli.Running build = cli.start("bash", "-c", SLOW.replace("NUMBER", number))) {
            build.awaitUntil("the step runs", LIMIT, () -> build.stderr().matches("(?s).*# ?\\S+ \\S+ started.*"));
            assertThat(ProcessResources.await(() -> isRunning(number))).isTrue();
            cli.run("bash", "-c", "kill -" + signal + " " + build.pid() + " $(pgrep -P " + build.pid() + ")");
            int exitCode = build.await(LIMIT).exitCode();
            assertThat(ProcessResources.await(() -> !isRunning(number))).isTrue();
            return exitCode;
        }
    }

    private static boolean isRunning(String number) {
        return ProcessHandle.allProcesses()
                .flatMap(process -> process.info().arguments().stream())
                .anyMatch(arguments -> arguments.length == 1 && arguments[0].equals(number));
    }

    @Test
    void clientEndsWithTheDaemon() throws Exception {
        Cli.Result direct = withoutDaemon(false);
        Cli.Result through = withoutDaemon(true);

        assertThat(through.exitCode())
                .as(through.toString())
                .isEqualTo(direct.exitCode())
                .isNotZero();
        assertThat(direct.stderr()).contains("Unavailable");
        assertThat(through.stderr()).contains("Unavailable");
    }

    private Cli.Result withoutDaemon(boolean isProxied) throws Exception {
        try (RestartableDocker mortal = RestartableDocker.start()) {
            mortal.awaitReady();
            String host = "unix://" + mortal.socket();
            RealDocker.makeImage(client(host, "image" + isProxied));
            try (ProxyUnderTest before = ProxyUnderTest.allowingEverything(mortal.socket());
                    Cli.Running build = client(
                                    isProxied ? "tcp://127.0.0.1:" + before.port() : host, "mortal" + isProxied)
                            .start("bash", "-c", SLOW.replace("NUMBER", "97"))) {
                build.awaitUntil("the step runs", LIMIT, () -> build.stderr().matches("(?s).*# ?\\S+ \\S+ started.*"));
                mortal.kill();
                Cli.Result result = build.await(LIMIT);
                assertThat(ProcessResources.await(() -> before.openExchanges() == 0))
                        .isTrue();
                return result;
            }
        }
    }
}
