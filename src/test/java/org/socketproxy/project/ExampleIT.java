package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/** The example extension, built with Maven as documented, with the docker CLI as client. */
@Tag("thorough")
class ExampleIT {
    private static final Path EXAMPLE = Path.of("examples", "extension").toAbsolutePath();
    private static final Path BUILT = Path.of("target").toAbsolutePath();

    @TempDir
    static Path folder;

    private static Path extensions;

    @BeforeAll
    static void build() throws IOException {
        Path project = folder.resolve("project");
        copy(EXAMPLE, project);
        Cli maven = Cli.in(project, Map.of("JAVA_HOME", System.getProperty("java.home")));
        // Older versions do not support maven.repo.local.tail.
        assumeTrue(maven.script("mvn -v | head -1 | grep -E ' (3[.]9|[4-9])'").exitCode() == 0, "Maven 3.9 is needed");
        List<String> command = new ArrayList<>(List.of("mvn", "-o", "-q", "-B", "package"));
        command.add("-Dmaven.repo.local.tail=" + repositoryOfTheProxy());
        if (System.getProperty("localRepository") != null) {
            command.add("-Dmaven.repo.local=" + System.getProperty("localRepository"));
        }
        Cli.Result built = maven.run(command.toArray(String[]::new));
        assertThat(built.exitCode()).as(built.stdout() + built.stderr()).isZero();
        extensions = Files.createDirectory(folder.resolve("extensions"));
        Files.copy(project.resolve("target/pull-from-one-registry.jar"), extensions.resolve("rule.jar"));
    }

    /** Creates a Maven repository with the files that {@code mvn install} would install. */
    private static Path repositoryOfTheProxy() throws IOException {
        Path repository = folder.resolve("repository");
        String version = Files.readString(Path.of("pom.xml"))
                .replaceFirst("(?s).*?<artifactId>docker-socket-proxy</artifactId>\\s*<version>([^<]+)<.*", "$1");
        Path artifact = Files.createDirectories(repository.resolve("org/socketproxy/docker-socket-proxy/" + version));
        Files.copy(
                BUILT.resolve("docker-socket-proxy.jar"), artifact.resolve("docker-socket-proxy-" + version + ".jar"));
        Files.copy(Path.of("pom.xml"), artifact.resolve("docker-socket-proxy-" + version + ".pom"));
        return repository;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file :
                    (Iterable<Path>) files.filter(file -> !file.startsWith(from.resolve("target")))::iterator) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    @Test
    void dockerCliPrintsTheMessageOfTheExtension() {
        RealDocker docker = RealDocker.get();
        Map<String, String> environment = Map.of(
                "EXTENSIONS",
                extensions.toString(),
                "PULL_FROM",
                "127.0.0.1:1",
                "IMAGES",
                "1",
                "CONTAINERS",
                "1",
                "POST",
                "1");
        try (ProxyProcess proxy = ProxyProcess.start(docker.socket(), environment)) {
            Cli cli = docker.cli(folder, Map.of("DOCKER_HOST", proxy.host()));

            assertThat(proxy.stdout()).contains("\n  extension    com.example.PullFromOneRegistry\n");
            assertThat(cli.run("docker", "images", "-q").exitCode()).isZero();
            assertThat(cli.run("docker", "pull", "example.invalid/x").stderr())
                    .contains("Error response from daemon: socket-proxy: images are pulled from 127.0.0.1:1 only");
            assertThat(cli.run("docker", "run", "absent").stderr())
                    .contains("socket-proxy: images are pulled from 127.0.0.1:1 only");
            assertThat(cli.run("docker", "pull", "127.0.0.1:1/x").stderr())
                    .as("the daemon tries to pull; there is no registry")
                    .contains("connection refused")
                    .doesNotContain("socket-proxy");
            assertThat(proxy.stdout())
                    .contains(" deny extension POST ")
                    .contains("B com.example.PullFromOneRegistry seq=");
        }
    }

    /** The daemon reads the name of the image from the form, before the query; the proxy denies the form with or without an extension. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPullThatIsHiddenInAFormIsRefused(boolean isGuarded) throws IOException {
        RealDocker docker = RealDocker.get();
        Map<String, String> environment = new HashMap<>(Map.of("PULL_FROM", "example.com", "IMAGES", "1", "POST", "1"));
        if (isGuarded) {
            environment.put("EXTENSIONS", extensions.toString());
        }
        String form = "fromImage=127.0.0.1:1/hidden&tag=1";
        String request = "POST /images/create?fromImage=example.com/x HTTP/1.1\r\nHost: docker\r\n"
                + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + form.length() + "\r\n\r\n"
                + form;
        try (ProxyProcess proxy = ProxyProcess.start(docker.socket(), environment);
                RawClient client = RawClient.connect(proxy.port());
                RawClient direct = RawClient.connect(docker.socket())) {
            client.send(request);
            direct.send(request);

            assertThat(client.readResponse())
                    .startsWith("HTTP/1.1 403 ")
                    .contains("a form in the body overrides the query");
            assertThat(direct.readResponse()).startsWith("HTTP/1.1 500 ").contains("127.0.0.1:1");
        }
    }

    @Test
    void missingSettingOfTheExtensionStopsTheStart() {
        Cli.Result started = Cli.in(
                        BUILT,
                        Map.of(
                                "EXTENSIONS",
                                extensions.toString(),
                                "LISTEN",
                                "tcp://127.0.0.1:0",
                                "STATUS_LISTEN",
                                "off"))
                .run(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        "docker-socket-proxy.jar");

        assertThat(started.exitCode()).isEqualTo(2);
        assertThat(started.stderr())
                .isEqualTo(
                        "docker-socket-proxy: EXTENSIONS=rule.jar: com.example.PullFromOneRegistry cannot be initialized:"
                                + " jakarta.servlet.ServletException: set PULL_FROM to a registry, such as"
                                + " registry.example.com:5000\n");
    }

    @Test
    void checkReportsLoadedAndInvalidExtensions() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Cli.Result good = Cli.in(
                        BUILT, Map.of("EXTENSIONS", extensions.toString(), "SOCKET_PATH", folder + "/missing.sock"))
                .run(java, "-jar", "docker-socket-proxy.jar", "check");
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(broken.resolve("rule.jar"), "text");
        Cli.Result bad = Cli.in(BUILT, Map.of("EXTENSIONS", broken.toString()))
                .run(java, "-jar", "docker-socket-proxy.jar", "check");

        assertThat(good.exitCode()).as(good.stderr()).isEqualTo(3);
        assertThat(good.stdout()).contains("extension com.example.PullFromOneRegistry may deny more\n");
        assertThat(bad.exitCode()).isEqualTo(2);
        assertThat(bad.stderr())
                .startsWith(
                        "docker-socket-proxy: EXTENSIONS=" + broken + "/rule.jar: the file is not a readable jar (");
    }
}
