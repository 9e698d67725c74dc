package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of what one client can fill, in SECURITY.md. */
class BoundsTableTest {
    private static List<String> rows() throws IOException {
        return Files.readAllLines(Path.of("SECURITY.md")).stream()
                .dropWhile(line -> !line.startsWith("| resource | share of one client | others notice | test |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .toList();
    }

    private static Set<String> tests() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith("Test.java") || name.endsWith("IT.java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void eachRowHasFourCellsAndNamesTestsThatExist() throws IOException {
        Set<String> tests = tests();
        assertThat(rows()).hasSizeGreaterThan(20).allSatisfy(row -> {
            String[] cells = row.substring(2, row.length() - 2).split(" \\| ", -1);
            assertThat(cells).hasSize(4).noneMatch(String::isBlank);
            assertThat(cells[3]).matches("`\\w+`(, `\\w+`)*");
            assertThat(tests).contains(cells[3].replace("`", "").split(", "));
        });
    }
}
