package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
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
        return run(Map.of("POLICY", folder.resolve("policy.yaml").toString()), arguments);
    }

    private int run(Map<String, String> more, String... arguments) {
        Map<String, String> environment = new HashMap<>(more);
        environment.putIfAbsent("LISTEN", "unix:///run/ci.sock?name=ci");
        environment.put("SOCKET_PATH", folder.resolve("none.sock").toString());
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
                "operation                     reader  ci     unreachable  otherwise\n",
                "ContainerList                 allow   -      -            -\n",
                "ContainerWait                 -       allow  -            -\n",
                "its clients: uid 1000 and listener ci; certificate cn runner-*\n",
                "its clients: network 10.0.0.0/8 (soft)\n",
                "DANGER  ci: IMAGES: ",
                "RISK    reader: Can a client become root on the host? No, but it can read secrets",
                "NOTE    profile unreachable has no clients, so it applies to no client\n",
            })
    void checkPrintsTheMatrixWithIdentitiesAndWarnings(String part) {
        assertThat(run("check")).isEqualTo(CommandLine.NO_DAEMON);
        assertThat(printed()).contains(part);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "nothing",
            value = {
                "{network: 10.0.0.0/8} | {address: 10.0.0.5}                  | tcp://:2375                   | profile b applies to no client: an earlier profile has the same clients (network 10.0.0.5), and the first profile applies",
                "{network: 10.0.0.0/8} | {address: 10.0.0.5}, {address: 11.0.0.5} | tcp://:2375               | profile b: an earlier profile has the same clients (network 10.0.0.5), and the first profile applies",
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
    void checkPrintsWhatDiffersBetweenTwoFiles() throws Exception {
        Path other = Files.writeString(
                folder.resolve("new.yaml"),
                POLICY.replace("CONTAINERS: 1", "CONTAINERS: 1, ALLOW_LOGS: 1")
                        .replace("[ContainerWait]", "[]")
                        .replace(
                                "unreachable: {}",
                                "added: {variables: {EVENTS: 0, PING: 0, LIBPOD_PING: 0, LIBPOD_VERSION: 0}}"));

        assertThat(run("check", "--diff", folder.resolve("policy.yaml").toString(), other.toString()))
                .isEqualTo(5);
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

    @Test
    void differenceDoesNotDependOnThePolicyFileOfTheEnvFile() throws Exception {
        Path policy = folder.resolve("policy.yaml");
        Path env = Files.writeString(folder.resolve("proxy.env"), "POLICY=" + policy + "\nIMAGES=1\n");
        Path other = Files.writeString(folder.resolve("new.yaml"), POLICY.replace("[ContainerWait]", "[]"));

        assertThat(run(Map.of("ENV_FILE", env.toString()), "check", "--diff", policy.toString(), other.toString()))
                .isEqualTo(4);
        assertThat(printed()).isEqualTo("profile ci: allow -ContainerWait\n  - ContainerWait\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"CONTAINERS=1", "PRESET=traefik", "MODE=learn", "CREATE=safe", "MASK=env", "COMPAT=tecnativa"})
    void differenceDoesNotDependOnThePermissionsOfTheEnvironment(String assignment) throws Exception {
        String[] words = assignment.split("=");
        String policy = folder.resolve("policy.yaml").toString();

        assertThat(run(Map.of(words[0], words[1]), "check", "--diff", policy, policy))
                .isZero();
        assertThat(printed()).isEqualTo("no difference\n");
    }

    @Test
    void differenceReportsAnEnvFileThatCannotBeRead() {
        String policy = folder.resolve("policy.yaml").toString();

        assertThat(run(Map.of("ENV_FILE", folder + "/missing.env"), "check", "--diff", policy, policy))
                .isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("ENV_FILE", "missing.env");
    }

    @Test
    void differenceOfTargetsIsPrinted() throws Exception {
        Path narrow = Files.writeString(
                folder.resolve("narrow.yaml"),
                POLICY.replace("unreachable: {}", "unreachable: {create: safe, targets: {label: owner=ci}}"));
        Path wide = Files.writeString(
                folder.resolve("wide.yaml"),
                POLICY.replace("unreachable: {}", "unreachable: {create: safe, targets: {label: owner=all}}"));

        assertThat(run("check", "--diff", narrow.toString(), wide.toString())).isEqualTo(5);
        assertThat(printed()).isEqualTo("profile unreachable: targets +label:owner=all targets -label:owner=ci\n");
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

    /** Two policies of one profile, of which the second one replaces a part of the first. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // part           | replacement                                | exit code of the change, and of its
                // reverse
                "EXEC: 0          | EXEC: 0                                    | 0 | 0",
                "EXEC: 0          | EXEC: 1                                    | 5 | 4",
                "IMAGES: 1        | IMAGES: 0, VOLUMES: 1                      | 5 | 5",
                "variables:       | deny: [ContainerList]~variables:           | 4 | 5",
                "variables:       | allow: [ContainerWait]~variables:          | 5 | 4",
                "variables:       | allow: [ImageList]~variables:              | 5 | 4",
                "variables:       | until: 2099-01-01T00:00:00Z~variables:     | 4 | 5",
                "2098-01-01T00:00:00Z | 2098-01-01T00:00:01Z                   | 5 | 4",
                "variables:       | create: safe~variables:                    | 4 | 5",
                "variables:       | create: {rules: safe, allow: [ports]}~variables: | 4 | 5",
                "allow: [ports]   | allow: [ports, gpu]                        | 5 | 4",
                "allow: [ports]   | allow: [ports], require: [memory]          | 4 | 5",
                "images: [a, b]   | images: [a]                                | 4 | 5",
                "images: [a, b]   | require: [memory]                          | 5 | 5",
                "binds: [/srv]    | binds: [/srv:ro]                           | 5 | 5",
                "label: owner=ci  | label: owner=all                           | 5 | 5",
                "variables:       | exec: {commands: [id]}~variables:          | 4 | 5",
                "variables:       | exec: {commands: [id], users: [root]}~variables: | 4 | 5",
                "commands: [id, ls] | commands: [id]                           | 4 | 5",
                "commands: [id, ls] | commands: [id, cat]                      | 5 | 5",
                "commands: [id, ls] | commands: [id, ls], env: [A]             | 5 | 4",
                "privileged: true | privileged: false                          | 4 | 5",
                "create: {rules: safe}, targets: {label: a=b} | create: {rules: safe} | 5 | 4",
                "mask: [env]      | mask: [env, args]                          | 4 | 5",
                "mask: [env]      | mask: [env:A]                              | 5 | 4",
                "mask: [env]      | mask: [env]~mask-keep: env:TZ              | 5 | 4",
                "mask: [env]      | mask: [args]                               | 5 | 5",
                "learn: 1h        | mask: [env], mask-keep: env:TZ             | 4 | 5",
                "mask: [env]      | mask: [env, args]~mask-keep: env:TZ        | 5 | 5",
                "env:K*,env:P     | env:K*                                     | 5 | 4",
                "env:K*,env:P     | env:K*,env:Q                               | 5 | 5",
                "env:K*,env:P     | env:k*,env:p                               | 0 | 0",
                "keep: env:TZ     | keep: [env:TZ, env:A]                      | 5 | 4",
                "keep: env:TZ     | keep: env:tz                               | 5 | 5",
                "max: {exec: 2}   | max: {exec: 1}                             | 4 | 5",
                "max: {exec: 2}   | max: {exec: 1, stream: 1}                  | 4 | 5",
                "max: {exec: 2}   | max: {stream: 1}                           | 5 | 5",
                "max: {exec: 2}   | max: {exec: 2, requests: 9/s}              | 4 | 5",
                "max: {requests: 60/m} | max: {requests: 60/m, burst: 50}      | 4 | 5",
                "max: {requests: 60/m} | max: {requests: 1/s, burst: 60}       | 4 | 4",
                "max: {requests: 60/m} | max: {requests: 59/m, burst: 61}      | 5 | 5",
                "max: {requests: 60/m} | max: {requests: 2/s}                  | 5 | 5",
                "learn: 1h        | learn: 2h                                  | 5 | 5",
                "learn: 1h        | mask: []                                   | 4 | 5",
                "api-version: 1.44 | mask: []                                  | 5 | 5",
                "network: 10.0.0.0/8 | network: 10.0.0.0/16                    | 5 | 5",
                "otherwise: deny  | otherwise: ci                              | 5 | 5",
                "one:             | other:                                     | 5 | 5",
                "trusts: [ci]     | trusts: []                                 | 4 | 5",
            })
    void exitCodeSaysWhetherAPolicyIsNarrower(String part, String replacement, int change, int reverse)
            throws Exception {
        String policy = """
                profiles:
                  ci:
                    clients: [{network: 10.0.0.0/8}]
                    variables: {EXEC: 0, CONTAINERS: 1, IMAGES: 1, POST: 1}
                  one:
                    create: {rules: safe, allow: [ports], binds: [/srv]}
                    allow: [{operation: ContainerWait, until: 2098-01-01T00:00:00Z}]
                    targets: {label: owner=ci}
                    mask: [env]
                    max: {exec: 2}
                  two: {create: {rules: safe, images: [a, b]}, learn: 1h, trusts: [ci]}
                  three: {create: {rules: safe}, targets: {label: a=b}}
                  five: {exec: {commands: [id, ls], privileged: true}}
                  four: {api-version: 1.44}
                  six: {max: {requests: 60/m}}
                  seven: {mask: [env:K*,env:P], mask-keep: env:TZ}
                otherwise: deny
                """;
        assertThat(policy).contains(part);
        String before = Files.writeString(folder.resolve("old.yaml"), policy).toString();
        String after = Files.writeString(
                        folder.resolve("new.yaml"),
                        policy.replaceFirst(Pattern.quote(part), replacement.replace("~", "\n    ")))
                .toString();

        assertThat(run("check", "--diff", before, after)).as(printed()).isEqualTo(change);
        assertThat(run("check", "--diff", after, before)).as(printed()).isEqualTo(reverse);
    }

    @Test
    void differenceIsPrintedAsJson() throws Exception {
        Path other = Files.writeString(
                folder.resolve("new.yaml"),
                POLICY.replace("[ContainerWait]", "[]").replace("IMAGES: 1", "IMAGES: 1, INFO: 1"));

        assertThat(run(
                        "check",
                        "--json",
                        "--diff",
                        folder.resolve("policy.yaml").toString(),
                        other.toString()))
                .isEqualTo(5);
        JsonNode json = new ObjectMapper().readTree(printed());
        assertThat(json.at("/direction").asText()).isEqualTo("wider");
        assertThat(json.at("/profiles")).hasSize(1);
        assertThat(json.at("/profiles/0/profile").asText()).isEqualTo("ci");
        assertThat(json.at("/profiles/0/on/0").asText()).isEqualTo("INFO");
        assertThat(json.at("/profiles/0/others/0").asText()).isEqualTo("allow -ContainerWait");
        assertThat(json.at("/profiles/0/lost/0").asText()).isEqualTo("ContainerWait");
        assertThat(json.at("/profiles/0/gained").toString()).contains("SystemInfo");
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
