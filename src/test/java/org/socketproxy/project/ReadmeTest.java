package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;

/** The tables of the README are those of the code. With {@code -Dreadme.update=true} they are written anew first. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final String REFRESH = "mvn test -Dtest=ReadmeTest -Dreadme.update=true";

    @Test
    void theTableOfVariablesIsThatOfTheCode() throws IOException {
        assertInStep("variables", variables());
    }

    @Test
    void theTableOfSettingsIsThatOfTheCode() throws IOException {
        assertInStep("settings", settings());
    }

    private static String variables() {
        return table(
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
        return table(
                List.of("setting", "default", "meaning"),
                Arrays.stream(Setting.values())
                        .map(setting ->
                                List.of(code(setting.name()), code(setting.defaultValue()), setting.meaning())));
    }

    private static String table(List<String> columns, Stream<List<String>> rows) {
        List<String> rule = columns.stream().map(column -> "---").toList();
        return Stream.concat(Stream.of(columns, rule), rows)
                .map(cells -> cells.stream()
                        .map(cell -> cell.replace("|", "\\|"))
                        .collect(Collectors.joining(" | ", "| ", " |\n")))
                .collect(Collectors.joining());
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + text + "`";
    }

    private static void assertInStep(String name, String table) throws IOException {
        String readme = Files.readString(README);
        int begin = readme.indexOf("-->\n", readme.indexOf("<!-- " + name + ": begin")) + "-->\n".length();
        int end = readme.indexOf("<!-- " + name + ": end -->");
        assertThat(begin)
                .as("the place of the table of " + name + " in " + README)
                .isBetween(1, end);
        if (Boolean.getBoolean("readme.update")) {
            Files.writeString(README, readme.substring(0, begin) + table + readme.substring(end));
            return;
        }
        assertThat(readme.substring(begin, end))
                .as("the table of " + name + " in " + README + "; to refresh it run: " + REFRESH)
                .isEqualTo(table);
    }
}
