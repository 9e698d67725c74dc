package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.ProfileKeys;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** The README is short, and the lists of {@code docs/reference.md} match the code. {@code -Dreadme.update=true} regenerates them. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Path REFERENCE = Path.of("docs/reference.md");
    private static final int MOST_WORDS = 1_800;

    @Test
    void readmeIsShort() throws IOException {
        assertThat(Files.readString(README).split("\\s+")).hasSizeLessThanOrEqualTo(MOST_WORDS);
    }

    @Test
    void readmeNamesEveryPreset() throws IOException {
        String text = Files.readString(README);

        assertThat(Preset.all()).allSatisfy(preset -> assertThat(text).contains(code(preset.name())));
    }

    @Test
    void listsOfVariablesMatchTheCode() throws IOException {
        PrintedTable.assertInStep(REFERENCE, "variables", variables(false), ReadmeTest.class);
        PrintedTable.assertInStep(REFERENCE, "libpod-variables", variables(true), ReadmeTest.class);
    }

    @Test
    void referenceNamesTheOtherVariables() throws IOException {
        String page = Files.readString(REFERENCE);

        assertThat(Variables.load().all())
                .filteredOn(
                        variable -> variable.isOnByDefault() || variable.name().startsWith("LIBPOD_ALLOW_"))
                .hasSizeGreaterThan(10)
                .allSatisfy(variable -> assertThat(page).contains(code(variable.name())));
    }

    @Test
    void listOfSettingsMatchesTheCode() throws IOException {
        PrintedTable.assertInStep(REFERENCE, "settings", settings(), ReadmeTest.class);
    }

    @Test
    void composeFileMatchesTheConfFolder() throws IOException {
        assertThat(Files.readString(README))
                .contains("```yaml\n" + Files.readString(Path.of("conf/compose.yaml")) + "```");
    }

    private static String variables(boolean isPodman) {
        return PrintedTable.list(Variables.load().all().stream()
                .filter(variable -> variable.name().startsWith("LIBPOD_") == isPodman
                        && !variable.name().startsWith("LIBPOD_ALLOW_"))
                .map(ReadmeTest::row));
    }

    /** A variable of Podman's own API refers to that of Docker's API for what is the same. */
    private static List<String> row(Variable variable) {
        Optional<Variable> docker = Variables.load()
                .find(variable.name().replace("LIBPOD_", ""))
                .filter(same ->
                        !same.name().equals(variable.name()) && Objects.equals(same.danger(), variable.danger()));
        String name = docker.map(same -> "as " + code(same.name())).orElse("");
        String own = variable.danger();
        String danger = own == null ? "" : ". **Danger:** " + (docker.isPresent() ? name : own);
        String opens = variable.opens().replaceFirst("^Podman: ", "");
        return List.of(
                code(variable.name()),
                docker.filter(same -> same.opens().equals(opens))
                        .map(same -> name)
                        .orElse(opens + danger));
    }

    private static String settings() {
        return PrintedTable.list(Arrays.stream(Setting.values())
                .map(setting -> List.of(
                        code(setting.name())
                                + (setting.defaultValue().isEmpty() ? "" : " (" + code(setting.defaultValue()) + ")")
                                + (Setting.keys().containsKey(setting)
                                        ? ", key " + code(ProfileKeys.all().get(setting.name()))
                                        : ""),
                        setting.meaning())));
    }
}
