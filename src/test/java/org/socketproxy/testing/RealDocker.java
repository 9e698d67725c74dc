package org.socketproxy.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A Docker daemon of the tests' own, in a scratch folder, with one image: {@value #IMAGE}. There is one a test run; it
 * starts when first asked for, and ends with the program.
 *
 * <p>Where none can be had, the tests that ask are skipped and say why; with {@code SOCKET_PROXY_REQUIRE_DOCKER=1} in the
 * environment they fail.
 */
public final class RealDocker implements RealDaemon {
    /** What containers of tests are made of: the commands of BusyBox, {@code /tmp} and {@code /etc}. */
    public static final String IMAGE = "busybox:local";

    static final boolean IS_REQUIRED = "1".equals(System.getenv("SOCKET_PROXY_REQUIRE_DOCKER"));
    private static final List<String> PROGRAMS = List.of("dockerd", "docker", "docker-compose", "busybox", "script");
    private static final String APPLETS =
            "sh cat cut date dd diff echo env false head id kill ls md5sum mkdir ps pwd rm seq sleep sort stty tail tar tee "
                    + "test touch tr true tty wc yes";
    /** Outlives the daemon, for whoever wonders why a test failed. */
    private static final Path LOG = Path.of("target", "dockerd.log").toAbsolutePath();

    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final long STOP_LIMIT_SECONDS = 30;

    private static Attempt attempt;

    /** The one attempt to start a daemon, and what came of it: the other field is null. */
    private record Attempt(RealDocker docker, String whyNot) {}

    private final Path folder;
    private final Path socket;
    private final Process daemon;

    private RealDocker(Path folder) throws IOException {
        this.folder = folder;
        this.socket = folder.resolve("docker.sock");
        this.daemon = new ProcessBuilder(command(folder, socket))
                .redirectErrorStream(true)
                .redirectOutput(LOG.toFile())
                .start();
    }

    /** What starts a daemon that keeps all that is its own in a folder. */
    static List<String> command(Path folder, Path socket) throws IOException {
        Path ownConfig = Files.writeString(folder.resolve("daemon.json"), "{}");
        // Namespaces of its own, since it takes the machine's containerd if one runs: it must not see others'
        // containers.
        return List.of(
                "dockerd",
                "--config-file=" + ownConfig,
                "--host=unix://" + socket,
                "--data-root=" + folder.resolve("data"),
                "--exec-root=" + folder.resolve("exec"),
                "--pidfile=" + folder.resolve("docker.pid"),
                "--containerd-namespace=" + folder.getFileName(),
                "--containerd-plugins-namespace=" + folder.getFileName() + "-plugins",
                "--bridge=none",
                "--iptables=false",
                "--ip6tables=false",
                "--ip-forward=false");
    }

    /** The daemon; or the end of the test that asks, because none can be had. */
    public static synchronized RealDocker get() {
        if (attempt == null) {
            attempt = attempt();
        }
        if (attempt.docker == null) {
            String message = "No Docker daemon to test with: " + attempt.whyNot;
            if (IS_REQUIRED) {
                throw new AssertionError(message);
            }
            System.err.println("SKIPPED. " + message);
            Assumptions.abort(message);
        }
        return attempt.docker;
    }

    private static Attempt attempt() {
        List<String> missing =
                PROGRAMS.stream().filter(program -> !isInstalled(program)).toList();
        if (!missing.isEmpty()) {
            return new Attempt(null, "not on the PATH: " + String.join(", ", missing));
        }
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                return new Attempt(null, "dockerd has to be started by root");
            }
            RealDocker docker = new RealDocker(Files.createTempDirectory("real-docker-"));
            Runtime.getRuntime().addShutdownHook(new Thread(docker::stop, "stop dockerd"));
            docker.awaitReady();
            makeImage(docker.cli(docker.folder, Map.of()));
            return new Attempt(docker, null);
        } catch (IOException | IllegalStateException failed) {
            return new Attempt(null, failed.toString());
        }
    }

    static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private void awaitReady() throws IOException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (cli(folder, Map.of()).run("docker", "version").exitCode() != 0) {
            if (System.nanoTime() > deadline || !daemon.isAlive()) {
                List<String> said = Files.readAllLines(LOG);
                throw new IllegalStateException("dockerd did not start: "
                        + String.join("\n", said.subList(Math.max(0, said.size() - 10), said.size())));
            }
            waitFor(daemon, 100);
        }
    }

    /** Makes the image of the tests in a daemon. */
    static void makeImage(Cli cli) {
        Cli.Result made =
                cli.script("mkdir -p image/bin image/etc image/tmp && cp $(command -v busybox) image/bin/busybox\n"
                        + "for applet in " + APPLETS + "; do ln -s busybox image/bin/$applet; done\n"
                        + "echo root:x:0:0:root:/:/bin/sh > image/etc/passwd; echo root:x:0: > image/etc/group\n"
                        + "tar -C image -c . | docker import --change 'CMD [\"sh\"]' - " + IMAGE);
        if (made.exitCode() != 0) {
            throw new IllegalStateException("No image could be made: " + made.stderr());
        }
    }

    @Override
    public Path socket() {
        return socket;
    }

    @Override
    public Cli cli(Path workingFolder, Map<String, String> environment) {
        Map<String, String> variables = new java.util.HashMap<>(environment);
        variables.putIfAbsent("DOCKER_HOST", host());
        return Cli.in(workingFolder, variables);
    }

    private void stop() {
        Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", host()));
        if (daemon.isAlive()) {
            cli.script("docker ps -aq | xargs -r docker rm -fv");
        }
        List<ProcessHandle> children = daemon.descendants().toList();
        daemon.destroy();
        if (!waitFor(daemon, TimeUnit.SECONDS.toMillis(STOP_LIMIT_SECONDS))) {
            daemon.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
        }
        mountsBelow(folder).forEach(mount -> cli.run("umount", "-l", mount));
        Cli.in(Path.of("/"), Map.of()).run("rm", "-rf", "--one-file-system", folder.toString());
    }

    /** Innermost first. */
    static List<String> mountsBelow(Path folder) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mounts"))) {
            List<String> mounts = new ArrayList<>(lines.map(line -> line.split(" ")[1])
                    .filter(mount -> mount.startsWith(folder + "/"))
                    .toList());
            Collections.reverse(mounts);
            return mounts;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static boolean waitFor(Process process, long millis) {
        try {
            return process.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
