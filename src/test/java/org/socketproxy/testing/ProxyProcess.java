package org.socketproxy.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** The built jar as a separate process on ports that the system chooses. */
public final class ProxyProcess implements AutoCloseable {
    private static final Path JAR = Path.of("target", "docker-socket-proxy.jar").toAbsolutePath();
    private static final Path OPTIONS = Path.of("src", "main", "jvm.options");
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final List<String> SMALL = List.of("-Xmx64m", "-XX:TieredStopAtLevel=1");
    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    private static final Duration STOP_LIMIT = Duration.ofMinutes(5);
    private static final Pattern LISTENING = Pattern.compile("listening +tcp://127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern STATUS_PAGE = Pattern.compile("status page +(http://\\S+)");

    private final Cli.Running process;
    private final Supplier<String> stdout;

    private ProxyProcess(Cli.Running process, Supplier<String> stdout) {
        this.process = process;
        this.stdout = stdout;
    }

    /**
     * Starts a proxy for a daemon and waits until it listens.
     *
     * @param variables variables and settings, without addresses
     */
    public static ProxyProcess start(Path socket, Map<String, String> variables) {
        return start(socket, variables, SMALL, List.of(), null);
    }

    /**
     * Starts a proxy by a script of Bash, whose {@code "$@"} is its command.
     *
     * @param script such as {@code ulimit -n 64; exec "$@"}
     * @param output the file of the standard output if the script changes it, or null
     */
    public static ProxyProcess startBy(
            String script, @Nullable Path output, Path socket, Map<String, String> variables) {
        return start(socket, variables, SMALL, List.of("bash", "-c", script, "bash"), output);
    }

    /** Starts a proxy with the heap of the image and of the launcher. */
    public static ProxyProcess startInImageHeap(Path socket, Map<String, String> variables) {
        return start(socket, variables, List.of("@" + OPTIONS.toAbsolutePath()), List.of(), null);
    }

    private static ProxyProcess start(
            Path socket,
            Map<String, String> variables,
            List<String> options,
            List<String> starter,
            @Nullable Path output) {
        if (!Files.exists(JAR)) {
            throw new AssertionError(JAR + " is missing: build it first, by mvn package");
        }
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("SOCKET_PATH", socket.toString());
        environment.putIfAbsent("LISTEN", "tcp://127.0.0.1:0");
        environment.put("STATUS_LISTEN", "tcp://127.0.0.1:0");
        List<String> command = new ArrayList<>(starter);
        command.add(JAVA.toString());
        command.addAll(options);
        command.addAll(ClassArchive.options(JAR));
        command.addAll(List.of("-jar", JAR.toString()));
        Cli.Running process = Cli.in(JAR.getParent(), environment).start(command.toArray(String[]::new));
        Supplier<String> stdout = output == null ? process::stdout : () -> read(output);
        try {
            process.awaitUntil(
                    "the start report",
                    START_LIMIT,
                    () -> STATUS_PAGE.matcher(stdout.get()).find());
        } catch (AssertionError failed) {
            process.close();
            throw failed;
        }
        return new ProxyProcess(process, stdout);
    }

    /** All variables, set to 1. */
    public static Map<String, String> everything() {
        return Variables.load().all().stream().collect(Collectors.toMap(Variable::name, variable -> "1"));
    }

    /** The address for clients in the form of {@code DOCKER_HOST}. */
    public String host() {
        return "tcp://127.0.0.1:" + port();
    }

    public int port() {
        return Integer.parseInt(find(LISTENING));
    }

    public String statusPage() {
        return find(STATUS_PAGE);
    }

    private String find(Pattern pattern) {
        Matcher matcher = pattern.matcher(stdout());
        if (!matcher.find()) {
            throw new AssertionError("No " + pattern + " in " + stdout());
        }
        return matcher.group(1);
    }

    /** Start report and audit records so far. */
    public String stdout() {
        return stdout.get();
    }

    private static String read(Path output) {
        try {
            return Files.readString(output);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Returns the value of a metric with these labels. */
    public static double metric(String statusPage, String nameAndLabels) {
        try (InputStream page = URI.create(statusPage + "metrics").toURL().openStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(nameAndLabels + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(nameAndLabels.length() + 1)))
                    .findAny()
                    .orElseThrow();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Sends SIGHUP. */
    public void reload() {
        signal("-HUP");
    }

    /** Sends SIGSTOP. */
    public void suspend() {
        signal("-STOP");
    }

    /** Sends SIGCONT. */
    public void resume() {
        signal("-CONT");
    }

    private void signal(String option) {
        Cli.in(JAR.getParent(), Map.of()).run("kill", option, String.valueOf(process.pid()));
    }

    /** Changes the limit of the running process, which may have more open files already. */
    public void limitOpenFiles(int most) {
        Cli.Result changed = Cli.in(JAR.getParent(), Map.of())
                .run("prlimit", "--pid", String.valueOf(process.pid()), "--nofile=" + most + ":");
        if (changed.exitCode() != 0) {
            throw new AssertionError(changed.stderr());
        }
    }

    public String stderr() {
        return process.stderr();
    }

    /** Number of open file descriptors. */
    public long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            return files.count();
        }
    }

    public int threads() throws IOException {
        return status("Threads");
    }

    public int residentKilobytes() throws IOException {
        return status("VmRSS");
    }

    private int status(String name) throws IOException {
        String status = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "status"));
        Matcher matcher = Pattern.compile(name + ":\\s+(\\d+)").matcher(status);
        if (!matcher.find()) {
            throw new IOException("No " + name + " in " + status);
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** Sends SIGTERM. */
    public void terminate() {
        process.terminate();
    }

    /** Sends SIGKILL and waits for the end. */
    public void kill() throws Exception {
        ProcessHandle handle = ProcessHandle.of(process.pid()).orElseThrow();
        handle.destroyForcibly();
        handle.onExit().get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Sends SIGTERM to the child of this process, and waits for its end. */
    public void terminateChild() throws Exception {
        ProcessHandle child = ProcessHandle.of(process.pid())
                .orElseThrow()
                .children()
                .findFirst()
                .orElseThrow();
        child.destroy();
        child.onExit().get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Waits until the output contains a text. */
    public void awaitOutput(String text) {
        process.awaitUntil(text, START_LIMIT, () -> stdout().contains(text));
    }

    /** Waits until the standard error contains a text. */
    public void awaitError(String text) {
        process.awaitUntil(text, START_LIMIT, () -> stderr().contains(text));
    }

    /** Waits for its end. */
    public Cli.Result await(Duration limit) {
        return process.await(limit);
    }

    @Override
    public void close() {
        try (process) {
            process.terminate();
            process.await(STOP_LIMIT);
        }
    }
}
