package org.socketproxy.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs on the {@code PATH}, or with an absolute path, that some tests start. The system properties {@code dockerd}, {@code docker} and {@code podman}
 * name other files of these programs. A test without its programs is skipped with a message; with {@code SOCKET_PROXY_REQUIRE_DOCKER=1} in the
 * environment it fails.
 */
public final class Programs {
    private static final boolean ARE_REQUIRED = "1".equals(System.getenv("SOCKET_PROXY_REQUIRE_DOCKER"));

    private static final List<String> REPLACEABLE = List.of("dockerd", "docker", "podman");
    private static final String PATH = replacedFolders() + System.getenv("PATH");

    private Programs() {}

    /** The {@code PATH} of programs that the tests start: begins with the folders of the files that the system properties name. */
    public static String path() {
        return PATH;
    }

    /** Returns the file of a program on {@link #path}, because Java searches only the {@code PATH} of its own process. */
    static String file(String program) {
        return Stream.of(PATH.split(":"))
                .map(folder -> Path.of(folder).resolve(program))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .orElse(program);
    }

    private static String replacedFolders() {
        return REPLACEABLE.stream()
                .filter(program -> System.getProperty(program) != null)
                .map(program -> folderOf(program, Path.of(System.getProperty(program))) + ":")
                .collect(Collectors.joining());
    }

    private static Path folderOf(String program, Path file) {
        if (!file.isAbsolute() || !file.endsWith(program) || !Files.isExecutable(file)) {
            throw new IllegalArgumentException("The system property " + program
                    + " must be the absolute path of an executable file with this name: " + file);
        }
        return file.getParent();
    }

    /** Skips or fails the calling test if a program is not installed. */
    public static void assumeInstalled(String... programs) {
        List<String> missing = missing(List.of(programs));
        assume(missing.isEmpty(), "not on the PATH: " + String.join(", ", missing));
    }

    /** Skips or fails the calling test if a condition does not hold on this machine. */
    public static void assume(boolean condition, String message) {
        if (condition) {
            return;
        }
        if (ARE_REQUIRED) {
            throw new AssertionError(message);
        }
        System.err.println("SKIPPED. " + message);
        Assumptions.abort(message);
    }

    /** Returns the programs that are not installed. */
    public static List<String> missing(List<String> programs) {
        return programs.stream().filter(program -> !isInstalled(program)).toList();
    }

    private static boolean isInstalled(String program) {
        return file(program).startsWith("/");
    }
}
