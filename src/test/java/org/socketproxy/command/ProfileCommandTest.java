package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands with a policy file. */
class ProfileCommandTest {
    private static final String POLICY = """
            profiles:
              reader:
                clients: [{network: 10.0.0.0/8}]
                variables: {CONTAINERS: 1}
              ci:
                clients: [{uid: 1000, listener: ci}, {certificate: {cn: "runner-*"}}]
                variables: {IMAGES: 1, POST: 1}
                allow: [ContainerWait]
              unreachable: {}
            """;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void write() throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), POLICY);
    }

    private int run(String... arguments) {
        Map<String, String> environment = Map.of(
                "POLICY", folder.resolve("policy.yaml").toString(),
                "LISTEN", "unix:///run/ci.sock?name=ci",
                "SOCKET_PATH", folder.resolve("none.sock").toString());
        return new CommandLine(
                        environment,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(arguments);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--client=10.1.2.3                    | GET /containers/json    | reader    | 0",
                "--client=10.1.2.3                    | GET /images/json        | reader    | 1",
                "--client=uid=1000,listener=ci        | GET /images/json        | ci        | 0",
                "--client=uid=1000                    | GET /images/json        | otherwise | 1",
                "--client=address=192.0.2.1,cn=runner-7 | POST /containers/a/wait | ci      | 0",
                "--client=address=10.0.0.1,cn=runner-7 | GET /images/json       | reader    | 1",
                "--client=192.0.2.1                   | GET /_ping              | otherwise | 1",
                "--client=fd00::1                     | GET /_ping              | otherwise | 1",
                "--profile=ci                         | GET /images/json        | ci        | 0",
            })
    void explainDecidesByTheProfileOfTheClient(String option, String request, String profile, int exitCode) {
        String[] words = request.split(" ");

        assertThat(run("explain", option, words[0], words[1])).isEqualTo(exitCode);
        assertThat(printed()).contains("profile    " + profile + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--client=somewhere  | somewhere is not an IP address",
                "--client=user=alice | --client takes an address, or facts such as",
                "--client=uid=alice  | uid=alice is not a number",
                "--profile=cd        | there is no profile cd; use one of reader, ci, unreachable, otherwise",
            })
    void explainRefusesAnUnknownClient(String option, String problem) {
        assertThat(run("explain", option, "GET", "/_ping")).isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(problem);
    }

    @Test
    void explainAsksForTheClient() {
        assertThat(run("explain", "GET", "/_ping")).isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("add --profile=NAME, or --client=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "operation                     reader  ci     unreachable  otherwise\n",
                "ContainerList                 allow   -      -            -\n",
                "ContainerWait                 -       allow  -            -\n",
                "its clients: uid 1000 and listener ci; certificate cn runner-*\n",
                "its clients: network 10.0.0.0/8 (soft)\n",
                "DANGER  ci: IMAGES: ",
                "NOTE    profile reader is chosen by network 10.0.0.0/8, which another machine",
                "NOTE    profile unreachable has no clients, so it applies to no client\n",
            })
    void checkPrintsTheMatrixWithIdentitiesAndWarnings(String part) {
        assertThat(run("check")).isEqualTo(CommandLine.NO_DAEMON);
        assertThat(printed()).contains(part);
    }

    @Test
    void checkPrintsWhatDiffersBetweenTwoFiles() throws Exception {
        Path other = Files.writeString(
                folder.resolve("new.yaml"),
                POLICY.replace("CONTAINERS: 1", "CONTAINERS: 1, ALLOW_LOGS: 1")
                        .replace("[ContainerWait]", "[]")
                        .replace(
                                "unreachable: {}",
                                "added: {variables: {EVENTS: 0, PING: 0, LIBPOD_PING: 0, LIBPOD_VERSION: 0}}"));

        assertThat(run("check", "--diff", folder.resolve("policy.yaml").toString(), other.toString()))
                .isZero();
        assertThat(printed()).isEqualTo("""
                profile reader: +ALLOW_LOGS
                  + ContainerLogs
                profile ci: allow -ContainerWait
                  - ContainerWait
                profile added: +VERSION new profile
                  + SystemVersion
                profile unreachable: -EVENTS -PING -VERSION -LIBPOD_PING -LIBPOD_VERSION profile removed
                  - SystemPing
                  - SystemPingHead
                  - SystemVersion
                  - SystemEvents
                  - SystemPingLibpod
                  - SystemPingHeadLibpod
                  - SystemVersionLibpod
                """);
    }
}
