package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.socketproxy.testing.ClassArchive;

/** The built jar as a separate process that inherits only {@code PATH} from the environment. */
public final class Program implements AutoCloseable {
    static final Path JAR = Path.of("target/docker-socket-proxy.jar").toAbsolutePath();
    private static final long LIMIT_SECONDS = 300;
    private static final Pattern LISTENING = Pattern.compile("  listening {4}tcp(://127\\.0\\.0\\.1:\\d+)");

    private final Process process;
    private final CompletableFuture<URI> address = new CompletableFuture<>();
    private final CompletableFuture<String> out;
    private final CompletableFuture<String> err;
    private final AtomicInteger errLines = new AtomicInteger();

    public record Outcome(int exitCode, String out, String err) {}

    private Program(Process process) {
        this.process = process;
        this.out = CompletableFuture.supplyAsync(
                () -> read(process.inputReader(StandardCharsets.UTF_8), new AtomicInteger()));
        this.err = CompletableFuture.supplyAsync(() -> read(process.errorReader(StandardCharsets.UTF_8), errLines));
        var unused = out.thenAcceptBoth(
                err,
                (stdout, stderr) -> address.completeExceptionally(
                        new AssertionError("The program ended with the output " + stdout + stderr)));
    }

    public static Program start(Map<String, String> environment, String... arguments) throws IOException {
        return start(List.of(), JAR, environment, arguments);
    }

    /**
     * Starts the program of a jar.
     *
     * @param prefix a command that runs another one, such as {@code setpriv} with its options
     */
    public static Program start(List<String> prefix, Path jar, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        if (jar.equals(JAR)) {
            command.addAll(ClassArchive.options(jar));
        }
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().retainAll(List.of("PATH"));
        builder.environment().putAll(environment);
        return new Program(builder.start());
    }

    /** Waits for the start report; returns the address for clients as {@code http://127.0.0.1:port}. */
    public URI address() throws Exception {
        return address.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** Number of lines on standard error so far. */
    int errLines() {
        return errLines.get();
    }

    /** Sends SIGTERM like {@code docker stop}; by the process handle, because {@code Process.destroy} closes its output. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** Sends SIGHUP like {@code docker kill -s HUP}. */
    public void sendSighup() throws IOException, InterruptedException {
        int exitCode = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        assertThat(exitCode).isZero();
    }

    /** Waits for the end of the program; returns its output and exit code. */
    public Outcome outcome() throws InterruptedException, ExecutionException, TimeoutException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            close();
            throw new AssertionError("The program still runs; its output: " + out.get() + err.get());
        }
        return new Outcome(
                process.exitValue(),
                out.get(LIMIT_SECONDS, TimeUnit.SECONDS),
                err.get(LIMIT_SECONDS, TimeUnit.SECONDS));
    }

    /** Reads the whole stream; the start report may be on standard output or standard error. */
    private String read(BufferedReader stream, AtomicInteger lines) {
        StringBuilder all = new StringBuilder();
        try (stream) {
            for (String line = stream.readLine(); line != null; line = stream.readLine()) {
                all.append(line).append('\n');
                lines.incrementAndGet();
                LISTENING
                        .matcher(line)
                        .results()
                        .forEach(match -> address.complete(URI.create("http" + match.group(1))));
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        return all.toString();
    }

    @Override
    public void close() {
        process.toHandle().destroyForcibly();
    }

    /** Copies the jar and its libraries to another folder, for users without access to this one. */
    public static Path copyTo(Path folder) throws IOException {
        Path lib = Files.createDirectory(folder.resolve("lib"));
        try (var jars = Files.list(JAR.resolveSibling("lib"))) {
            for (Path jar : (Iterable<Path>) jars::iterator) {
                Files.copy(jar, lib.resolve(jar.getFileName()));
            }
        }
        return Files.copy(JAR, folder.resolve(JAR.getFileName()));
    }

    /** Environment with these names and values, a free port to listen on and no status page. */
    static Map<String, String> with(String... namesAndValues) {
        Map<String, String> environment = new HashMap<>(Map.of("LISTEN", "tcp://127.0.0.1:0", "STATUS_LISTEN", "off"));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            environment.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return environment;
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    static HttpResponse<String> get(URI uri) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
}
