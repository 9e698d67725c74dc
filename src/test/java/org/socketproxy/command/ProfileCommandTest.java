package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands with a policy file. */
class ProfileCommandTest extends PolicyCommands {
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
                "root             | 0 | : the worst level is indirect (profile ci)",
                "indirect         | 1 | FAIL    ci: indirect: a client can change what others run: Not directly, but",
                "secrets          | 1 | FAIL    reader: secrets: a client can read secrets or files: No, but it can read",
                "limited          | 1 | FAIL    ci: indirect: ",
                "root,secrets     | 1 | FAIL    reader: secrets: ",
                "notes            | 1 | FAIL    note: profile unreachable has no clients, so it applies to no client",
                "root,notes       | 1 | FAIL    note: profile ci",
                "root --json      | 0 | \"passed\" : true,",
                "secrets --json   | 1 | \"failed\" : true,",
                "scerets          | 2 | there is no level scerets; did you mean secrets?",
                "none             | 2 | there is no level none; --fail-on takes some of root, indirect, secrets, limited, unreachable, notes",
                "unreachable      | 1 | FAIL    unreachable: unreachable: the profile applies to no client: it has no clients",
                "unreachable --json | 1 | \"unreachable\" : \"it has no clients\"",
                "root --ledger=x  | 2 | use one of --diff, --ledger, --fail-on and --expect",
            })
    void checkFailsOnALevelWithoutTheDaemon(String options, int exitCode, String part) throws Exception {
        String[] words = ("check --fail-on " + options).split(" ");
        String file = Files.writeString(folder.resolve("other.yaml"), POLICY).toString();

        assertThat(run(words)).as(printed()).isEqualTo(exitCode);
        assertThat(printed() + err.toString(StandardCharsets.UTF_8)).contains(part);
        out.reset();
        assertThat(run(
                        Map.of("CONTAINERS", "1"),
                        Stream.concat(Stream.of(words), Stream.of(file)).toArray(String[]::new)))
                .isEqualTo(exitCode);
        assertThat(printed() + err.toString(StandardCharsets.UTF_8)).contains(part);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "learn: 1h                            | 1",
                "learn: until 2099-12-01T18:00:00Z    | 1",
                "learn: until 2020-12-01T18:00:00Z    | 0",
                "variables: {CONTAINERS: 1, POST: 1}  | 1",
                "until: 2020-12-01T18:00:00Z          | 0",
                "create: safe                         | 0",
            })
    void aProfileThatLearnsIsRootForTheGate(String key, int exitCode) throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), "profiles: {ci: {clients: [{uid: 1}], " + key + "}}\n");

        assertThat(run("check", "--fail-on=root")).as(printed()).isEqualTo(exitCode);
        assertThat(printed().lines()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--client=somewhere  | somewhere is not an IP address",
                "--client=user=alice | --client takes an address, or facts such as",
                "--client=uid=alice  | uid=alice is not a number",
                "--profile=cd        | there is no profile cd; use one of reader, ci, unreachable, otherwise",
                "--profile=raeder    | there is no profile raeder; did you mean reader?",
            })
    void explainRefusesAnUnknownClient(String option, String problem) {
        assertThat(run("explain", option, "GET", "/_ping")).isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "check                                        | UNTIL   ci: ContainerExec: 2099-12-01T18:00:00Z\n",
                "check                                        | UNTIL   ci: the profile: 2100-01-01T00:00:00Z\n",
                "check                                        | NOTE    profile ci: ContainerExec ends at 2099-12-01T18:00:00Z, but ExecStart does not, so its sessions go on,",
                "check                                        | NOTE    profile old: until of the profile is in the past (2020-01-01T00:00:00Z), so every request of its clients is denied\n",
                "check --json                                 | \"ContainerExec\" : \"2099-12-01T18:00:00Z\"",
                "explain --profile=ci POST /containers/a/exec | until      2099-12-01T18:00:00Z\n",
                "explain --profile=ci POST /exec/a/start      | until      2100-01-01T00:00:00Z\n",
                "explain --profile=ci --json POST /exec/a/start | \"until\" : \"2100-01-01T00:00:00Z\"",
                "explain --profile=old GET /_ping             | is not allowed: the permissions of the profile ended at 2020-01-01T00:00:00Z (profile old: policy.yaml line 8)\n",
            })
    void commandsPrintTheEndsOfPermissions(String command, String part) throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    until: 2100-01-01T00:00:00Z
                    allow:
                      - {operation: ContainerExec, until: 2099-12-01T18:00:00Z}
                      - ExecStart
                  old:
                    until: 2020-01-01T00:00:00Z
                    variables: {CONTAINERS: 1}
                """);
        run(command.split(" +"));

        assertThat(printed()).contains(part);
    }

    @Test
    void explainAsksForTheClient() {
        assertThat(run("explain", "GET", "/_ping")).isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("add --profile=NAME, or --client=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RISK    reader: Can a client become root on the host? No, but it can read secrets",
                " of 4 profiles allows these operations; --all prints the denied ones too\n",
                "operation                     reader  ci     unreachable  otherwise\nLEVEL   indirect: with these a client can change",
                "LEVEL   secrets: with these a client can read secrets or files\nContainerList                 allow   -      -            -\n",
                "ContainerWait                 -       allow  -            -\n",
                "its clients: uid 1000 and listener ci; certificate cn runner-*\n",
                "its clients: network 10.0.0.0/8 (soft)\n",
                "DANGER  ci: IMAGES: ",
                "NOTE    profile unreachable has no clients, so it applies to no client\n",
            })
    void checkPrintsTheMatrixWithIdentitiesAndWarnings(String part) {
        assertThat(run("check")).isEqualTo(CommandLine.NO_DAEMON);
        assertThat(printed()).contains(part).startsWith("RISK    reader: ").doesNotContain("ContainerKill ");
        assertThat(run("check", "--all")).isEqualTo(CommandLine.NO_DAEMON);
        assertThat(printed()).contains("\nContainerKill                 -       -      -            -\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a: {clients: [{uid: 1}]}, b: {clients: [{uid: 1}]} | 1 | b: unreachable: the profile applies to no client: profile a comes first, and has the same clients (uid 1)",
                "a: {clients: [{uid: 1}]}, b: {clients: [{uid: 1}, {uid: 2}]} | 0 | PASS",
                "a: {clients: [{uid: 1}]}, c: {clients: [{gid: 1}]}, b: {clients: [{uid: 1, listener: ci}, {gid: 1}]} | 1 | b: unreachable: the profile applies to no client: profile a comes first, and has the same clients (uid 1 and listener ci); profile c comes first, and has the same clients (gid 1)",
                "a: {clients: [{uid: 1}]}, b: {clients: [{uid: 1}, {network: 10.0.0.0/8}]} | 1 | b: unreachable: the profile applies to no client: profile a comes first, and has the same clients (uid 1); no listener in LISTEN has such clients (network 10.0.0.0/8)",
                "a: {clients: [{uid: 1, listener: ci}]}, b: {clients: [{uid: 1}]} | 0 | PASS",
                "b: {} | 1 | b: unreachable: the profile applies to no client: it has no clients",
            })
    void aProfileWithoutAnyClientFailsTheGate(String profiles, int exitCode, String part) throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), "profiles: {" + profiles + "}\n");

        assertThat(run("check", "--fail-on=unreachable")).as(printed()).isEqualTo(exitCode);
        assertThat(printed()).contains(part).hasLineCount(1);
        assertThat(run("check", "--fail-on=root,unreachable")).isEqualTo(exitCode);
        assertThat(run("check", "--fail-on=root")).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "nothing",
            value = {
                "{network: 10.0.0.0/8} | {address: 10.0.0.5}                  | tcp://:2375                   | profile b applies to no client: profile a comes first, and has the same clients (network 10.0.0.5)",
                "{network: 10.0.0.0/8} | {address: 10.0.0.5}, {address: 11.0.0.5} | tcp://:2375               | profile b: profile a comes first, and has the same clients (network 10.0.0.5)",
                "{network: 10.0.0.0/8} | {network: 11.0.0.0/8}                | tcp://:2375                   | nothing",
                "{network: 10.0.0.0/8} | {uid: 3}                             | tcp://:2375                   | profile b applies to no client: no listener in LISTEN has such clients (uid 3)",
                "{network: 10.0.0.0/8} | {uid: 3}                             | tcp://:2375,unix:///run/a     | nothing",
                "{network: 10.0.0.0/8} | {certificate: {cn: a}}               | tcp://:2375                   | profile b applies to no client: no listener in LISTEN has such clients (certificate cn a)",
                "{uid: 3}              | {host: runner}, {gid: 4}             | unix:///run/a                 | profile b: no listener in LISTEN has such clients (host runner)",
                "{uid: 3}              | {listener: x, network: 10.0.0.0/8}   | tcp://:2375,unix:///run/a?name=x | profile b applies to no client: no listener in LISTEN has such clients (listener x and network 10.0.0.0/8)",
            })
    void checkWarnsOfClientsThatAProfileNeverGets(String first, String second, String listen, String note)
            throws Exception {
        Path file = Files.writeString(
                folder.resolve("clients.yaml"),
                "profiles: {a: {clients: [%s]}, b: {clients: [%s], variables: {INFO: 1}}}\n".formatted(first, second));

        assertThat(run(Map.of("POLICY", file.toString(), "LISTEN", listen), "check"))
                .isEqualTo(CommandLine.NO_DAEMON);
        assertThat(printed().lines().filter(line -> line.startsWith("NOTE    profile b") && line.contains("clients (")))
                .containsExactlyElementsOf(note == null ? List.of() : List.of("NOTE    " + note));
    }

    @Test
    void limitsArePrinted() throws Exception {
        Path policy = folder.resolve("policy.yaml");
        Path other = Files.writeString(
                folder.resolve("new.yaml"),
                POLICY.replace(
                        "unreachable: {}", "unreachable: {max: {exec: 2, stream: 3, requests: 50/s, burst: 100}}"));

        assertThat(run("check", "--diff", policy.toString(), other.toString())).isEqualTo(4);
        assertThat(printed())
                .isEqualTo("profile unreachable: max +exec=2 max +stream=3 max +requests=50/s max +burst=100\n");
        assertThat(run(Map.of("POLICY", other.toString()), "check")).isEqualTo(CommandLine.NO_DAEMON);
        assertThat(printed())
                .contains("MAX     unreachable: stream=3\nMAX     unreachable: requests=50/s\n")
                .contains("MAX     unreachable: exec=2\n", "MAX     unreachable: burst=100\n");
        String[] explained = {"explain", "--profile", "unreachable", "GET", "/_ping"};
        run(Map.of("POLICY", other.toString()), explained);
        assertThat(printed()).contains("\nmax        exec=2, stream=3, requests=50/s, burst=100\n");
    }

    @Test
    void jsonHasTheRulesOfEachProfile() throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 10.0.0.0/8}]
                    variables: {CONTAINERS: 1, POST: 1}
                    create: {rules: safe, allow: [ports]}
                    exec: {commands: [id, "ls **"], users: [root]}
                    targets: {label: owner=ci}
                    mask: [args, env]
                    max: {exec: 2}
                """);
        run("check", "--json");
        JsonNode ci = new ObjectMapper().readTree(printed()).at("/profiles/0");

        assertThat(ci.at("/clients/0/client").asText()).isEqualTo("network 10.0.0.0/8");
        assertThat(ci.at("/risk/root").asBoolean()).isFalse();
        assertThat(ci.at("/risk/answer").asText()).startsWith("No");
        assertThat(ci.at("/create").toString()).isEqualTo("[\"CREATE=safe\",\"CREATE_ALLOW=ports\"]");
        assertThat(ci.at("/exec").toString())
                .isEqualTo("[\"EXEC_ALLOW=id\",\"EXEC_ALLOW=ls **\",\"EXEC_OPTIONS=user:root\"]");
        assertThat(ci.at("/targets").toString()).isEqualTo("[\"label:owner=ci\"]");
        assertThat(ci.at("/mask").toString()).isEqualTo("[\"env\",\"args\"]");
        assertThat(ci.at("/max").toString()).isEqualTo("[\"exec=2\"]");
        out.reset();
        run(Map.of("CONTAINERS", "1", "MASK", "env"), "check", "--json");
        JsonNode environment = new ObjectMapper().readTree(printed());
        assertThat(environment.at("/profiles/0/profile").asText()).isEqualTo("default");
        assertThat(environment.at("/profiles/0/mask/0").asText()).isEqualTo("env");
        assertThat(environment.at("/operations")).isNotEmpty();
    }
}
