package org.socketproxy.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Runs command-line programs in one folder and one environment, which inherits only {@link Programs#path}. Redirects their output to
 * files, because a surviving grandchild would keep a pipe open.
 */
public final class Cli {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final Path folder;
    private final Map<String, String> environment;

    /** Exit code and output of a program; each character of the output is one byte. */
    public record Result(int exitCode, String stdout, String stderr) {}

    private Cli(Path folder, Map<String, String> environment) {
        this.folder = folder;
        this.environment = environment;
    }

    /**
     * Creates a runner.
     *
     * @param folder working directory and {@code HOME} of the programs
     */
    public static Cli in(Path folder, Map<String, String> environment) {
        return new Cli(folder, environment);
    }

    /** Runs a program without input until it ends; fails the test after three minutes. */
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

    /** Starts a program; its standard input stays open until {@link Running#closeStdin}. */
    public Running start(String... command) {
        try {
            Path stdout = Files.createTempFile("cli-", ".out");
            Path stderr = Files.createTempFile("cli-", ".err");
            List<String> resolved = new ArrayList<>(List.of(command));
            resolved.set(0, Programs.file(command[0]));
            ProcessBuilder builder = new ProcessBuilder(resolved)
                    .directory(folder.toFile())
                    .redirectOutput(stdout.toFile())
                    .redirectError(stderr.toFile());
            Map<String, String> variables = builder.environment();
            variables.clear();
            variables.put("PATH", Programs.path());
            variables.put("HOME", folder.toString());
            variables.putAll(environment);
            return new Running(String.join(" ", command), builder.start(), stdout, stderr);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A running program. */
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

        /** The standard output so far. */
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
                // the program ended without reading its input
            }
        }

        /** Sends SIGTERM. */
        public void terminate() {
            process.destroy();
        }

        /** Waits for the end of the program; fails the test after the limit. */
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

        /** Waits until a condition is true; fails the test after the limit or if the program ends. */
        public void awaitUntil(String what, Duration limit, BooleanSupplier condition) {
            long deadline = System.nanoTime() + limit.toNanos();
            while (!condition.getAsBoolean()) {
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

        /** Kills the program and its descendants. */
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
