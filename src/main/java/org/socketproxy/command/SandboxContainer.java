package org.socketproxy.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Options of {@code sandbox} for a command in a container of the lease. The docker CLI of the host creates the container through
 * the socket of the lease, so that the rights of the lease decide about it.
 */
final class SandboxContainer {
    /** The proxy puts the socket of the lease in place of this one. */
    private static final String SOCKET = "/var/run/docker.sock";

    @Option(
            names = "--in",
            required = true,
            paramLabel = "IMAGE",
            description = "run the command in a container of the lease, from this image; it needs the docker CLI here")
    private String image = "";

    @Option(names = "--user", paramLabel = "USER", description = "with --in: user of the container, such as 1000:1000")
    private @Nullable String user;

    @Option(names = "--memory", paramLabel = "SIZE", description = "with --in: memory of the container, such as 2g")
    private @Nullable String memory;

    @Option(
            names = "--pids-limit",
            paramLabel = "N",
            description = "with --in: processes of the container, such as 512")
    private @Nullable String pids;

    /**
     * Returns the command that runs another one in the container.
     *
     * @param project folder of the host, which the container has under the same path as its working directory
     * @param command empty for that of the image
     */
    List<String> around(List<String> command, @Nullable Path project) {
        List<String> words = new ArrayList<>(List.of("docker", "run", "--rm", "--interactive"));
        if (isTerminal(0) && isTerminal(1)) {
            words.add("--tty");
        }
        words.addAll(List.of("--volume", SOCKET + ":" + SOCKET, "--env", "DOCKER_HOST=unix://" + SOCKET));
        words.addAll(List.of("--env", "TESTCONTAINERS_RYUK_DISABLED=true"));
        if (project != null) {
            String path = project.toString().replace("\"", "\"\""); // the value is a line of CSV
            words.addAll(List.of("--mount", "type=bind,\"source=" + path + "\",\"target=" + path + "\""));
            words.addAll(List.of("--workdir", project.toString()));
        }
        add(words, "--user", user);
        add(words, "--memory", memory);
        add(words, "--pids-limit", pids);
        words.add("--");
        words.add(image);
        words.addAll(command);
        return words;
    }

    private static void add(List<String> words, String option, @Nullable String value) {
        if (value != null) {
            words.add(option + "=" + value);
        }
    }

    /** The docker CLI refuses {@code --tty} if its standard input is no terminal. */
    private static boolean isTerminal(int descriptor) {
        try {
            String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty") || file.equals("/dev/console");
        } catch (IOException closed) {
            return false;
        }
    }
}
