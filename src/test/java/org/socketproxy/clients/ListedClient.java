package org.socketproxy.clients;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.socketproxy.testing.RealDaemon;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;

/**
 * A row of {@code src/test/clients/clients.tsv}. The script {@code src/test/clients/NAME/run} is the workload: it talks to
 * {@code DOCKER_HOST}, prints what must be equal everywhere and fails if the client fails.
 *
 * @param daemon docker or podman
 * @param source where the version comes from: {@code cmd}, {@code deb}, {@code jar} or {@code npm}, and a name
 * @param variables those that the hints of the proxy lead to
 * @param preset the value of {@code PRESET} with which the workload works, or {@code -}
 */
record ListedClient(String name, String daemon, String source, SortedSet<String> variables, String preset) {
    static final Path FOLDER = Path.of("src", "test", "clients").toAbsolutePath();

    static List<ListedClient> all() {
        try (Stream<String> lines = Files.lines(FOLDER.resolve("clients.tsv"))) {
            return lines.skip(1).map(ListedClient::of).toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static ListedClient of(String line) {
        String[] cells = line.split("\t", -1);
        return new ListedClient(cells[0], cells[1], cells[2], new TreeSet<>(List.of(cells[3].split(" "))), cells[4]);
    }

    boolean hasPreset() {
        return !preset.equals("-");
    }

    RealDaemon realDaemon() {
        return daemon.equals("podman") ? RealPodman.get() : RealDocker.get();
    }

    Path folder() {
        return FOLDER.resolve(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
