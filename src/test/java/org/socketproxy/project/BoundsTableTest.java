package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.security.Exhaustion;

/** The table of what one client can fill, in SECURITY.md, has the rows of {@link Exhaustion}. */
class BoundsTableTest {
    private static final int MOST_WITHOUT_ROW = 12;

    /** Returns the four cells of each row. */
    private static List<String[]> rows() throws IOException {
        return Files.readAllLines(Path.of("SECURITY.md")).stream()
                .dropWhile(line -> !line.startsWith("| resource | share of one client | others notice | row or test |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(row -> row.substring(2, row.length() - 2).split(" \\| ", -1))
                .toList();
    }

    private static boolean isRow(String cell) {
        return cell.startsWith("`") && cell.replaceAll("`\\w+`(, )?", "").isEmpty();
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
    void eachRowHasFourCells() throws IOException {
        assertThat(rows())
                .hasSizeGreaterThan(25)
                .allSatisfy(cells -> assertThat(cells).hasSize(4).noneMatch(String::isBlank));
    }

    @Test
    void eachRowOfTheTestIsInOneRowOfTheTable() throws IOException {
        assertThat(rows().stream()
                        .map(cells -> cells[3])
                        .filter(BoundsTableTest::isRow)
                        .flatMap(cell -> Stream.of(cell.replace("`", "").split(", "))))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Exhaustion.values()).map(Enum::name).toList());
    }

    @Test
    void theOtherRowsNameATestThatExistsAndAReason() throws IOException {
        Set<String> tests = tests();
        assertThat(rows().stream().map(cells -> cells[3]).filter(cell -> !isRow(cell)))
                .hasSizeLessThanOrEqualTo(MOST_WITHOUT_ROW)
                .allSatisfy(cell -> {
                    assertThat(cell).matches("`\\w+`: .+");
                    assertThat(tests).contains(cell.replaceAll("`(\\w+)`.*", "$1"));
                });
    }
}
