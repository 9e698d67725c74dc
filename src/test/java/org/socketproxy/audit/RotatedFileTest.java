package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file of {@code AUDIT_FILE}: size, number, and what other programs do to it. */
class RotatedFileTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("audit.log");
    }

    /** A line has 10 bytes. */
    @ParameterizedTest
    @CsvSource({
        "1000, 3, 20, audit.log", // all lines fit
        "50, 3, 5, audit.log",
        "50, 3, 6, audit.log audit.log.1",
        "50, 3, 40, audit.log audit.log.1 audit.log.2 audit.log.3",
        "50, 1, 40, audit.log audit.log.1",
        "5, 2, 40, audit.log audit.log.1 audit.log.2" // a line is longer than the file
    })
    void fullFilesAreRenamedAndTheOldestIsReplaced(int maxBytes, int kept, int lines, String names) throws IOException {
        LogFile log = LogFile.rotated(file(), maxBytes, kept);
        IntStream.range(0, lines).forEach(i -> log.accept("line %04d%n".formatted(i)));

        List<Path> found = IntStream.rangeClosed(0, kept)
                .mapToObj(i -> i == kept ? file() : folder.resolve("audit.log." + (kept - i)))
                .filter(Files::exists)
                .toList();
        assertThat(found).allSatisfy(each -> assertThat(Files.size(each)).isLessThanOrEqualTo(Math.max(maxBytes, 10)));
        List<String> oldestFirst = new ArrayList<>();
        for (Path each : found) {
            oldestFirst.addAll(Files.readAllLines(each));
        }
        assertThat(names()).containsExactly(names.split(" "));
        assertThat(oldestFirst)
                .isEqualTo(IntStream.range(lines - oldestFirst.size(), lines)
                        .mapToObj("line %04d"::formatted)
                        .toList());
    }

    @Test
    void aFileThatIsRenamedOrRemovedIsReplacedByANewOne() throws IOException {
        LogFile log = LogFile.rotated(file(), 1000, 1);
        log.accept("a\n");
        Files.move(file(), folder.resolve("moved"));
        log.accept("b\n");
        assertThat(file()).hasContent("b");
        Files.delete(file());
        log.accept("c\n");

        assertThat(file()).hasContent("c");
        assertThat(folder.resolve("moved")).hasContent("a");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .doesNotContain("x")
                .endsWith("---");
    }

    @Test
    void aRestartAppends() throws IOException {
        LogFile.rotated(file(), 1000, 1).accept("a\n");
        LogFile.rotated(file(), 1000, 1).accept("b\n");

        assertThat(file()).hasContent("a\nb");
    }

    @Test
    void nothingIsWrittenThroughALinkOrToAFolder() throws IOException {
        Path foreign = Files.writeString(folder.resolve("foreign"), "x");
        Files.createSymbolicLink(file(), foreign);
        Path directory = Files.createDirectory(folder.resolve("directory"));

        assertThatThrownBy(() -> LogFile.rotated(file(), 1000, 1)).hasMessageContaining("not a regular file");
        assertThatThrownBy(() -> LogFile.rotated(directory, 1000, 1)).hasMessageContaining("not a regular file");
        assertThat(foreign).hasContent("x");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(each -> String.valueOf(each.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
