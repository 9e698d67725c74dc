package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** The built jar as a separate process on ports that the system chooses. */
public final class ProxyProcess implements AutoCloseable {
    private static final Path JAR = Path.of("target", "docker-socket-proxy.jar").toAbsolutePath();
    private static final Path OPTIONS = Path.of("src", "main", "jvm.options");
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    private static final Duration STOP_LIMIT = Duration.ofMinutes(5);
    private static final Pattern LISTENING = Pattern.compile("listening +tcp://127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern STATUS_PAGE = Pattern.compile("status page +(http://\\S+)");

    private final Cli.Running process;

    private ProxyProcess(Cli.Running process) {
        this.process = process;
    }

    /**
     * Starts a proxy for a daemon and waits until it listens.
     *
     * @param variables variables and settings, without addresses
     */
    public static ProxyProcess start(Path socket, Map<String, String> variables) {
        return start(socket, variables, List.of("-Xmx64m", "-XX:TieredStopAtLevel=1"));
    }

    /** Starts a proxy with the heap of the image and of the launcher. */
    public static ProxyProcess startInImageHeap(Path socket, Map<String, String> variables) {
        return start(socket, variables, List.of("@" + OPTIONS.toAbsolutePath()));
    }

    private static ProxyProcess start(Path socket, Map<String, String> variables, List<String> options) {
        if (!Files.exists(JAR)) {
            throw new AssertionError(JAR + " is missing: build it first, by mvn package");
        }
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("SOCKET_PATH", socket.toString());
        environment.put("LISTEN", "tcp://127.0.0.1:0");
        environment.put("STATUS_LISTEN", "tcp://127.0.0.1:0");
        List<String> command = new ArrayList<>(options);
        command.add(0, JAVA.toString());
        command.addAll(List.of("-jar", JAR.toString()));
        Cli.Running process = Cli.in(JAR.getParent(), environment).start(command.toArray(String[]::new));
        try {
            process.awaitUntil(
                    "the start report",
                    START_LIMIT,
                    () -> STATUS_PAGE.matcher(process.stdout()).find());
        } catch (AssertionError failed) {
            process.close();
            throw failed;
        }
        return new ProxyProcess(process);
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
        return process.stdout();
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

    /** Waits until the output contains a text. */
    public void awaitOutput(String text) {
        process.awaitUntil(text, START_LIMIT, () -> stdout().contains(text));
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
