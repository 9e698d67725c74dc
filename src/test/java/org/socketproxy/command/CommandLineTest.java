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
import org.socketproxy.usage.LedgerFile;

class CommandLineTest {
    private record Ran(int exitCode, String out, String err) {}

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

    private static Ran run(Map<String, String> environment, String... arguments) {
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
    void explainPrintsOperationSectionDecisionAndMissingVariables() {
        assertThat(run(Map.of("CONTAINERS", "1"), "explain", "POST", "/v1.45/containers/web/exec"))
                .isEqualTo(new Ran(1, """
                        request    POST /v1.45/containers/web/exec
                        operation  ContainerExec (POST /containers/{id}/exec): prepares command to run inside the container
                        section    CONTAINERS, on
                        decision   denied (variable-missing)
                                   ContainerExec (POST /containers/{id}/exec) is not allowed: set EXEC=1 and POST=1
                        """, ""));
    }

    @ParameterizedTest
    @CsvSource({
        "moby.buildkit.v1.frontend.LLBBridge/Solve, allowed by GRPC",
        "/moby.buildkit.v1.Control/Solve, allowed by GRPC",
        "containerd.services.content.v1.Content/Write, is never allowed",
        "moby.buildkit.v1.Control/Other, page not found",
    })
    void explainAcceptsAGrpcMethod(String method, String answer) {
        assertThat(run(Map.of("GRPC", "1", "POST", "1"), "explain", "grpc", method).out)
                .startsWith("request    POST /" + method.replaceFirst("^/", "") + "\n")
                .contains(answer);
    }

    @Test
    void explainPrintsTheVariablesThatAllowTheRequest() {
        Ran ran = run(Map.of("CONTAINERS", "1", "ALLOW_LOGS", "yes"), "explain", "GET", "/containers/web/logs");

        assertThat(ran.exitCode).isZero();
        assertThat(ran.out).contains("decision   allowed (section)\n", "allowed by CONTAINERS=1 and ALLOW_LOGS=1\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "curl http://localhost:2375/v1.45/containers/json?all=1 | GET /v1.45/containers/json?all=1",
                "curl --unix-socket /var/run/docker.sock http://localhost/_ping | GET /_ping",
                "curl -s -XPOST 'http://d/containers/a b/stop?t=1' | POST /containers/a b/stop?t=1",
                "curl --request DELETE \"http://d/containers/x?force=1\" -H 'X-Registry-Auth: a b' | DELETE /containers/x?force=1",
                "curl -d '{\"Image\":\"a\"}' -H 'Content-Type: application/json' http://d/containers/create | POST /containers/create",
                "curl -I http://d/_ping | HEAD /_ping",
                "curl -G -d filters=x http://d/images/json | GET /images/json?filters=x",
                "curl -G --data-urlencode 'filters={}' http://d/images/json?all=1 | GET /images/json?all=1&filters=%7B%7D",
                "curl --url-query t=1 -d x http://d/images/create | POST /images/create?t=1",
                "curl -GI -d a=b http://d/_ping | HEAD /_ping?a=b",
                "curl -T f.tar http://d/containers/x/archive?path=/ | PUT /containers/x/archive?path=/",
                "curl -o out --url http://d/version#frag | GET /version",
                "curl localhost:2375 | GET /",
                "curl d?a=/b | GET /?a=/b",
                "curl -sX POST http://d/containers/x/stop | POST /containers/x/stop",
                "curl -sXPOST http://d/containers/x/stop | POST /containers/x/stop",
                "curl -sSfLX DELETE http://d/containers/x | DELETE /containers/x",
                "curl -X POST -X PUT http://d/auth | PUT /auth",
                "curl -X=POST http://d/auth | =POST /auth",
                "curl -XGET -d '{}' http://d/auth | GET /auth",
                "curl -sd '{}' http://d/auth | POST /auth",
                "curl -d- http://d/auth | POST /auth",
                "curl -d -X http://d/auth | POST /auth",
                "curl -d @body.json http://d/auth | POST /auth",
                "curl -F file=@x http://d/build | POST /build",
                "curl -H'X-Registry-Auth: a' -so/dev/null http://d/info | GET /info",
                "curl -sm5 -w '%{http_code}' -u me:secret http://d/info | GET /info",
                "curl -sTf.tar http://d/containers/x/archive | PUT /containers/x/archive",
                "curl -i --include --no-silent --buffer --no-buffer --fail-with-body http://d/events | GET /events",
                "curl http://d/auth -sX POST | POST /auth",
                "curl -s -- http://d/info | GET /info",
            })
    void explainAcceptsACurlLine(String line, String request) {
        assertThat(run(Map.of(), "explain", line).out).startsWith("request    " + request + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "curl -s | this curl line contains no URL",
                "curl -sX | curl would reject this line: Missing required parameter for option '--request'",
                "curl --request=POST http://d/auth | curl would reject this line: Unknown option: '--request=POST'",
                "curl --frobnicate http://d/auth | curl would reject this line: Unknown option: '--frobnicate'",
                "curl http://d/auth http://d/info | this curl line sends more than one request; use one URL",
                "curl http://d/auth --url http://d/info | this curl line sends more than one request; use one URL",
                "curl http://d/auth --next -X POST http://d/info | this curl line sends more than one request",
                "curl -G -d @file http://d/info | this curl line reads the query from a file; write the query into the URL",
            })
    void curlLineWithoutExactlyOneRequestIsRejected(String line, String sentence) {
        Ran ran = run(Map.of(), "explain", line);

        assertThat(ran.exitCode).isEqualTo(2);
        assertThat(ran.out).isEmpty();
        assertThat(ran.err).startsWith("docker-socket-proxy: " + sentence);
    }

    @Test
    void explainAcceptsLineContinuations() {
        assertThat(run(Map.of(), "explain", "curl -s \\\n  -X POST \\\n  http://d/auth").out)
                .startsWith("request    POST /auth\n");
    }

    @Test
    void explainReadsNoFilesOfArguments() {
        assertThat(run(Map.of(), "explain", "curl", "-d", "@/etc/hostname", "http://d/auth").out)
                .startsWith("request    POST /auth\n");
    }

    @Test
    void explainAcceptsCurlAsSeparateArguments() {
        assertThat(run(Map.of(), "explain", "curl", "-X", "POST", "--json", "{}", "http://d/auth").out)
                .startsWith("request    POST /auth\n");
    }

    @Test
    void explainDeniesRequestsOfWebPages() {
        Ran ran = run(Map.of("CONTAINERS", "1"), "explain", "curl -H 'Origin: http://evil' http://d/containers/json");

        assertThat(ran.exitCode).isEqualTo(1);
        assertThat(ran.out).contains("denied (browser)");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /nonsense, unlisted",
        "GET, /debug/vars, never",
        "GET, /%61, target-escape",
        "GET, containers, target-form",
    })
    void explainPrintsTheReasonIfNoVariableAllowsTheRequest(String method, String target, String reason) {
        Ran ran = run(Map.of(), "explain", method, target);

        assertThat(ran.exitCode).isEqualTo(1);
        assertThat(ran.out).contains("decision   denied (" + reason + ")");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST /images/x/push?destination=oci-archive:/etc/x | parameter-path",
                "POST /v1.23/containers/x/start | version-too-old",
                "curl -d '{}' http://d/containers/x/start | form-body",
                "curl -d '' http://d/containers/x/start | section",
                "curl -d '{}' -H 'Content-Type: text/plain' http://d/containers/x/start | section",
                "curl --json {} http://d/containers/x/start | section",
                "curl -d {} -d {} -H 'Content-Type: text/plain' http://d/containers/x/start | body-refused",
                "curl -d @x -H 'Content-Type: text/plain' http://d/containers/x/start | body-refused",
                "curl --data-urlencode é -H 'Content-Type: text/plain' http://d/containers/x/start | body-refused",
                "curl -F a=b http://d/containers/x/start | form-body",
                "curl --json {} -H 'Transfer-Encoding: chunked' http://d/containers/x/start | body-refused",
                "curl --json 'é1' http://d/containers/x/start | body-refused",
                "curl -X POST -H 'Transfer-Encoding: chunked' http://d/containers/x/start | body-refused",
                "curl -X POST -H 'content-length: 3' http://d/containers/x/start | body-refused",
                "curl -X POST -H 'Content-Length: 0' http://d/containers/x/start | section",
                "curl -X POST http://d/containers/x/start | section",
                "curl -d x=y http://d/images/create?fromSrc=- | form-body",
                "curl -H 'Origin: http://d:2375' http://d:2375/containers/x/attach/ws | section",
                "curl -H 'Origin: http://d:2375' http://e:2375/containers/x/attach/ws | browser",
                "curl -H 'Host: d' -H 'Origin: http://d' http://127.0.0.1/containers/x/attach/ws | section",
            })
    void explainChecksParametersHeadersAndBody(String request, String reason) {
        Ran ran = run(
                Map.of("CONTAINERS", "1", "IMAGES", "1", "POST", "1"),
                request.startsWith("curl ") ? new String[] {"explain", request} : ("explain " + request).split(" "));

        assertThat(ran.out).contains(" (" + reason + ")\n");
    }

    @Test
    void explainPrintsJson() throws Exception {
        Ran ran = run(Map.of(), "explain", "--json", "POST", "/containers/x/restart");

        assertThat(ran.exitCode).isEqualTo(1);
        assertThat(isJson(ran.out)).isTrue();
        assertThat(ran.out)
                .contains("\"operation\" : \"ContainerRestart\"", "\"allowed\" : false", "\"ALLOW_RESTARTS\"");
    }

    @Test
    void invalidRequestIsAnsweredWithAnExample() {
        Ran ran = run(Map.of(), "explain", "POST");

        assertThat(ran.exitCode).isEqualTo(2);
        assertThat(ran.err).contains("use a method and a target, such as: explain POST /v1.45/containers/web/exec");
    }

    @Test
    void checkPrintsTheDecisionForEachOperation() {
        Ran ran = check(Map.of("ALLOW_RESTARTS", "1"));

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
    void checkNamesVariablesThatHaveNoEffect() {
        assertThat(check(Map.of("EXEC", "1")).out)
                .endsWith("NOTE    EXEC=1 has no effect without CONTAINERS=1 and POST=1\n");
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
                    Map.of("SOCKET_PATH", shared.toString()),
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

    private static boolean isJson(String text) throws java.io.IOException {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            while (parser.nextToken() != null) {
                // throws on invalid JSON
            }
            return true;
        }
    }
}
