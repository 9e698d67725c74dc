package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.usage.file.LedgerFile;

class CommandLineTest {
    record Ran(int exitCode, String out, String err) {}

    @TempDir
    static Path shared;

    private static FakeDaemon daemon;

    @BeforeAll
    static void startDaemon() throws IOException {
        daemon = FakeDaemon.answering(shared, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
    }

    @AfterAll
    static void stopDaemon() throws IOException {
        daemon.close();
    }

    /** Runs {@code check} with an answering daemon. */
    private static Ran check(Map<String, String> environment, String... options) {
        Map<String, String> complete = new HashMap<>(environment);
        complete.put("DOCKER_HOST", daemon.host());
        return run(
                complete, Stream.concat(Stream.of("check"), Stream.of(options)).toArray(String[]::new));
    }

    static Ran run(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = new CommandLine(
                        environment,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(arguments);
        return new Ran(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void checkNamesATriedPolicyThatCannotBeUsed() {
        assertThat(check(Map.of("SHADOW_POLICY", "/none.yaml")).out)
                .contains("NOTE    SHADOW_POLICY=/none.yaml cannot be used, so no policy is tried: ");
    }

    @Test
    void checkAsJsonNamesTheProtectedContainer() {
        assertThat(check(Map.of("SELF_CONTAINER", "guard"), "--json").out).contains("""
                  "self" : {
                    "protected" : true,
                    "container" : "guard"
                  },
                """);
        assertThat(check(Map.of("SELF_CONTAINER", "guard", "PROTECT_SELF", "0"), "--json").out)
                .contains("\"protected\" : false");
    }

    @Test
    void checkPrintsTheDecisionForEachOperation() {
        Ran ran = check(Map.of("ALLOW_RESTARTS", "1"), "--all");

        assertThat(ran.exitCode).isZero();
        assertThat(ran.out.lines().filter(line -> line.startsWith("allow ") || line.startsWith("deny ")))
                .hasSize(OperationCatalogue.load().operations().size());
        assertThat(ran.out)
                .containsPattern("allow  POST /containers/\\{id}/restart +ContainerRestart +by ALLOW_RESTARTS\n");
        assertThat(ran.out).containsPattern("deny   GET /containers/json +ContainerList +set CONTAINERS=1\n");
        assertThat(ran.out).containsPattern("deny   GET /debug/vars +DebugVars +never\n");
        assertThat(ran.out)
                .contains("DANGER  EVENTS: shows names and labels as they happen; shows exec command lines\n");
    }

    @Test
    void checkPrintsTheVerdictFirstAndThenAllowedOperationsByDanger() {
        Map<String, String> environment = Map.of("CONTAINERS", "1", "ALLOW_RESTARTS", "1");
        String hash =
                run(environment, "check", "--fail-on", "root").out.replaceFirst("PASS    policy (\\w+):.*\n", "$1");

        assertThat(check(environment).out.replaceAll("(?m)^allow +\\S+ \\S+ +(\\S+).*", "$1"))
                .startsWith("""
                        RISK    Can a client become root on the host? No, but it can read secrets (ContainerInspect by \
                        CONTAINERS=1), stop or delete what others use (ContainerStop by ALLOW_RESTARTS=1).
                        POLICY  %s allows 20 of %s operations; --all prints the denied ones too
                        LEVEL   secrets: with these a client can read secrets or files
                        ContainerList
                        ContainerInspect
                        LEVEL   limited: with these a client can stop or delete what others use, or change networks
                        ContainerStop
                        ContainerRestart
                        ContainerKill
                        ContainerKillLibpod
                        ContainerRestartLibpod
                        ContainerStopLibpod
                        PodKillLibpod
                        PodRestartLibpod
                        PodStopLibpod
                        LEVEL   none: with these a client can do none of this
                        SystemPing
                        """.formatted(
                                hash, OperationCatalogue.load().operations().size()))
                .contains("\nSystemVersionLibpod\nDANGER ");
        assertThat(check(environment, "--json").out).contains("\"hash\" : \"" + hash + "\"");
    }

    /** The levels are those of the rules in force. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=1 POST=1                             | ContainerCreate | root",
                "CONTAINERS=1 POST=1 CREATE=safe ALLOW_LOGS=1    | ContainerCreate | secrets",
                "CONTAINERS=1 POST=1 EXEC=1                      | ContainerExec   | indirect",
                "CONTAINERS=1 POST=1 EXEC=1 EXEC_ALLOW=id        | ContainerExec   | none",
                "CONTAINERS=1 POST=1 EXEC=1 EXEC_OPTIONS=privileged EXEC_ALLOW=id | ContainerExec | root",
                "CONTAINERS=1 MASK=env,args                      | ContainerInspect | none",
                "CONTAINERS=1                                    | ContainerInspect | secrets",
            })
    void checkGroupsByTheDangerThatIsLeft(String settings, String operation, String level) {
        Map<String, String> environment = new HashMap<>();
        for (String setting : settings.split(" ")) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }

        assertThat(check(environment).out)
                .containsPattern("LEVEL   " + level + ":.*\n(allow .*\n)*allow .* " + operation + " ");
    }

    @Test
    void checkNamesVariablesThatHaveNoEffect() {
        assertThat(check(Map.of("EXEC", "1")).out)
                .endsWith("NOTE    EXEC=1 has no effect without CONTAINERS=1 and POST=1\n");
    }

    /** Without a daemon: on Podman such a policy would deny all its binds. */
    @Test
    void checkSaysThatBindsBelowAPathNeedVolumes() {
        Map<String, String> settings = Map.of("CREATE", "safe", "BINDS", "/srv/a/**,/srv/b");
        Map<String, String> unprotected = new HashMap<>(settings);
        unprotected.put("CREATE_ALLOW", "binds-unprotected");

        assertThat(check(settings).out)
                .contains("NOTE    containers get what is below BINDS=/srv/a/** through volumes of this proxy")
                .contains("need CREATE_ALLOW=binds-unprotected");
        assertThat(check(unprotected).out)
                .contains("CREATE  BINDS=/srv/a/**: containers write this path of the host; a symbolic link below it")
                .doesNotContain("through volumes");
    }

    @Test
    void checkSaysWhenLearningEnds() {
        assertThat(check(Map.of("MODE", "learn", "LEARN_UNTIL", "2999-01-01T00:00:00Z")).out)
                .contains(
                        "NOTE    learning ends at 2999-01-01T00:00:00Z by LEARN_UNTIL, and a restart does not extend it\n");
        assertThat(check(Map.of("MODE", "learn", "LEARN_UNTIL", "1999-01-01T00:00:00Z")).out)
                .contains("NOTE    MODE=learn has no effect: learning ended at 1999-01-01T00:00:00Z by LEARN_UNTIL.");
        assertThat(check(Map.of("MODE", "learn")).out).contains("NOTE    EACH RESTART STARTS THE LEARNING TIME AGAIN");
        assertThat(check(Map.of("LEARN_UNTIL", "2999-01-01T00:00:00Z")).out).doesNotContain("learning");
    }

    @Test
    void checkReadsTheEndOfLearningFromTheLedgerAndWritesNothing(@TempDir Path folder) throws Exception {
        Path ledger = folder.resolve("ledger.json");
        Map<String, String> environment = Map.of("MODE", "learn", "LEARN_FOR", "2h", "LEDGER", ledger.toString());
        assertThat(check(environment).out)
                .contains(
                        "NOTE    learning ends 2h after the start; LEDGER keeps its begin, and a restart does not extend it\n");
        assertThat(ledger).doesNotExist();

        Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        try (LedgerFile file = LedgerFile.open(ledger, begin, notice -> {})) {
            assertThat(file.keepLearningSince(begin)).isTrue();
        }
        byte[] before = Files.readAllBytes(ledger);
        assertThat(check(environment).out)
                .contains("NOTE    learning ends at " + begin.plus(Duration.ofHours(2))
                        + " by LEDGER, and a restart does not extend it\n");
        assertThat(ledger).hasBinaryContent(before);
    }

    @Test
    void checkPrintsJson() throws Exception {
        Ran ran = check(Map.of("EXEC", "1", "MODE", "learn", "LEARN_UNTIL", "2999-01-01T00:00:00Z"), "--json");

        assertThat(ran.exitCode).isZero();
        assertThat(isJson(ran.out)).isTrue();
        assertThat(ran.out)
                .contains("\"operations\"", "\"learning ends at 2999-01-01T00:00:00Z by LEARN_UNTIL,", "\"EXEC=1 ");
    }

    @Test
    void checkReportsAnUnreachableDaemonWithExitCode3() {
        for (String option : List.of("", "--json")) {
            Ran ran = run(
                    Map.of("SOCKET_PATH", shared.toString(), "CONTAINERS", "1"),
                    Stream.of("check", option).filter(word -> !word.isEmpty()).toArray(String[]::new));

            assertThat(ran.exitCode).isEqualTo(3);
            assertThat(ran.out).contains("ContainerList");
            assertThat(ran.err)
                    .isEqualTo("docker-socket-proxy: the daemon at unix://" + shared
                            + " does not answer: this is a directory."
                            + " Docker creates one if the socket to mount does not exist: remove it, start the daemon,"
                            + " and recreate this container\n");
        }
    }

    @Test
    void checkReportsAllProblems() {
        Ran ran = run(Map.of("POST", "\"1\"", "LISTEN", "nowhere"), "check");

        assertThat(ran.exitCode).isEqualTo(2);
        assertThat(ran.out).isEmpty();
        assertThat(ran.err).contains("POST=").contains("remove the quotes").contains("LISTEN=nowhere: ");
    }

    @Test
    void checkNamesMisspellings() {
        Ran ran = check(Map.of("CONTAINER", "1"));

        assertThat(ran.exitCode).isZero();
        assertThat(ran.err)
                .isEqualTo("docker-socket-proxy: CONTAINER=1: there is no such variable; did you mean CONTAINERS?\n");
    }

    @Test
    void aGateOfTheEnvironmentNamesNoProfile() {
        Map<String, String> environment = Map.of("CONTAINERS", "1", "POST", "1", "SERVCES", "1");

        assertThat(run(environment, "check", "--fail-on", "root").out)
                .isEqualTo(
                        "FAIL    root: a client can become root on the host: Yes: ContainerCreate and ContainerStart by"
                                + " CONTAINERS=1 and POST=1.\n");
        assertThat(run(environment, "check", "--fail-on", "notes").out)
                .isEqualTo("FAIL    note: SERVCES=1: there is no such variable; did you mean SERVICES?\n");
        assertThat(run(Map.of("MODE", "learn"), "check", "--fail-on", "root").exitCode)
                .isEqualTo(1);
    }

    @Test
    void envFileHasPrecedenceOverTheEnvironment(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("proxy.env"), "CONTAINERS=1\nEVENT=1\n");
        Map<String, String> environment = Map.of("CONTAINERS", "0", "ENV_FILE", file.toString());

        assertThat(run(environment, "explain", "GET", "/containers/json").exitCode)
                .isZero();
        Ran check = check(environment);
        assertThat(check.out).containsPattern("allow  GET /containers/json +ContainerList +by CONTAINERS\n");
        assertThat(check.err)
                .isEqualTo("docker-socket-proxy: " + file
                        + " line 2: EVENT=1: there is no such variable; did you mean EVENTS?\n");
    }

    @Test
    void operationsListsTheCatalogue() {
        assertThat(run(Map.of(), "operations").out.lines())
                .hasSize(OperationCatalogue.load().operations().size())
                .contains("ContainerStop\tPOST /containers/{id}/stop\tCONTAINERS and POST, or alone ALLOW_STOP or"
                        + " ALLOW_RESTARTS\tstops container gracefully, kills after timeout");
    }

    static boolean isJson(String text) throws java.io.IOException {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            while (parser.nextToken() != null) {
                // throws on invalid JSON
            }
            return true;
        }
    }
}
