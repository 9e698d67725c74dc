package org.socketproxy.war;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.socketproxy.testing.Cli;

/** A Jetty that is not ours, as a process of its own, with our WAR at its root. */
final class DeployedWar implements AutoCloseable {
    /**
     * Less than Jetty's own, for the test that outlasts it. Not less still: the time also runs while the server gets no
     * processor to read a request by, and then ends the connection without an answer.
     */
    static final int IDLE_TIMEOUT_MILLIS = 10_000;

    private static final Path WAR = Path.of("target", "docker-socket-proxy.war").toAbsolutePath();
    private static final Path HOME = Path.of("target", "jetty-home").toAbsolutePath();
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final Duration LIMIT = Duration.ofSeconds(90);
    /** Jetty says it when it listens; the connector of the status page has another name. */
    private static final Pattern LISTENING =
            Pattern.compile("Started oejs\\.ServerConnector@\\w+\\{.*?}\\{127\\.0\\.0\\.1:(\\d+)}");

    private static final Pattern LISTENING_FOR_HTTP2 =
            Pattern.compile("Started oejs\\.ServerConnector@\\w+\\{[^{}]*\\bh2c\\b[^{}]*}\\{127\\.0\\.0\\.1:(\\d+)}");

    private static final Pattern LISTENING_BEHIND_PROXY_PROTOCOL =
            Pattern.compile("Started oejs\\.ServerConnector@\\w+\\{\\[proxy][^{}]*}\\{127\\.0\\.0\\.1:(\\d+)}");

    private static final Pattern STATUS_PAGE = Pattern.compile("status page +(http://\\S+)");

    private final Cli.Running process;

    private DeployedWar(Cli.Running process) {
        this.process = process;
        try {
            process.awaitUntil(
                    "the server listens", LIMIT, () -> LISTENING.matcher(log()).find());
        } catch (AssertionError failed) {
            process.close();
            throw failed;
        }
    }

    /** In a program that embeds Jetty, and has none of our classes. */
    static DeployedWar embedded(Path folder, Map<String, String> environment, Map<String, String> parameters) {
        List<String> command = new ArrayList<>(List.of(
                JAVA,
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                classPathWithoutOurs(),
                WarHost.class.getName(),
                WAR.toString()));
        parameters.forEach((name, value) -> command.add(name + "=" + value));
        return new DeployedWar(Cli.in(folder, complete(environment)).start(command.toArray(String[]::new)));
    }

    private static String classPathWithoutOurs() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .filter(entry -> !entry.endsWith("target/classes") && !entry.endsWith("docker-socket-proxy.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** In an unpacked Jetty, as its documentation tells to set one up. */
    static DeployedWar inJettyHome(Path folder, Map<String, String> environment, Map<String, String> parameters)
            throws IOException {
        Path base = Files.createTempDirectory(folder, "base-");
        Cli cli = Cli.in(base, complete(environment));
        String start = startJar();
        Cli.Result made = cli.run(JAVA, "-jar", start, "--add-modules=http,ee10-deploy");
        if (made.exitCode() != 0) {
            throw new AssertionError("No base could be made: " + made);
        }
        deployIn(base, parameters);
        return new DeployedWar(cli.start(
                JAVA,
                "-Djava.io.tmpdir=" + folder,
                "-jar",
                start,
                "jetty.http.host=127.0.0.1",
                "jetty.http.port=0",
                "jetty.http.idleTimeout=" + IDLE_TIMEOUT_MILLIS,
                "jetty.httpConfig.uriCompliance=UNSAFE",
                "jetty.deploy.scanInterval=1"));
    }

    /** The build unpacks one, in a folder that is named for its version. */
    private static String startJar() throws IOException {
        try (var homes = Files.list(HOME)) {
            return homes.map(home -> home.resolve("start.jar"))
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(
                            () -> new AssertionError("No Jetty in " + HOME + ": mvn pre-integration-test unpacks it"))
                    .toString();
        }
    }

    /** As a file named for the root, or, where there is something to say, by a context file. */
    static void deployIn(Path base, Map<String, String> parameters) throws IOException {
        if (parameters.isEmpty()) {
            Files.copy(WAR, base.resolve("webapps/root.war"));
            return;
        }
        String calls = parameters.entrySet().stream()
                .map(parameter -> "  <Call name=\"setInitParameter\"><Arg>%s</Arg><Arg>%s</Arg></Call>\n"
                        .formatted(parameter.getKey(), parameter.getValue()))
                .collect(Collectors.joining());
        Files.writeString(base.resolve("webapps/socket-proxy.xml"), """
                <?xml version="1.0"?>
                <!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
                <Configure class="org.eclipse.jetty.ee10.webapp.WebAppContext">
                  <Set name="contextPath">/</Set>
                  <Set name="war">%s</Set>
                %s</Configure>
                """.formatted(WAR, calls));
    }

    private static Map<String, String> complete(Map<String, String> environment) {
        Map<String, String> complete = new HashMap<>(environment);
        complete.putIfAbsent("STATUS_LISTEN", "tcp://127.0.0.1:0");
        return complete;
    }

    int port() {
        return Integer.parseInt(find(LISTENING));
    }

    /** Of the connector that takes HTTP/1.1 and HTTP/2, of a server that is embedded. */
    int http2Port() {
        awaitLog("h2c");
        return Integer.parseInt(find(LISTENING_FOR_HTTP2));
    }

    /** Of the connector that takes HTTP/1.1 behind the PROXY protocol, of a server that is embedded. */
    int proxyProtocolPort() {
        awaitLog("{[proxy]");
        return Integer.parseInt(find(LISTENING_BEHIND_PROXY_PROTOCOL));
    }

    String statusPage() {
        return find(STATUS_PAGE);
    }

    private String find(Pattern pattern) {
        Matcher matcher = pattern.matcher(log());
        if (!matcher.find()) {
            throw new AssertionError("No " + pattern + " in " + log());
        }
        return matcher.group(1);
    }

    /** What the server logged, and what the proxy printed: the records of exchanges. */
    String log() {
        return process.stderr() + process.stdout();
    }

    /** Waits until the log says so. */
    void awaitLog(String words) {
        process.awaitUntil(words, LIMIT, () -> log().contains(words));
    }

    /** The names of its threads. */
    List<String> threads(Path folder) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Cli.Result dump = Cli.in(folder, Map.of()).run(jcmd, String.valueOf(process.pid()), "Thread.print");
        return dump.stdout()
                .lines()
                .filter(line -> line.startsWith("\""))
                .map(line -> line.replaceFirst("\"(.*?)\" #.*", "$1"))
                .toList();
    }

    /** Stops it as the system stops services, and waits for its end. */
    Cli.Result stop() {
        process.terminate();
        return process.await(LIMIT);
    }

    @Override
    public void close() {
        process.close();
    }
}
