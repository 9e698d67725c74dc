package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A table of a Markdown page that is generated from the code, between two marker comments. */
public final class PrintedTable {
    private PrintedTable() {}

    public static String of(List<String> columns, Stream<List<String>> rows) {
        List<String> rule = columns.stream().map(column -> "---").toList();
        return Stream.concat(Stream.of(columns, rule), rows)
                .map(cells -> cells.stream()
                        .map(cell -> cell.replace("|", "\\|"))
                        .collect(Collectors.joining(" | ", "| ", " |\n")))
                .collect(Collectors.joining());
    }

    /** A list of terms with their meaning, for long texts. */
    public static String list(Stream<List<String>> rows) {
        return rows.map(cells -> "- " + cells.get(0) + ": " + cells.get(1) + "\n")
                .collect(Collectors.joining());
    }

    static String code(String text) {
        return text.isEmpty() ? "" : "`" + text + "`";
    }

    /** Asserts that the page contains the table; {@code -Dreadme.update=true} writes it instead. */
    public static void assertInStep(Path page, String name, String table, Class<?> test) throws IOException {
        String text = Files.readString(page);
        int begin = text.indexOf("-->\n", text.indexOf("<!-- " + name + ": begin")) + "-->\n".length();
        int end = text.indexOf("<!-- " + name + ": end -->");
        assertThat(begin)
                .as("the place of the table of " + name + " in " + page)
                .isBetween(1, end);
        if (Boolean.getBoolean("readme.update")) {
            Files.writeString(page, text.substring(0, begin) + table + text.substring(end));
            return;
        }
        assertThat(text.substring(begin, end))
                .as("the table of " + name + " in " + page + "; to refresh it run: mvn test -Dtest="
                        + test.getSimpleName() + " -Dreadme.update=true")
                .isEqualTo(table);
    }
}
