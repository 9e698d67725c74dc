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

/** A separate process of an external Jetty with the WAR at its root. */
final class DeployedWar implements AutoCloseable {
    /**
     * Idle timeout of the server in milliseconds; shorter than Jetty's default, because a test waits for it. Not shorter,
     * because on a busy machine the timeout may end a connection before the server reads the request.
     */
    static final int IDLE_TIMEOUT_MILLIS = 10_000;

    private static final Path WAR = Path.of("target", "docker-socket-proxy.war").toAbsolutePath();
    private static final Path HOME = Path.of("target", "jetty-home").toAbsolutePath();
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    /** Without C2, whose work pays only in a longer life. */
    private static final String SHORT_LIFE = "-XX:TieredStopAtLevel=1";

    private static final Duration LIMIT = Duration.ofMinutes(5);
    /** Jetty's log line of the connector; the connector of the status page has another name. */
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

    /** Deploys the WAR in a program that embeds Jetty, without the proxy's classes on its class path. */
    static DeployedWar embedded(Path folder, Map<String, String> environment, Map<String, String> parameters) {
        assertBuilt();
        List<String> command = new ArrayList<>(List.of(
                JAVA,
                SHORT_LIFE,
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                classPathWithoutOurs(),
                WarHost.class.getName(),
                WAR.toString()));
        parameters.forEach((name, value) -> command.add(name + "=" + value));
        return new DeployedWar(Cli.in(folder, complete(environment)).start(command.toArray(String[]::new)));
    }

    private static void assertBuilt() {
        if (!Files.exists(WAR)) {
            throw new AssertionError(WAR + " is missing: build it first, by mvn package");
        }
    }

    private static String classPathWithoutOurs() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .filter(entry -> !entry.endsWith("target/classes") && !entry.endsWith("docker-socket-proxy.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Deploys the WAR in an unpacked Jetty that is set up as in its documentation. */
    static DeployedWar inJettyHome(Path folder, Map<String, String> environment, Map<String, String> parameters)
            throws IOException {
        assertBuilt();
        Path base = Files.createTempDirectory(folder, "base-");
        Cli cli = Cli.in(base, complete(environment));
        String start = startJar();
        Cli.Result made = cli.run(JAVA, SHORT_LIFE, "-jar", start, "--add-modules=http,ee10-deploy");
        if (made.exitCode() != 0) {
            throw new AssertionError("No base could be made: " + made);
        }
        deployIn(base, parameters);
        return new DeployedWar(cli.start(
                JAVA,
                SHORT_LIFE,
                "-Djava.io.tmpdir=" + folder,
                "-jar",
                start,
                "jetty.http.host=127.0.0.1",
                "jetty.http.port=0",
                "jetty.http.idleTimeout=" + IDLE_TIMEOUT_MILLIS,
                "jetty.httpConfig.uriCompliance=UNSAFE",
                "jetty.deploy.scanInterval=1"));
    }

    /** The folder of jetty-home that the build unpacks. */
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

    /** Deploys the WAR as root.war, or with a context file if there are context parameters. */
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

    /** Port of the embedded server's connector for HTTP/1.1 and HTTP/2. */
    int http2Port() {
        awaitLog("h2c");
        return Integer.parseInt(find(LISTENING_FOR_HTTP2));
    }

    /** Port of the embedded server's connector for HTTP/1.1 with the PROXY protocol. */
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

    /** Output of the process: the server's log and the audit records. */
    String log() {
        return process.stderr() + process.stdout();
    }

    /** Waits until the log contains the words. */
    void awaitLog(String words) {
        process.awaitUntil(words, LIMIT, () -> log().contains(words));
    }

    /** The names of the threads of the process. */
    List<String> threads(Path folder) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Cli.Result dump = Cli.in(folder, Map.of()).run(jcmd, String.valueOf(process.pid()), "Thread.print");
        return dump.stdout()
                .lines()
                .filter(line -> line.startsWith("\""))
                .map(line -> line.replaceFirst("\"(.*?)\" #.*", "$1"))
                .toList();
    }

    /** Sends SIGTERM and waits for the end of the process. */
    Cli.Result stop() {
        process.terminate();
        return process.await(LIMIT);
    }

    @Override
    public void close() {
        process.close();
    }
}
