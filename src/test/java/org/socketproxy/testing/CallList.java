package org.socketproxy.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The requests of a known client, taken from its traces or its source code and not from a preset.
 *
 * @param client name and version of the client
 * @param sources the sources of the requests
 */
public record CallList(String client, List<String> sources, List<Request> requests) {
    private static final Path FOLDER = Path.of("src/test/resources/org/socketproxy/compat/presets");
    private static final String CLIENT = "# Client: ";
    private static final String SOURCE = "# Source: ";

    public record Request(String method, String target) {}

    /** The presets that have a list, in alphabetical order. */
    public static List<String> names() {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString().replaceFirst("\\.txt$", ""))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    public static CallList of(String preset) {
        try {
            List<String> lines = Files.readAllLines(FOLDER.resolve(preset + ".txt"));
            return new CallList(
                    String.join(" ", after(CLIENT, lines)),
                    after(SOURCE, lines),
                    lines.stream()
                            .filter(line -> !line.isBlank() && !line.startsWith("#"))
                            .map(CallList::request)
                            .toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<String> after(String label, List<String> lines) {
        return lines.stream()
                .filter(line -> line.startsWith(label))
                .map(line -> line.substring(label.length()))
                .toList();
    }

    private static Request request(String line) {
        int blank = line.indexOf(' ');
        return new Request(line.substring(0, blank), line.substring(blank + 1));
    }
}
