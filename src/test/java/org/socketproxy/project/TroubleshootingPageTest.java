package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The program contains each message that {@code docs/troubleshooting.md} quotes. */
class TroubleshootingPageTest {
    private static final Path PAGE = Path.of("docs/troubleshooting.md");
    private static final List<Path> PROGRAM =
            List.of(Path.of("src/main/java"), Path.of("src/main/resources"), Path.of("src/image"));
    /** Stands for a part of a message that differs. */
    private static final String ELLIPSIS = "…";
    /** A message with fewer fixed characters would be found anywhere. */
    private static final int SHORTEST = 12;

    private static String texts;

    @BeforeAll
    static void readProgram() {
        texts = PROGRAM.stream()
                .flatMap(TroubleshootingPageTest::files)
                .map(TroubleshootingPageTest::joined)
                .collect(Collectors.joining("\n"));
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().matches(".*\\.(java|c|tsv|properties)")).toList().stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The text of a file, in which string literals that are parts of one text are joined. */
    private static String joined(Path file) {
        try {
            return Files.readString(file)
                    .replaceAll("\"\\s*\\+\\s*\"", "")
                    .replaceAll("\"\\s*\\n\\s*\"", "")
                    .replace("\\\"", "\"");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The first code span of each element of the lists of messages. */
    static List<String> messages() throws IOException {
        return Files.readAllLines(PAGE).stream()
                .dropWhile(line -> !line.startsWith("## By message"))
                .filter(line -> line.startsWith("- `"))
                .map(line -> line.split("`", 3)[1])
                .toList();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void programContainsTheMessage(String message) {
        List<String> parts = Arrays.stream(message.split(ELLIPSIS))
                .map(String::strip)
                .filter(part -> part.length() > 1)
                .toList();

        assertThat(parts).isNotEmpty().allSatisfy(part -> assertThat(texts).contains(part));
    }

    @Test
    void messagesAreLongEnoughToBeFoundOnlyOnce() throws IOException {
        assertThat(messages())
                .hasSizeGreaterThan(50)
                .filteredOn(message -> !message.equals("… refused: …"))
                .allSatisfy(message ->
                        assertThat(message.replace(ELLIPSIS, "").strip()).hasSizeGreaterThanOrEqualTo(SHORTEST));
    }
}
