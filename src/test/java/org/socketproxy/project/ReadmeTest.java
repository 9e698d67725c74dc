package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** The tables of the README and of its pages match the code. {@code -Dreadme.update=true} regenerates them. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Path PODMAN = Path.of("docs/podman.md");
    private static final Path SETTINGS = Path.of("docs/reference.md");
    private static final int MOST_LINES = 250;
    /** Settings that most users need. */
    private static final List<Setting> IMPORTANT = List.of(
            Setting.LISTEN,
            Setting.SOCKET_PATH,
            Setting.DOCKER_HOST,
            Setting.STATUS_LISTEN,
            Setting.STATUS_TOKEN_FILE,
            Setting.PRESET,
            Setting.CREATE,
            Setting.BINDS,
            Setting.MASK,
            Setting.TARGETS,
            Setting.POLICY,
            Setting.ENV_FILE,
            Setting.MODE,
            Setting.LEDGER,
            Setting.LOG_LEVEL,
            Setting.LOG_FORMAT);

    @Test
    void readmeIsShort() throws IOException {
        assertThat(Files.readAllLines(README)).hasSizeLessThanOrEqualTo(MOST_LINES);
    }

    @Test
    void tableOfPresetsMatchesTheCode() throws IOException {
        String table = PrintedTable.of(
                List.of("`PRESET`", "variables", "what works, and what does not"),
                Preset.all().stream()
                        .map(preset -> List.of(
                                code(preset.name()),
                                preset.variables().stream()
                                                .sorted()
                                                .map(PrintedTable::code)
                                                .collect(Collectors.joining(" "))
                                        + (preset.create().isEmpty() ? "" : " " + code("CREATE=" + preset.create())),
                                preset.summary())));

        PrintedTable.assertInStep(README, "presets", table, ReadmeTest.class);
    }

    @Test
    void tablesOfVariablesMatchTheCode() throws IOException {
        PrintedTable.assertInStep(README, "variables", variables(false), ReadmeTest.class);
        PrintedTable.assertInStep(PODMAN, "variables", variables(true), ReadmeTest.class);
    }

    @Test
    void tablesOfSettingsMatchTheCode() throws IOException {
        PrintedTable.assertInStep(README, "settings", settings(IMPORTANT.stream()), ReadmeTest.class);
        PrintedTable.assertInStep(SETTINGS, "settings", settings(Arrays.stream(Setting.values())), ReadmeTest.class);
    }

    @Test
    void composeFileMatchesTheConfFolder() throws IOException {
        assertThat(Files.readString(README))
                .contains("```yaml\n" + Files.readString(Path.of("conf/compose.yaml")) + "```");
    }

    private static String variables(boolean isPodman) {
        return PrintedTable.of(
                List.of("variable", "default", "opens", "danger"),
                Variables.load().all().stream()
                        .filter(variable -> variable.name().startsWith("LIBPOD_") == isPodman)
                        .map(ReadmeTest::row));
    }

    private static List<String> row(Variable variable) {
        return List.of(
                code(variable.name()),
                variable.isOnByDefault() ? "**1**" : "0",
                variable.opens(),
                variable.danger() == null ? "" : variable.danger());
    }

    private static String settings(Stream<Setting> settings) {
        return PrintedTable.of(
                List.of("setting", "default", "meaning"),
                settings.map(
                        setting -> List.of(code(setting.name()), code(setting.defaultValue()), setting.meaning())));
    }
}
