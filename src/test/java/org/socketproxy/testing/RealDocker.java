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

/**
 * A dockerd in a temporary folder with one image: {@value #IMAGE}. All tests of a test process share it; {@link #get} starts
 * it, and a shutdown hook stops it.
 *
 * <p>If it cannot be started, the tests are skipped with a message; with {@code SOCKET_PROXY_REQUIRE_DOCKER=1} in the
 * environment they fail.
 */
public final class RealDocker implements RealDaemon {
    /** Image with the commands of BusyBox, {@code /tmp} and {@code /etc}. */
    public static final String IMAGE = "busybox:local";

    private static final List<String> PROGRAMS =
            List.of("dockerd", "docker", "docker-compose", "busybox", "script", "unshare", "ip");
    private static final String APPLETS =
            "sh cat cut date dd diff echo env false head id kill ls md5sum mkdir ps pwd rm seq sleep sort stty tail tar tee "
                    + "test touch tr true tty wc yes";
    /** Log of the daemon; it is kept to analyze failed tests. */
    private static final Path LOG = log("dockerd");

    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    private static final long STOP_LIMIT_SECONDS = 300;

    private static Attempt attempt;

    /** Result of the only attempt to start a daemon; one of the fields is null. */
    private record Attempt(RealDocker docker, String problem) {}

    private final Path folder;
    private final Path socket;
    private final Process daemon;

    private RealDocker(Path folder) throws IOException {
        this.folder = folder;
        this.socket = folder.resolve("docker.sock");
        ProcessBuilder builder = new ProcessBuilder(command(folder, socket))
                .redirectErrorStream(true)
                .redirectOutput(LOG.toFile());
        builder.environment().put("PATH", Programs.path());
        this.daemon = builder.start();
    }

    /** The log file of a daemon of this test process. */
    static Path log(String daemon) {
        return Path.of("target", daemon + "-" + System.getProperty("surefire.forkNumber", "1") + ".log")
                .toAbsolutePath();
    }

    /** The command of a daemon that keeps all its files in a folder. */
    static List<String> command(Path folder, Path socket) throws IOException {
        // The default pools end at the 31st network, also with the host's own interfaces.
        Path ownConfig = Files.writeString(
                folder.resolve("daemon.json"),
                "{\"default-address-pools\":[{\"base\":\"10.192.0.0/12\",\"size\":24}]}");
        // Separate containerd namespaces: dockerd uses the machine's containerd if it runs, and must not see its
        // containers.
        return List.of(
                Programs.file("dockerd"),
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

    /** Starts the daemon, and returns false if it cannot be started. */
    static synchronized boolean isUsable() {
        if (attempt == null) {
            attempt = attempt();
        }
        return attempt.docker != null;
    }

    /** Returns the daemon; skips or fails the calling test if it cannot be started. */
    public static synchronized RealDocker get() {
        boolean isUsable = isUsable();
        Programs.assume(isUsable, "The tests cannot use a Docker daemon: " + attempt.problem);
        return attempt.docker;
    }

    private static Attempt attempt() {
        List<String> missing = Programs.missing(PROGRAMS);
        if (!missing.isEmpty()) {
            return new Attempt(null, "not on the PATH: " + String.join(", ", missing));
        }
        if (!hasBuildx()) {
            return new Attempt(null, "the docker CLI has no plugin buildx");
        }
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                return new Attempt(null, "dockerd must be started by root");
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

    /** Returns true if the docker CLI, which must be installed, has the plugin buildx. */
    public static boolean hasBuildx() {
        return Cli.in(Path.of("/"), Map.of()).run("docker", "buildx", "version").exitCode() == 0;
    }

    private void awaitReady() throws IOException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (cli(folder, Map.of()).run("docker", "version").exitCode() != 0) {
            if (System.nanoTime() > deadline || !daemon.isAlive()) {
                List<String> log = Files.readAllLines(LOG);
                throw new IllegalStateException("dockerd did not start: "
                        + String.join("\n", log.subList(Math.max(0, log.size() - 10), log.size())));
            }
            waitFor(daemon, 100);
        }
    }

    /** Imports {@link #IMAGE} into a daemon. */
    public static void makeImage(Cli cli) {
        Cli.Result made =
                cli.script("mkdir -p image/bin image/etc image/tmp && cp $(command -v busybox) image/bin/busybox\n"
                        + "for applet in " + APPLETS + "; do ln -s busybox image/bin/$applet; done\n"
                        + "echo root:x:0:0:root:/:/bin/sh > image/etc/passwd; echo root:x:0: > image/etc/group\n"
                        + "tar -C image -c . | docker import --change 'CMD [\"sh\"]' - " + IMAGE);
        if (made.exitCode() != 0) {
            throw new IllegalStateException("The image could not be imported: " + made.stderr());
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

    /** The mount points below a folder, innermost first. */
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
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
