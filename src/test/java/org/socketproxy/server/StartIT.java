package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.socketproxy.server.Program.get;
import static org.socketproxy.server.Program.isRoot;
import static org.socketproxy.server.Program.with;
import static org.socketproxy.server.StartRefusedIT.assertRefused;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.FakeDaemon;

/** The program as a user starts it: its output and its exit code. */
class StartIT {
    private static final String PORT = ":[1-9]\\d*";

    private static final String PONG = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path temp;

    @Test
    void startReportContainsAddressesDaemonAndGrantedVariables() throws Exception {
        Map<String, String> environment = with(
                "LISTEN", "tcp://127.0.0.1:0,tcp://:0",
                "STATUS_LISTEN", "tcp://127.0.0.1:0",
                "SOCKET_PATH", "/run/some/docker.sock",
                "EVENTS", "no",
                "EXEC", "yes",
                "ALLOW_RESTARTS", "1");

        Program.Outcome outcome = startAndStop(environment);

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line).matches("docker-socket-proxy \\d+\\.\\d+\\.\\d+.*"),
                        line -> assertThat(line).matches("  listening    tcp://127\\.0\\.0\\.1" + PORT),
                        line -> assertThat(line).matches("  listening    tcp://" + PORT),
                        line -> assertThat(line).isEqualTo("  daemon       unix:///run/some/docker.sock"),
                        line -> assertThat(line).matches("  status page  http://127\\.0\\.0\\.1" + PORT + "/"),
                        line -> assertThat(line).isEqualTo("  allowed"),
                        line -> assertThat(line).startsWith("    EXEC            run commands in containers"),
                        line -> assertThat(line).isEqualTo("    PING            the ping that clients send first"),
                        line -> assertThat(line).startsWith("    VERSION         "),
                        line -> assertThat(line).startsWith("    LIBPOD_PING     "),
                        line -> assertThat(line).startsWith("    LIBPOD_VERSION  "),
                        line -> assertThat(line).startsWith("    ALLOW_RESTARTS  restart, stop and kill containers"),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "  root on the host by a client? No, but it can stop or delete what others use"
                                                + " (ContainerStop by ALLOW_RESTARTS=1)."),
                        line -> assertThat(line)
                                .isEqualTo("  note: EXEC=1 has no effect without CONTAINERS=1 and POST=1"),
                        line -> assertThat(line)
                                .isEqualTo("  WARNING: the daemon does not answer: this socket does not exist. Is the"
                                        + " daemon running, and is the socket mounted here?"),
                        line -> assertThat(line).startsWith("  WARNING: tcp://:0 can be reached from other machines"));
    }

    @Test
    void startReportSaysThatNothingIsAllowed() throws Exception {
        Program.Outcome outcome = startAndStop(
                with("EVENTS", "0", "PING", "0", "VERSION", "0", "LIBPOD_PING", "0", "LIBPOD_VERSION", "0"));

        assertThat(outcome.out()).contains("  status page  off\n").contains("  allowed      nothing\n");
    }

    @Test
    void folderInPlaceOfTheSocketIsReported() throws Exception {
        assertThat(startAndStop(with("SOCKET_PATH", temp.toString())).out())
                .contains(
                        "  WARNING: the daemon does not answer: this is a directory. Docker creates one if the socket to"
                                + " mount does not exist: remove it, start the daemon, and recreate this container\n");
    }

    @Test
    void answeringDaemonCausesNoWarning() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(temp, PONG)) {
            Program.Outcome outcome =
                    startAndStop(with("SOCKET_PATH", daemon.socket().toString()));

            assertThat(outcome.out()).doesNotContain("WARNING");
            assertThat(outcome.err()).isEmpty();
        }
    }

    @Test
    void maskIsReportedWithWhatItCannotMask() throws Exception {
        assertThat(startAndStop(with("CONTAINERS", "1", "ALLOW_LOGS", "1", "MASK", "args,env"))
                        .out())
                .contains("  masked       MASK=env,args\n")
                .contains(
                        "  note: MASK cannot mask the responses of ContainerLogs, which are allowed (docs/masking.md)\n");
    }

    @Test
    void missingVariablesOfABuildAreReported() throws Exception {
        assertThat(startAndStop(with("BUILD", "1", "POST", "1")).out())
                .contains("  note: docker build needs BUILD, SESSION, GRPC and POST together; without SESSION and GRPC"
                        + " buildx hides the denial and uses another driver\n");
    }

    @Test
    void deniedAccessToTheSocketIsReportedToTheClient() throws Exception {
        assumeTrue(isRoot() && Files.isExecutable(Path.of("/usr/bin/setpriv")), "root and setpriv are needed");
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path jar = Program.copyTo(temp);
        Path socket = temp.resolve("docker.sock");
        try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            daemon.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
            List<String> nobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
            try (Program program = Program.start(nobody, jar, with("SOCKET_PATH", socket.toString()))) {
                HttpResponse<String> response = get(program.address().resolve("/version"));

                assertThat(response.statusCode()).isEqualTo(502);
                assertThat(response.body())
                        .contains(socket
                                + ": permission denied on this socket. Run the proxy with the group that owns it");
            }
        }
    }

    @Test
    void unreachableTcpDaemonDoesNotStopTheStart() throws Exception {
        try (Program program = Program.start(with("DOCKER_HOST", "tcp://127.0.0.1:1"))) {
            HttpResponse<String> response = get(program.address().resolve("/version"));

            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(response.body()).contains("tcp://127.0.0.1:1: it refused the connection");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker.sock", "not/there/docker.sock"})
    void missingSocketDoesNotStopTheStart(String socket) throws Exception {
        try (Program program =
                Program.start(with("SOCKET_PATH", temp.resolve(socket).toString()))) {
            HttpResponse<String> response = get(program.address().resolve("/version"));

            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(response.body()).contains(temp.resolve(socket).toString(), "does not exist");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help"})
    void helpListsAllSettingsAndVariables(String argument) throws Exception {
        Program.Outcome outcome = runWith(argument);

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.err()).isEmpty();
        String words = outcome.out().replaceAll("\\s+", " ");
        for (Setting setting : Setting.values()) {
            assertThat(outcome.out()).contains("\n  " + setting);
            assertThat(words).contains(" " + setting + " " + setting.meaning(), setting.defaultValue());
        }
        for (Variable variable : Variables.load().all()) {
            assertThat(words).contains(" " + variable.name(), variable.opens());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"check --help", "check -h", "help check"})
    void helpOfACommandListsItsOptionsAndExitCodes(String arguments) throws Exception {
        Program.Outcome outcome = runWith(arguments.split(" "));

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.out())
                .startsWith("Usage: docker-socket-proxy check ")
                .contains("--fail-on=LEVEL", "--ledger=FILE", "Exit codes:\n", "5   with --diff, it is wider");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "version"})
    void versionIsOneLine(String argument) throws Exception {
        Program.Outcome outcome = runWith(argument);

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).matches("docker-socket-proxy \\d+\\.\\d+\\.\\d+\\S*\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--verbose", "start", "", "--help me"})
    void unknownArgumentIsRefused(String arguments) throws Exception {
        Program.Outcome outcome = runWith(arguments.split(" "));

        assertRefused(outcome, "unknown argument " + arguments + "; try --help");
    }

    @Test
    void mistypedCommandIsNamed() throws Exception {
        assertRefused(runWith("chekc", "--json"), "unknown argument chekc --json; did you mean check?");
    }

    @Test
    void sigtermEndsTheProgramImmediately() throws Exception {
        try (Program program = Program.start(with("SHUTDOWN_TIMEOUT", "1h"))) {
            get(program.address().resolve("/version")); // the client keeps the connection open

            program.terminate();

            assertThat(program.outcome().exitCode()).as("128 + SIGTERM").isEqualTo(143);
        }
    }

    @Test
    void everyExchangeIsLoggedOnceAndOnlyDeniedOnesAtNotice() throws Exception {
        List<String> targets = List.of("/version", "/containers/json", "/%61", "/nothing?password=secret", "/_ping");

        List<String> all = recordsOf(with("LOG_LEVEL", "info"), targets);
        // A record is written when the exchange has ended, which can be after the client has sent the next request.
        assertThat(all.stream().sorted(Comparator.comparing(line -> line.substring(line.indexOf('#')))))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches(
                                        "\\S+Z #1 127.0.0.1 allow section GET /version SystemVersion 502 \\d+ms 0/\\d+B seq=1"),
                        line -> assertThat(line)
                                .contains("#2 127.0.0.1 deny variable-missing GET /containers/json ContainerList 403 "),
                        line -> assertThat(line).contains("#3 127.0.0.1 deny ").contains(" GET /%61 - 400 "),
                        line -> assertThat(line).contains("#4 127.0.0.1 deny unlisted GET /nothing - 403 "),
                        line -> assertThat(line).contains("#5 127.0.0.1 allow section GET /_ping SystemPing 502 "));
        assertThat(all).noneMatch(line -> line.contains("secret"));

        assertThat(recordsOf(with("LOG_LEVEL", "notice"), targets))
                .hasSize(3)
                .allMatch(line -> line.contains(" deny "));
        assertThat(recordsOf(with("LOG_LEVEL", "err"), targets)).isEmpty();
    }

    @Test
    void jsonFormatWritesRecordsToStandardOutputAndAllElseAsObjectsToStandardError() throws Exception {
        Map<String, String> environment = new HashMap<>(with("LOG_FORMAT", "json"));
        environment.put("CONTAINER", "1");
        try (Program program = Program.start(environment)) {
            get(URI.create(program.address() + "/version"));
            program.terminate();

            Program.Outcome outcome = program.outcome();
            assertThat(outcome.out().lines())
                    .singleElement()
                    .asString()
                    .startsWith("{\"time\":")
                    .endsWith("}");
            assertThat(outcome.err().lines())
                    .allSatisfy(line -> new ObjectMapper().readTree(line))
                    .allMatch(line -> line.matches("\\{\"time\":\"[^\"]+\",\"level\":\"(info|warn)\",\"message\":.*"))
                    .anyMatch(line -> line.contains("CONTAINER=1: there is no such variable"))
                    .anyMatch(line -> line.contains("  listening    tcp://"));
        }
    }

    @Test
    void denialThatBuildxHidesIsLoggedOnce() throws Exception {
        try (Program program = Program.start(with("PING", "1"))) {
            HttpClient client = HttpClient.newHttpClient();
            for (int i = 0; i < 3; i++) {
                HttpRequest session = HttpRequest.newBuilder(URI.create(program.address() + "/session"))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build();
                assertThat(client.send(session, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(403);
            }
            program.terminate();

            assertThat(program.outcome().err().lines().filter(line -> line.contains("buildx")))
                    .singleElement()
                    .asString()
                    .contains(
                            " warn client 127.0.0.1 was denied Session: buildx and docker compose build hide this denial");
        }
    }

    /** The program has not all libraries of the tests. */
    @Test
    void ledgerOfARequestWithoutAnOperationIsReadAtTheNextStart(@TempDir Path folder) throws Exception {
        Path ledger = folder.resolve("ledger.json");
        for (int start = 1; start <= 2; start++) {
            try (Program program = Program.start(with("LEDGER", ledger.toString()))) {
                get(URI.create(program.address() + "/nonsense"));
                program.terminate();

                assertThat(program.outcome().err()).isEmpty();
            }
            assertThat(Files.readString(ledger))
                    .contains("\"operation\":null,\"write\":false,\"allowed\":0,\"denied\":" + start);
        }
    }

    @Test
    void brokenLedgerIsReportedAndDoesNotStopTheStart(@TempDir Path folder) throws Exception {
        Path ledger = Files.writeString(folder.resolve("ledger.json"), "{\"format\":\"docker-socket-proxy ledger\"");

        Program.Outcome outcome = startAndStop(with("LEDGER", ledger.toString()));

        assertThat(outcome.exitCode()).isEqualTo(143);
        assertThat(outcome.err())
                .contains(
                        "LEDGER=" + ledger + " cannot be read (",
                        "the proxy renamed the file to " + ledger + ".broken");
        assertThat(ledger).content().startsWith("{\"format\":\"docker-socket-proxy ledger\"");
    }

    private static List<String> recordsOf(Map<String, String> environment, List<String> targets) throws Exception {
        try (Program program = Program.start(environment)) {
            for (String target : targets) {
                get(URI.create(program.address() + target));
            }
            program.terminate();
            return program.outcome()
                    .out()
                    .lines()
                    .filter(line -> line.contains(" #"))
                    .toList();
        }
    }

    private static Program.Outcome startAndStop(Map<String, String> environment) throws Exception {
        try (Program program = Program.start(environment)) {
            assertThat(program.address()).isNotNull();
            program.terminate();
            return program.outcome();
        }
    }

    private static Program.Outcome runWith(String... arguments) throws Exception {
        // An invalid configuration must not affect --help and --version.
        try (Program program = Program.start(Map.of("POST", "maybe"), arguments)) {
            return program.outcome();
        }
    }
}
