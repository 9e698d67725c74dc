package org.socketproxy.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs on the {@code PATH}, or with an absolute path, that some tests start. A test without its programs is skipped with a message; with
 * {@code SOCKET_PROXY_REQUIRE_DOCKER=1} in the environment it fails.
 */
public final class Programs {
    private static final boolean ARE_REQUIRED = "1".equals(System.getenv("SOCKET_PROXY_REQUIRE_DOCKER"));

    private Programs() {}

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
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder).resolve(program)));
    }
}
