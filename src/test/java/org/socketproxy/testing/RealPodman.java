package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A Podman service in a temporary folder with the image of {@link RealDocker}. All tests of a test process share it;
 * {@link #get} starts it, and a shutdown hook stops it. If it cannot be started, the tests are skipped or fail as with
 * {@link RealDocker}.
 */
public final class RealPodman implements RealDaemon {
    private static final List<String> PROGRAMS = List.of("podman", "runc", "conmon", "docker", "busybox", "script");
    /** Log of the service; it is kept to analyze failed tests. */
    private static final Path LOG = RealDocker.log("podman");

    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    private static final long STOP_LIMIT_SECONDS = 300;

    /**
     * runc, because crun does not support hybrid cgroups. All state in the temporary folder, including the locks, which all
     * Podman processes of a user share by default. Pods need an image with this name, and not the program
     * catatonit. Networks do not need nftables. No stop timeout for containers that ignore SIGTERM. Low ulimits, because
     * raising a limit may be denied.
     */
    private static final String CONFIG = """
            [engine]
            runtime = "runc"
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            lock_type = "file"
            stop_timeout = 0
            infra_image = "infra:local"
            [network]
            network_config_dir = "FOLDER/networks"
            firewall_driver = "none"
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
            """;

    /** The client sends the stop timeout of a new container. */
    private static final String CLIENT_CONFIG = "[engine]\nstop_timeout = 0\n";

    private static Attempt attempt;

    /** Result of the only attempt to start a service; one of the fields is null. */
    private record Attempt(RealPodman podman, String problem) {}

    private final Path folder;
    private final Path socket;
    private final Process service;

    private RealPodman(Path folder) throws IOException {
        this.folder = folder;
        this.socket = folder.resolve("podman.sock");
        Path config = Files.writeString(folder.resolve("containers.conf"), CONFIG.replace("FOLDER", folder.toString()));
        Files.writeString(folder.resolve("client.conf"), CLIENT_CONFIG);
        ProcessBuilder builder = new ProcessBuilder(
                        Programs.file("podman"),
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
        builder.environment().put("PATH", Programs.path());
        builder.environment().put("CONTAINERS_CONF", config.toString());
        this.service = builder.start();
    }

    /** Returns the service; skips or fails the calling test if it cannot be started. */
    public static synchronized RealPodman get() {
        if (attempt == null) {
            attempt = attempt();
        }
        Programs.assume(attempt.podman != null, "The tests cannot use Podman: " + attempt.problem);
        return attempt.podman;
    }

    private static Attempt attempt() {
        List<String> missing = Programs.missing(PROGRAMS);
        if (!missing.isEmpty()) {
            return new Attempt(null, "not on the PATH: " + String.join(", ", missing));
        }
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                return new Attempt(null, "the Podman service must be started by root");
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

    /** Sets {@code CONTAINER_HOST} to {@code DOCKER_HOST}, so that docker and {@code podman --remote} use the same address. */
    @Override
    public Cli cli(Path workingFolder, Map<String, String> environment) {
        Map<String, String> variables = new HashMap<>(environment);
        variables.putIfAbsent("DOCKER_HOST", host());
        variables.put("CONTAINER_HOST", variables.get("DOCKER_HOST"));
        variables.put("CONTAINERS_CONF_OVERRIDE", folder.resolve("client.conf").toString());
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
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
