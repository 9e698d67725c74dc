package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;

/** The tables of the README match the code. {@code -Dreadme.update=true} regenerates them. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");

    @Test
    void tableOfVariablesMatchesTheCode() throws IOException {
        PrintedTable.assertInStep(README, "variables", variables(), ReadmeTest.class);
    }

    @Test
    void tableOfSettingsMatchesTheCode() throws IOException {
        PrintedTable.assertInStep(README, "settings", settings(), ReadmeTest.class);
    }

    @Test
    void composeFileMatchesTheConfFolder() throws IOException {
        assertThat(Files.readString(README))
                .contains("```yaml\n" + Files.readString(Path.of("conf/compose.yaml")) + "```");
    }

    private static String variables() {
        return PrintedTable.of(
                List.of("variable", "default", "opens", "danger"),
                Variables.load().all().stream().map(ReadmeTest::row));
    }

    private static List<String> row(Variable variable) {
        return List.of(
                code(variable.name()),
                variable.isOnByDefault() ? "**1**" : "0",
                variable.opens(),
                variable.danger() == null ? "" : variable.danger());
    }

    private static String settings() {
        return PrintedTable.of(
                List.of("setting", "default", "meaning"),
                Arrays.stream(Setting.values())
                        .map(setting ->
                                List.of(code(setting.name()), code(setting.defaultValue()), setting.meaning())));
    }
}
