package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code check --ledger}: the operations of recorded clients that a policy would deny. */
class LedgerCheckTest {
    private static final String LAST = "2026-11-25T04:00:00Z";

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(Map<String, String> settings, String... arguments) {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("LISTEN", "tcp://:2375,unix:///run/ci.sock?name=ci");
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

    /**
     * Writes a ledger.
     *
     * @param rows of profile, client, operation (null without one), whether it is a write, and allowed and denied requests
     */
    private String ledger(String... rows) throws IOException {
        StringBuilder profiles = new StringBuilder();
        for (String row : rows) {
            String[] cells = row.split(" +");
            String operation = cells[2].equals("null") ? "null" : "\"" + cells[2] + "\"";
            profiles.append(profiles.isEmpty() ? "" : ",").append("""
                    {"profile":"%s","since":"%s","operations":[%s],"variables":[],"clients":[{"client":"%s","first":"%s","last":"%s",
                    "asked":[{"operation":%s,"write":%s,"allowed":%s,"denied":%s,"last":"%s"}]}]}
                    """.formatted(
                            cells[0],
                            LAST,
                            outcomes(operation, cells[4], cells[5]),
                            cells[1],
                            LAST,
                            LAST,
                            operation,
                            cells[3],
                            cells[4],
                            cells[5].replace("learned", ""),
                            LAST));
        }
        return Files.writeString(
                        folder.resolve("ledger.json"),
                        "{\"format\":\"docker-socket-proxy ledger\",\"version\":2,\"profiles\":[" + profiles + "]}")
                .toString();
    }

    private static String outcomes(String operation, String allowed, String denied) {
        int status = denied.endsWith("learned") ? 2 : 4;
        return """
                {"operation":%s,"last":"%s","outcomes":[{"allowed":true,"statusClass":2,"count":%s},
                {"allowed":false,"statusClass":%d,"count":%s}]}
                """.formatted(operation, LAST, allowed, status, denied.replace("learned", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // row of the ledger                               | variables             | exit code | part of the
                // output
                "default 192.0.2.1 ContainerList false 3 0         | CONTAINERS=1          | 0 | 0 of 1 recorded operations of clients would be denied;",
                "default 192.0.2.1 ContainerExec true 3 0          | CONTAINERS=1          | 1 | DENY    192.0.2.1 as default: ContainerExec, 3 requests, last 2026-11-25T04:00:00Z: ContainerExec (POST /containers/{id}/exec) is not allowed: set CREATE=safe and EXEC=1 and POST=1 (EXEC=1 and POST=1 alone: root on the host)",
                "default unix:root:root ContainerExec true 1 2     | CONTAINERS=1          | 1 | DENY    unix:root:root as default: ContainerExec, 3 requests",
                "default 192.0.2.1 ContainerExec true 0 2          | CONTAINERS=1          | 0 | 0 of 0 recorded operations of clients would be denied; 1 others were denied before, too",
                "default 192.0.2.1 ContainerExec true 0 2learned   | CONTAINERS=1          | 1 | ContainerExec, 2 requests",
                "default 192.0.2.1 null false 0 2                  | CONTAINERS=1          | 0 | 1 others were denied before",
                "default 192.0.2.1 ContainerGone false 2 0         | CONTAINERS=1          | 0 | 1 others were denied before",
                "default 192.0.2.1 SystemPing false 1 0            | PING=0                | 1 | set PING=1",
                "ci 192.0.2.1 ContainerList false 1 0              | CONTAINERS=1          | 0 | 0 of 1",
                "default others ContainerList false 1 0            | IMAGES=1              | 1 | DENY    others as default: ContainerList",
                "default 192.0.2.1 PluginEnable true 1 0           | PLUGINS=1,POST=1,CREATE=safe | 1 | changes plugins, which are root on the host, which CREATE=safe does not allow",
            })
    void configurationIsComparedWithTheLedger(String row, String variables, int exitCode, String part)
            throws IOException {
        Map<String, String> environment = new HashMap<>();
        for (String variable : variables.split(",")) {
            environment.put(variable.split("=")[0], variable.split("=")[1]);
        }

        assertThat(run(environment, "check", "--ledger", ledger(row)))
                .as(printed())
                .isEqualTo(exitCode);
        assertThat(printed()).contains(part);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // profile and client in the ledger      | profile that judges it
                "default   192.0.2.1                     | reader",
                "otherwise 192.0.2.1                     | reader",
                "ci        192.0.2.1                     | ci",
                "gone      192.0.2.1                     | reader",
                "default   2001:db8::1                   | six",
                "default   198.51.100.7                  | otherwise",
                "default   unix:root:root                | root",
                "default   unix:1234567:1234567          | otherwise",
                "default   unix                          | otherwise",
                "default   198.51.100.7/CN=runner-7,O=A  | cert",
                "default   198.51.100.7/O=A,CN=runner-7  | cert",
                "default   198.51.100.7/CN=a,CN=runner-7 | otherwise",
                "default   198.51.100.7/O=CN=runner-7    | otherwise",
                "default   others                        | otherwise",
            })
    void clientIsJudgedByItsProfile(String client, String profile) throws IOException {
        String policy = Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci: {clients: [{listener: ci}]}
                  reader: {clients: [{network: 192.0.2.0/24}]}
                  six: {clients: [{network: "2001:db8::/32"}]}
                  root: {clients: [{uid: 0}]}
                  cert: {clients: [{certificate: {cn: "runner-*"}}]}
                """).toString();

        assertThat(run(Map.of("IMAGES", "1"), "check", "--ledger", ledger(client + " ImageList false 1 0"), policy))
                .isEqualTo(1);
        assertThat(printed()).contains(" as " + profile + ": ImageList, 1 requests");
    }

    @Test
    void differencesArePrintedAsJson() throws IOException {
        String ledger = ledger(
                "default 192.0.2.1 ImageList false 3 0",
                "ci unix:root:root ContainerKill true 3 1",
                "old 192.0.2.2 null false 0 1");

        assertThat(run(Map.of("IMAGES", "1"), "check", "--json", "--ledger", ledger))
                .isEqualTo(1);
        JsonNode json = new ObjectMapper().readTree(printed());
        assertThat(json.at("/judged").asInt()).isEqualTo(2);
        assertThat(json.at("/deniedBefore").asInt()).isEqualTo(1);
        assertThat(json.at("/denied")).hasSize(1);
        assertThat(json.at("/denied/0/client").asText()).isEqualTo("unix:root:root");
        assertThat(json.at("/denied/0/operation").asText()).isEqualTo("ContainerKill");
        assertThat(json.at("/denied/0/requests").asInt()).isEqualTo(4);
        assertThat(json.at("/denied/0/reason").asText()).isEqualTo("variable-missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"format\":\"docker-socket-proxy ledger\",\"version\":1 | invalid JSON",
                "{\"format\":\"docker-socket-proxy ledger\",\"version\":9} | the ledger has another format or version",
                "CONTAINERS=1                                              | this file is not a ledger",
            })
    void fileThatIsNoLedgerIsRefusedAndStays(String content, String problem) throws IOException {
        Path file = Files.writeString(folder.resolve("ledger.json"), content);

        assertThat(run(Map.of(), "check", "--ledger", file.toString())).isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(problem);
        assertThat(file).hasContent(content);
        assertThat(List.of(folder.toFile().list())).containsExactly("ledger.json");
    }

    @Test
    void problemsOfTheArgumentsAreNamed() throws IOException {
        assertThat(run(
                        Map.of(),
                        "check",
                        "--ledger",
                        folder.resolve("none.json").toString()))
                .isEqualTo(CommandLine.UNUSABLE);
        assertThat(run(Map.of(), "check", "policy.yaml")).isEqualTo(CommandLine.UNUSABLE);
        assertThat(run(Map.of(), "check", "--ledger", ledger(), folder + "/none.yaml"))
                .isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("none.json: there is no such file", "a policy file needs --ledger", "none.yaml");
    }
}
