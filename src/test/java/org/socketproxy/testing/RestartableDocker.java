package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A dockerd for one test that can be killed and restarted. */
public final class RestartableDocker implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path folder;
    private final Path socket;
    private final List<String> options;
    private Process daemon;

    private RestartableDocker(Path folder, List<String> options) {
        this.folder = folder;
        this.options = options;
        this.socket = folder.resolve("docker.sock");
    }

    /** Starts a daemon and waits for its socket; skips the test like {@link RealDocker}. */
    public static RestartableDocker start() throws IOException, InterruptedException {
        return start(List.of());
    }

    /** The same, with further options of {@code dockerd}. */
    public static RestartableDocker start(List<String> options) throws IOException, InterruptedException {
        RealDocker.get();
        RestartableDocker docker = new RestartableDocker(Files.createTempDirectory("killed-docker-"), options);
        docker.restart(false);
        return docker;
    }

    /** The path of the socket; the file may be missing or stale. */
    public Path socket() {
        return socket;
    }

    /** Sends SIGKILL and waits for the end of the process; the file of the socket remains. */
    public void kill() throws InterruptedException {
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
        Path listening = isRenamed ? folder.resolve("next.sock") : socket;
        Files.deleteIfExists(listening);
        List<String> command = new ArrayList<>(RealDocker.command(folder, listening));
        command.addAll(options);
        daemon = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("dockerd.log").toFile()))
                .start();
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

    private void pause(long deadline) throws IOException, InterruptedException {
        if (!daemon.isAlive() || System.nanoTime() > deadline) {
            throw new AssertionError("dockerd did not start: " + Files.readString(folder.resolve("dockerd.log")));
        }
        TimeUnit.MILLISECONDS.sleep(20);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        kill();
        Path containerd = folder.resolve("exec/containerd/containerd.pid"); // outlives a killed dockerd
        if (Files.exists(containerd)) {
            ProcessHandle.of(Long.parseLong(Files.readString(containerd).strip()))
                    .ifPresent(ProcessHandle::destroyForcibly);
        }
        Cli cli = Cli.in(Path.of("/"), Map.of());
        List<String> mounts = RealDocker.mountsBelow(folder);
        mounts.forEach(mount -> cli.run("umount", "-l", mount));
        cli.run("rm", "-rf", "--one-file-system", folder.toString());
    }
}
