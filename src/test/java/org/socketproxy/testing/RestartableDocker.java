package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A dockerd for one test that can be killed and restarted. It has a network namespace of its own, because the ports and the
 * bridge of Swarm are the same in each daemon, and test processes run at the same time.
 */
public final class RestartableDocker implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    /** Replaces itself by the program of its arguments, so that the process id is that of the program. */
    private static final List<String> IN_OWN_NETWORK =
            List.of("unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\"");

    private final Path folder;
    private final Path socket;
    private final List<String> prefix;
    private final List<String> options;
    private Process daemon;
    private boolean isKilled;

    private RestartableDocker(Path folder, List<String> prefix, List<String> options) {
        this.folder = folder;
        this.prefix = prefix;
        this.options = options;
        this.socket = folder.resolve("docker.sock");
    }

    /** Starts a daemon and waits for its socket; skips the test like {@link RealDocker}. */
    public static RestartableDocker start() throws IOException, InterruptedException {
        return start(List.of());
    }

    /** The same, with further options of {@code dockerd}. */
    public static RestartableDocker start(List<String> options) throws IOException, InterruptedException {
        return start(IN_OWN_NETWORK, options);
    }

    /** The same in the network of this machine, for a daemon that listens on TCP or connects to the test. */
    public static RestartableDocker onMachineNetwork(List<String> options) throws IOException, InterruptedException {
        return start(List.of(), options);
    }

    /** The same in a network namespace of the test. */
    public static RestartableDocker in(NetworkNamespace network) throws IOException, InterruptedException {
        return start(List.of("nsenter", "--net=" + network.file()), List.of());
    }

    /** Starts a daemon that refuses API versions below this one, as dockerd 29 refuses those below 1.44. */
    public static RestartableDocker refusingBelow(String version) throws IOException, InterruptedException {
        List<String> prefix = new ArrayList<>(List.of("env", "DOCKER_MIN_API_VERSION=" + version));
        prefix.addAll(IN_OWN_NETWORK);
        return start(prefix, List.of());
    }

    private static RestartableDocker start(List<String> prefix, List<String> options)
            throws IOException, InterruptedException {
        RealDocker.get();
        RestartableDocker docker = new RestartableDocker(Files.createTempDirectory("killed-docker-"), prefix, options);
        docker.restart(false);
        return docker;
    }

    /** The path of the socket; the file may be missing or stale. */
    public Path socket() {
        return socket;
    }

    /** The process id of the daemon. */
    public long pid() {
        return daemon.pid();
    }

    /** Sends SIGKILL and waits for the end of the process; the file of the socket remains. */
    public void kill() throws InterruptedException {
        isKilled = true;
        daemon.destroyForcibly();
        if (!daemon.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("dockerd survived SIGKILL for " + LIMIT);
        }
    }

    /**
     * Starts the daemon again and waits until its socket exists.
     *
     * @param isRenamed whether the daemon listens on another path, which is then renamed to the old path
     */
    public void restart(boolean isRenamed) throws IOException, InterruptedException {
        endContainerd();
        Path listening = isRenamed ? folder.resolve("next.sock") : socket;
        Files.deleteIfExists(listening);
        List<String> command = new ArrayList<>(prefix);
        command.addAll(RealDocker.command(folder, listening));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("dockerd.log").toFile()));
        builder.environment().put("PATH", Programs.path());
        daemon = builder.start();
        isKilled = false;
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!Files.exists(listening)) {
            pause(deadline);
        }
        if (isRenamed) {
            Files.move(listening, socket, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Returns when it answers. */
    public void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + socket));
        while (cli.run("docker", "version").exitCode() != 0) {
            pause(deadline);
        }
    }

    /** Ends the containerd that outlives a killed dockerd; the next dockerd would wait for it for ten seconds. */
    private void endContainerd() throws IOException {
        Path file = folder.resolve("exec/containerd/containerd.pid");
        if (Files.exists(file)) {
            Optional<ProcessHandle> containerd =
                    ProcessHandle.of(Long.parseLong(Files.readString(file).strip()));
            containerd.ifPresent(ProcessHandle::destroyForcibly);
            containerd.ifPresent(process -> process.onExit().join());
        }
    }

    /** Ends the containers with their shims, which outlive containerd. */
    private void endContainers() {
        List<ProcessHandle> shims = ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(folder.toString()))
                .toList();
        shims.stream().flatMap(ProcessHandle::descendants).forEach(ProcessHandle::destroyForcibly);
        shims.forEach(ProcessHandle::destroyForcibly);
    }

    private void pause(long deadline) throws IOException, InterruptedException {
        if (!daemon.isAlive() || System.nanoTime() > deadline) {
            throw new AssertionError("dockerd did not start: " + Files.readString(folder.resolve("dockerd.log")));
        }
        TimeUnit.MILLISECONDS.sleep(20);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        boolean hasFailed = !isKilled && !daemon.isAlive();
        String log = hasFailed ? Files.readString(folder.resolve("dockerd.log")) : "";
        kill();
        endContainerd();
        endContainers();
        Cli cli = Cli.in(Path.of("/"), Map.of());
        List<String> mounts = RealDocker.mountsBelow(folder);
        mounts.forEach(mount -> cli.run("umount", "-l", mount));
        cli.run("rm", "-rf", "--one-file-system", folder.toString());
        if (hasFailed) {
            throw new AssertionError("dockerd has ended: " + log);
        }
    }
}
