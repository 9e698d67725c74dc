package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A source file that grows beyond the limit has more than one task: split it. */
class SourceSizeTest {
    private static final int MOST_LINES = 400;
    private static final int FEWEST_FILES = 1000;

    private static int lines(Path file) {
        try {
            return Files.readAllLines(file).size();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Test
    void noSourceFileIsLong() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(Path.of("src"))) {
            files = all.filter(file -> file.toString().endsWith(".java")).toList();
        }

        assertThat(files).hasSizeGreaterThan(FEWEST_FILES);
        assertThat(files).allMatch(file -> lines(file) <= MOST_LINES);
    }
}
