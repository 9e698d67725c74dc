package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command {@code table} prints the tables that the pages link to. */
class RuleTableTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return new CommandLine(
                        Map.of(),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(arguments);
    }

    @ParameterizedTest
    @CsvSource({
        "create-fields,       operation, ContainerCreate\tbody\tHostConfig.Privileged\tboolean",
        "build-fields,        part, option\tforce-network-mode\t",
        "parameters,          operations, ImageDelete",
        "parameter-rules,     operation, SecretCreateLibpod\tquery\tdriver\tone-of:file",
        "secrets,             operation, SwarmUnlockkey\t",
        "masked-filters,      operations, SystemEvents\tevent\targs",
        "content,             operations, PluginCreate\tdocker\tunpacks it",
        "version-differences, operations, ContainerCreate\t1.43\tbody\tHostConfig.Annotations",
        "docker-commands,     commands, container restart\t-\tContainerRestart",
    })
    void printsTheTable(String name, String firstColumn, String row) {
        assertThat(run("table", name)).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith(firstColumn + "\t")
                .contains(row);
    }

    @Test
    void unknownNameGetsTheListOfNames() {
        assertThat(run("table", "fields")).isEqualTo(2);

        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("there is no table fields; use one of create-fields, build-fields, parameters,"
                        + " parameter-rules, secrets, masked-filters, content, version-differences, docker-commands");
        assertThat(run("table", "create-field")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("there is no table create-field; did you mean create-fields?");
    }
}
