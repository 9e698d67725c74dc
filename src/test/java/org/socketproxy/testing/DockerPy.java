package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Runs programs with docker-py of Debian's package python3-docker. Without it the tests are skipped; with
 * {@code SOCKET_PROXY_REQUIRE_DOCKER=1} in the environment they fail.
 */
public final class DockerPy {
    private static final String PYTHON = "/usr/bin/python3";

    private DockerPy() {}

    /** Runs a program with the proxy as {@code DOCKER_HOST}. */
    public static Cli.Result run(Path folder, int port, String program) throws IOException {
        Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + port));
        Path script = Files.writeString(Files.createTempFile(folder, "program", ".py"), program);
        Programs.assumeInstalled(PYTHON);
        Programs.assume(
                cli.run(PYTHON, "-c", "import docker").exitCode() == 0, "the package python3-docker is missing");
        return cli.run(PYTHON, script.toString());
    }
}
