package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A Podman service of the tests' own, in a scratch folder, with the same image as {@link RealDocker} has. There is one a
 * test run; it starts when first asked for, and ends with the program. Where none can be had, the tests that ask are
 * skipped and say why, or fail, as those do that ask for a Docker daemon.
 */
public final class RealPodman implements RealDaemon {
    private static final List<String> PROGRAMS = List.of("podman", "runc", "conmon", "docker", "busybox", "script");
    /** Outlives the service, for whoever wonders why a test failed. */
    private static final Path LOG = Path.of("target", "podman.log").toAbsolutePath();

    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final long STOP_LIMIT_SECONDS = 20;

    /**
     * Runc, since crun refuses the mixed control groups of some machines; all state in the scratch folder, locks too, which
     * by default are shared by all that Podman runs as one user; no grace for containers that do not hear a signal; limits
     * that no machine takes for a raise, which it may not allow.
     */
    private static final String CONFIG = """
            [engine]
            runtime = "runc"
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            lock_type = "file"
            stop_timeout = 0
            [network]
            network_config_dir = "FOLDER/networks"
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
            """;

    private static Attempt attempt;

    /** The one attempt to start a service, and what came of it: the other field is null. */
    private record Attempt(RealPodman podman, String whyNot) {}

    private final Path folder;
    private final Path socket;
    private final Process service;

    private RealPodman(Path folder) throws IOException {
        this.folder = folder;
        this.socket = folder.resolve("podman.sock");
        Path config = Files.writeString(folder.resolve("containers.conf"), CONFIG.replace("FOLDER", folder.toString()));
        ProcessBuilder builder = new ProcessBuilder(
                        "podman",
                        "--root=" + folder.resolve("root"),
                        "--runroot=" + folder.resolve("run"),
                        "--tmpdir=" + folder.resolve("tmp"),
                        "--storage-driver=vfs",
                        "system",
                        "service",
                        "--time=0",
                        "unix://" + socket)
                .redirectErrorStream(true)
                .redirectOutput(LOG.toFile());
        builder.environment().put("CONTAINERS_CONF", config.toString());
        this.service = builder.start();
    }

    /** The service; or the end of the test that asks, because none can be had. */
    public static synchronized RealPodman get() {
        if (attempt == null) {
            attempt = attempt();
        }
        if (attempt.podman == null) {
            String message = "No Podman to test with: " + attempt.whyNot;
            if (RealDocker.IS_REQUIRED) {
                throw new AssertionError(message);
            }
            System.err.println("SKIPPED. " + message);
            Assumptions.abort(message);
        }
        return attempt.podman;
    }

    private static Attempt attempt() {
        List<String> missing = PROGRAMS.stream()
                .filter(program -> !RealDocker.isInstalled(program))
                .toList();
        if (!missing.isEmpty()) {
            return new Attempt(null, "not on the PATH: " + String.join(", ", missing));
        }
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                return new Attempt(null, "a service with a folder of its own is started as root");
            }
            RealPodman podman = new RealPodman(Files.createTempDirectory("real-podman-"));
            Runtime.getRuntime().addShutdownHook(new Thread(podman::stop, "stop podman"));
            podman.awaitReady();
            RealDocker.makeImage(podman.cli(podman.folder, Map.of()));
            return new Attempt(podman, null);
        } catch (IOException | IllegalStateException failed) {
            return new Attempt(null, failed.toString());
        }
    }

    private void awaitReady() throws IOException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (cli(folder, Map.of()).run("podman", "--remote", "version").exitCode() != 0) {
            if (System.nanoTime() > deadline || !service.isAlive()) {
                throw new IllegalStateException("podman did not start: " + Files.readString(LOG));
            }
            waitFor(100);
        }
    }

    @Override
    public Path socket() {
        return socket;
    }

    /** Both clients: where {@code docker} goes by {@code DOCKER_HOST}, {@code podman --remote} goes too. */
    @Override
    public Cli cli(Path workingFolder, Map<String, String> environment) {
        Map<String, String> variables = new HashMap<>(environment);
        variables.putIfAbsent("DOCKER_HOST", host());
        variables.put("CONTAINER_HOST", variables.get("DOCKER_HOST"));
        variables.put("PODMAN_IGNORE_CGROUPSV1_WARNING", "1");
        return Cli.in(workingFolder, variables);
    }

    private void stop() {
        Cli cli = cli(folder, Map.of());
        if (service.isAlive()) {
            cli.script("podman --remote rm -fa -t 0; podman --remote pod rm -fa -t 0");
        }
        service.destroy();
        if (!waitFor(TimeUnit.SECONDS.toMillis(STOP_LIMIT_SECONDS))) {
            service.destroyForcibly();
        }
        RealDocker.mountsBelow(folder).forEach(mount -> cli.run("umount", "-l", mount));
        Cli.in(Path.of("/"), Map.of()).run("rm", "-rf", "--one-file-system", folder.toString());
    }

    private boolean waitFor(long millis) {
        try {
            return service.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
