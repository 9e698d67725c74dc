package org.socketproxy.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.testing.Cli;

/** Runs the workloads of the clients, each in a new folder. */
final class ClientRunner {
    /** Removes what a failed run left. */
    private static final String CLEAN =
            "docker ps -aq --filter name=. | xargs -r docker inspect --format '{{.Name}}' | grep -v resident"
                    + " | xargs -r docker rm -fv >/dev/null";

    private static final Path NODE = Path.of("target", "clients").toAbsolutePath();
    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    private final Path folder;

    /** Installs the clients of npm. */
    ClientRunner(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(NODE);
        succeed(Cli.in(NODE, Map.of())
                .script("cp " + ListedClient.FOLDER + "/package.json . && npm install --silent --no-audit --no-fund"));
    }

    /**
     * Runs the workload of a client.
     *
     * @param host value of {@code DOCKER_HOST}
     */
    Cli.Result run(ListedClient client, String host) throws IOException {
        client.realDaemon().cli(folder, Map.of()).script(CLEAN);
        Map<String, String> environment = new HashMap<>();
        environment.put("DOCKER_HOST", host);
        environment.put("CLIENT", client.folder().toString());
        environment.put("NODE", NODE.toString());
        environment.put("CLASSPATH", CLASS_PATH);
        return Cli.in(Files.createTempDirectory(folder, client.name()), environment)
                .run("bash", "-eo", "pipefail", client.folder().resolve("run").toString());
    }

    /** The version of a client, as its package says it. */
    String version(ListedClient client) {
        String name = client.source().substring(4);
        return switch (client.source().substring(0, 3)) {
            case "deb" -> succeed(cli().run("dpkg-query", "--show", "--showformat=${Version}", name));
            case "npm" ->
                succeed(cli().run(
                                        "node",
                                        "-p",
                                        "require('" + NODE + "/node_modules/" + name + "/package.json').version"))
                        .strip();
            case "cmd" ->
                succeed(cli().script(name + " --version | grep -o '[0-9][0-9.]*' | head -n 1"))
                        .strip();
            case "jar" -> ofJar(name.substring(name.indexOf('/') + 1));
            default -> throw new IllegalArgumentException(client.source());
        };
    }

    private static String ofJar(String artifact) {
        Matcher jar = Pattern.compile("/" + artifact + "-([0-9][^/]*)\\.jar").matcher(CLASS_PATH);
        if (!jar.find()) {
            throw new AssertionError("No " + artifact + " in " + CLASS_PATH);
        }
        return jar.group(1);
    }

    private Cli cli() {
        return Cli.in(folder, Map.of());
    }

    private static String succeed(Cli.Result result) {
        if (result.exitCode() != 0) {
            throw new AssertionError(result.stderr());
        }
        return result.stdout();
    }
}
