package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.CallList;

/** {@code docs/presets.md} matches the table of presets and the call lists. */
class PresetsPageTest {
    private static final Path PAGE = Path.of("docs/presets.md");
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @Test
    void tableOfPresetsMatchesTheCode() throws IOException {
        String table = PrintedTable.of(
                List.of(
                        "preset",
                        "client and version",
                        "settings",
                        "root on the host",
                        "what works, and what does not"),
                Preset.all().stream().map(PresetsPageTest::row));

        PrintedTable.assertInStep(PAGE, "presets", table, PresetsPageTest.class);
    }

    @Test
    void everyPresetHasASection() throws IOException {
        List<String> sections = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("### "))
                .map(line -> line.substring("### ".length()))
                .toList();

        assertThat(sections)
                .containsExactlyElementsOf(
                        Preset.all().stream().map(Preset::name).toList());
    }

    private static List<String> row(Preset preset) {
        return List.of(
                code(preset.name()),
                CallList.of(preset.name()).client(),
                settings(preset),
                root(preset),
                preset.summary());
    }

    private static String settings(Preset preset) {
        Stream<String> others = Stream.of(
                preset.mask().isEmpty() ? "" : "MASK=" + preset.mask(),
                preset.create().isEmpty() ? "" : "CREATE=" + preset.create());
        return Stream.concat(preset.variables().stream().sorted(), others.filter(setting -> !setting.isEmpty()))
                .map(PrintedTable::code)
                .collect(Collectors.joining(" "));
    }

    /** Returns the begin of the answer: yes, no or not directly. */
    private static String root(Preset preset) {
        try {
            Profile profile = Settings.read(Map.of("PRESET", preset.name()), Variables.load())
                    .policy()
                    .otherwise()
                    .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());
            return Risk.of(profile, CATALOGUE).answer().split("[:.,]")[0].toLowerCase(Locale.ROOT);
        } catch (InvalidSettingsException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
