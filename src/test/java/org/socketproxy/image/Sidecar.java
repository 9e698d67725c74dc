package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** A container of the image with the tests' daemon. */
final class Sidecar implements AutoCloseable {
    static final String IMAGE = BuiltImage.NAME;
    /** Group of the daemon's socket; its owner is root. */
    static final int GROUP = 4242;

    private static final List<String> VARIABLES = List.of("--env=CONTAINERS=1", "--env=POST=1", "--env=EXEC=1");
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final long PAUSE_NANOS = 100_000_000L;

    private final Cli cli;
    private final String name;
    private final String host;

    private Sidecar(Cli cli, String name, String host) {
        this.cli = cli;
        this.name = name;
        this.host = host;
    }

    /** Provides the image, and sets the group of the daemon's socket to {@link #GROUP}. */
    static void build(RealDocker docker) throws IOException {
        Files.setAttribute(docker.socket(), "unix:gid", GROUP);
        BuiltImage.provideTo(docker);
    }

    /** Starts a container on the host's network with a free port and additional options of {@code docker run}. */
    static Sidecar start(RealDocker docker, Path folder, String name, String... options) {
        return start(docker, folder, name, VARIABLES, options);
    }

    /** Starts a container whose policy file has all permissions. */
    static Sidecar startWithPolicy(RealDocker docker, Path folder, String name, Path policy, String... options) {
        List<String> file = List.of("--volume=" + policy + ":/policy.yaml:ro", "--env=POLICY=/policy.yaml");
        return start(docker, folder, name, file, options);
    }

    private static Sidecar start(
            RealDocker docker, Path folder, String name, List<String> permissions, String... options) {
        Cli cli = docker.cli(folder, Map.of());
        int port = freePort();
        List<String> command = new ArrayList<>(List.of("docker", "run", "--detach", "--name", name));
        command.addAll(mounted(docker, port));
        command.addAll(permissions);
        command.addAll(List.of(options));
        command.add(IMAGE);
        Cli.Result started = cli.run(command.toArray(String[]::new));
        assertThat(started.exitCode()).as(started.stderr()).isZero();
        return new Sidecar(cli, name, "tcp://127.0.0.1:" + port);
    }

    /** Runs a container until it exits. */
    static Cli.Result run(RealDocker docker, Path folder, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of("docker", "run", "--rm"));
        command.addAll(mounted(docker, freePort()));
        command.addAll(VARIABLES);
        command.addAll(options);
        command.add(IMAGE);
        command.addAll(List.of(arguments));
        return docker.cli(folder, Map.of()).run(command.toArray(String[]::new));
    }

    private static List<String> mounted(RealDocker docker, int port) {
        return List.of(
                "--network=host",
                "--volume=" + docker.socket() + ":/var/run/docker.sock:ro",
                "--env=LISTEN=tcp://127.0.0.1:" + port,
                "--env=STATUS_LISTEN=tcp://127.0.0.1:" + freePort());
    }

    /** Address for clients, in the form of {@code DOCKER_HOST}. */
    String host() {
        return host;
    }

    /** Waits until the image's health check passes. */
    void awaitHealthy() {
        awaitHealthy(cli, name);
    }

    static void awaitHealthy(Cli cli, String container) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!inspect(cli, container, "{{.State.Health.Status}}").equals("healthy")) {
            pause(
                    deadline,
                    () -> "not healthy: " + inspect(cli, container, "{{json .State}}")
                            + cli.script("docker logs " + container + " 2>&1").stdout());
        }
    }

    /** Pauses before the next start of a program, or fails after the deadline. */
    private static void pause(long deadline, Supplier<String> message) {
        if (System.nanoTime() > deadline) {
            throw new AssertionError(message.get());
        }
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    String inspect(String format) {
        return inspect(cli, name, format);
    }

    private static String inspect(Cli cli, String container, String format) {
        return cli.run("docker", "inspect", "--format", format, container)
                .stdout()
                .strip();
    }

    /** Returns the fields of {@code /proc/PID/status} of the container's first process. */
    Map<String, String> process() {
        return process(inspect("{{.State.Pid}}"));
    }

    static Map<String, String> process(String pid) {
        try {
            return Files.readAllLines(Path.of("/proc", pid, "status")).stream()
                    .map(line -> line.split(":\\s*", 2))
                    .collect(Collectors.toMap(line -> line[0], line -> line[1].strip()));
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    String logs() {
        return cli.script("docker logs " + name + " 2>&1").stdout();
    }

    /** Waits until the log matches a pattern. */
    void awaitLog(String pattern) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!Pattern.compile(pattern).matcher(logs()).find()) {
            pause(deadline, () -> pattern + " is not in: " + logs());
        }
    }

    static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void close() {
        cli.run("docker", "rm", "--force", "--volumes", name);
    }
}
