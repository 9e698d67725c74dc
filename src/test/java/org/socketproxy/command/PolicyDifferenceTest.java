package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The output and the exit codes of {@code check --diff} for two policy files. */
class PolicyDifferenceTest extends PolicyCommands {
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
    void addedDangersAreNamedAtTheirProfile() throws Exception {
        Path other = Files.writeString(
                folder.resolve("new.yaml"), POLICY.replace("CONTAINERS: 1", "CONTAINERS: 1, POST: 1"));

        assertThat(run("check", "--diff", folder.resolve("policy.yaml").toString(), other.toString()))
                .isEqualTo(5);
        assertThat(printed()).startsWith("""
                profile reader: +POST
                  DANGER: its clients can become root on the host: ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1
                  DANGER: CONTAINERS with POST a client can start a privileged container, which is root on the host
                  DANGER: POST allows writes in each section that is on
                  + ContainerCreate
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
                "variables:       | build: {secrets: [npm]}~variables:         | 4 | 5",
                "variables:       | build: {secrets: [npm], ssh: []}~variables: | 4 | 5",
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
}
