package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RealDocker;

/** Compose, docker and the proxy accept the files in {@code conf}. */
class ConfIT {
    private static final Path LOGGING = Path.of("conf", "logging.options");

    @TempDir
    Path folder;

    /** Writes the env file with all entries uncommented; returns its entries. */
    private List<String> uncommented() throws IOException {
        String text = EnvironmentFileTest.uncommented();
        Files.writeString(folder.resolve("socket-proxy.env"), text);
        return text.lines().filter(line -> line.matches("[A-Z0-9_]+=.*")).toList();
    }

    @Test
    void composePassesEveryEntryOfTheEnvFile() throws IOException {
        List<String> lines = uncommented();
        Files.writeString(folder.resolve("compose.yaml"), """
                services:
                  socket-proxy:
                    image: x
                    env_file: socket-proxy.env
                """);
        Cli.Result config = RealDocker.get().cli(folder, Map.of()).run("docker", "compose", "config");

        assertThat(config.exitCode()).as(config.stderr()).isZero();
        assertThat(config.stderr()).isEmpty();
        assertThat(config.stdout()
                        .lines()
                        .filter(line -> line.matches(" +[A-Z0-9_]+: .*"))
                        .map(line -> line.strip().replaceFirst(": \"?(.*?)\"?$", "=$1")))
                .containsExactlyInAnyOrderElementsOf(lines);
    }

    @Test
    void dockerPassesEveryEntryOfTheEnvFile() throws IOException {
        List<String> lines = uncommented();
        Cli docker = RealDocker.get().cli(folder, Map.of());
        Cli.Result made = docker.run(
                "docker", "create", "--network", "none", "--env-file", "socket-proxy.env", RealDocker.IMAGE, "env");
        try {
            assertThat(made.exitCode()).as(made.stderr()).isZero();
            assertThat(docker.run("docker", "start", "-a", made.stdout().strip())
                            .stdout()
                            .lines())
                    .containsAll(lines);
        } finally {
            docker.run("docker", "rm", "-f", made.stdout().strip());
        }
    }

    @Test
    void proxyAcceptsEnvFileExtensionsFolderAndLoggingOptions() throws IOException {
        Path options = Files.writeString(
                folder.resolve("logging.options"),
                Files.readString(LOGGING).replace("jetty.LEVEL=WARN", "jetty.LEVEL=DEBUG"));
        Map<String, String> environment = Map.of(
                "ENV_FILE", EnvironmentFileTest.FILE.toAbsolutePath().toString(),
                "EXTENSIONS", Path.of("conf", "extensions").toAbsolutePath().toString(),
                "JDK_JAVA_OPTIONS", "@" + options);
        try (ProxyProcess proxy = ProxyProcess.start(folder.resolve("absent.sock"), environment)) {
            assertThat(proxy.stdout())
                    .doesNotContain("extension ")
                    .contains("PING")
                    .doesNotContain("CONTAINERS");
            assertThat(proxy.stderr()).contains("Z debug org.eclipse.jetty.");
        }
    }

    /** Otherwise the unedited file would change log levels. */
    @Test
    void loggingOptionsEqualTheDefaults() throws IOException {
        Properties levels = new Properties();
        levels.load(Files.newBufferedReader(Path.of("src/main/resources/jetty-logging.properties")));
        Properties options = new Properties();
        options.load(new StringReader(Files.readString(LOGGING).replaceAll("(?m)^-D", "")));

        assertThat(options).isEqualTo(levels);
    }
}
