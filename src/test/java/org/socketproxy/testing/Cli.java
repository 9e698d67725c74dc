package org.socketproxy.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Runs command-line programs in one folder and one environment, of which nothing is inherited but {@code PATH}. What they
 * print goes into files, so that a grandchild that lives on keeps nobody waiting.
 */
public final class Cli {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path folder;
    private final Map<String, String> environment;

    /** What a program left behind; in its output each character stands for one byte. */
    public record Result(int exitCode, String stdout, String stderr) {}

    private Cli(Path folder, Map<String, String> environment) {
        this.folder = folder;
        this.environment = environment;
    }

    /**
     * A runner of programs.
     *
     * @param folder where they run, and their home
     */
    public static Cli in(Path folder, Map<String, String> environment) {
        return new Cli(folder, environment);
    }

    /** Runs a program without input to its end, and fails the test if that takes longer than a minute. */
    public Result run(String... command) {
        try (Running running = start(command)) {
            running.closeStdin();
            return running.await(LIMIT);
        }
    }

    /** Runs a Bash script that ends at its first failing command. */
    public Result script(String script) {
        return run("bash", "-eo", "pipefail", "-c", script);
    }

    /** Starts a program whose input stays open until it is closed. */
    public Running start(String... command) {
        try {
            Path stdout = Files.createTempFile("cli-", ".out");
            Path stderr = Files.createTempFile("cli-", ".err");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectOutput(stdout.toFile())
                    .redirectError(stderr.toFile());
            Map<String, String> variables = builder.environment();
            String path = variables.get("PATH");
            variables.clear();
            variables.put("PATH", path);
            variables.put("HOME", folder.toString());
            variables.putAll(environment);
            return new Running(String.join(" ", command), builder.start(), stdout, stderr);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A program under way. */
    public static final class Running implements AutoCloseable {
        private final String command;
        private final Process process;
        private final Path stdout;
        private final Path stderr;

        private Running(String command, Process process, Path stdout, Path stderr) {
            this.command = command;
            this.process = process;
            this.stdout = stdout;
            this.stderr = stderr;
        }

        /** What it has printed until now. */
        public String stdout() {
            return read(stdout);
        }

        public String stderr() {
            return read(stderr);
        }

        public long pid() {
            return process.pid();
        }

        public boolean isAlive() {
            return process.isAlive();
        }

        public void type(String text) {
            try {
                OutputStream stdin = process.getOutputStream();
                stdin.write(text.getBytes(StandardCharsets.UTF_8));
                stdin.flush();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        public void closeStdin() {
            try {
                process.getOutputStream().close();
            } catch (IOException alreadyGone) {
                // It ended without reading its input.
            }
        }

        /** Sends SIGTERM. */
        public void terminate() {
            process.destroy();
        }

        /** Waits for the end, and fails the test if it does not come in time. */
        public Result await(Duration limit) {
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("Not ended within " + limit + ": " + command + "\nstdout so far: "
                            + stdout() + "\nstderr so far: " + stderr());
                }
                return new Result(process.exitValue(), stdout(), stderr());
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(hurried);
            }
        }

        /** Waits until something is so, and fails the test if it does not come in time or the program ends before. */
        public void awaitUntil(String what, Duration limit, BooleanSupplier isSo) {
            long deadline = System.nanoTime() + limit.toNanos();
            while (!isSo.getAsBoolean()) {
                if (System.nanoTime() > deadline || !process.isAlive()) {
                    throw new AssertionError((process.isAlive() ? "Not within " + limit : "Ended before") + ": " + what
                            + "\n" + command + "\nstdout: " + stdout() + "\nstderr: " + stderr());
                }
                pause();
            }
        }

        private void pause() {
            try {
                process.waitFor(20, TimeUnit.MILLISECONDS);
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(hurried);
            }
        }

        /** Kills what is left of it. */
        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            try {
                Files.deleteIfExists(stdout);
                Files.deleteIfExists(stderr);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        private static String read(Path file) {
            try {
                return Files.readString(file, StandardCharsets.ISO_8859_1);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }
}
