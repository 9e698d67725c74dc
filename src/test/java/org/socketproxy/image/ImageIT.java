package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.server.Program;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.CompiledJar;
import org.socketproxy.testing.RealDocker;

/**
 * The image of the Dockerfile on substitute base images, with a real daemon whose socket belongs to root and a group of its
 * own. The container uses the host's network, so that only the proxy is between client and daemon.
 */
@Tag("thorough")
class ImageIT {
    private static final String UNPRIVILEGED = "65532";
    private static final String NONE = "0000000000000000";
    private static final String NAME = "sidecar";
    private static final String JAR = "/opt/socket-proxy/docker-socket-proxy.jar";
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int GROUP = Sidecar.GROUP;

    @TempDir
    Path folder;

    private RealDocker docker;

    @BeforeEach
    void buildImage() throws IOException {
        docker = RealDocker.get();
        Sidecar.build(docker);
    }

    @Test
    void startsHealthyAsNonRootAndServesTheCli() {
        try (Sidecar sidecar = Sidecar.start(docker, folder, NAME)) {
            sidecar.awaitHealthy();

            assertIsUnprivileged(sidecar.process());
            assertThat(sidecar.process().get("CapBnd")).isEqualTo(NONE);
            assertThat(sidecar.logs()).as("health checks are not logged").doesNotContain("healthz", "_ping");
            assertServes(sidecar);
        }
    }

    /** Only /run is writable, and the container has only the two capabilities. */
    @Test
    void runsOnReadOnlyFileSystemWithTwoCapabilities() {
        try (Sidecar sidecar = Sidecar.start(
                docker,
                folder,
                NAME,
                "--read-only",
                "--tmpfs=/run",
                "--cap-drop=ALL",
                "--cap-add=SETUID",
                "--cap-add=SETGID",
                "--security-opt=no-new-privileges")) {
            sidecar.awaitHealthy();

            assertIsUnprivileged(sidecar.process());
            assertServes(sidecar);
        }
    }

    @Test
    void runsAsNonRootUserWithoutCapabilities() {
        try (Sidecar sidecar = Sidecar.start(
                docker,
                folder,
                NAME,
                "--user=" + UNPRIVILEGED + ":" + GROUP,
                "--cap-drop=ALL",
                "--security-opt=no-new-privileges",
                "--read-only")) {
            sidecar.awaitHealthy();

            assertIsUnprivileged(sidecar.process());
            assertServes(sidecar);
        }
    }

    @Test
    void missingSetuidCapabilityIsReportedWithTheLineToAdd() {
        assertThat(Sidecar.run(docker, folder, List.of("--cap-drop=ALL")))
                .isEqualTo(new Cli.Result(
                        2,
                        "",
                        "docker-socket-proxy: the container starts as root and cannot change to another user, because"
                                + " cap_drop removed SETUID and SETGID; add one of these lines to the service in the compose file:"
                                + " user: \"65532:4242\" or cap_add: [SETUID, SETGID]\n"));
    }

    @Test
    void socketOfAnotherGroupIsReportedWithTheLineToAdd() {
        assertThat(Sidecar.run(docker, folder, List.of("--user=1000:1000")))
                .isEqualTo(new Cli.Result(
                        2,
                        "",
                        "docker-socket-proxy: /var/run/docker.sock belongs to group 4242, and user 1000 may not open"
                                + " it; add one of these lines to the service in the compose file:"
                                + " user: \"1000:4242\" or group_add: [\"4242\"]\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0    | only root may open /var/run/docker.sock (mode 0600), and the proxy does not run as root; give its group 4242 write permission on the host: chmod g+w /var/run/docker.sock",
                "1000 | only its owner may open /var/run/docker.sock (mode 0600); give its group 4242 write permission on the host, or add this line to the service in the compose file: user: \"1000:4242\"",
            })
    void socketWithoutGroupPermissionIsReportedWithTheFix(int owner, String message) throws IOException {
        Set<PosixFilePermission> before = Files.getPosixFilePermissions(docker.socket());
        Files.setPosixFilePermissions(docker.socket(), PosixFilePermissions.fromString("rw-------"));
        Files.setAttribute(docker.socket(), "unix:uid", owner);
        try {
            assertThat(Sidecar.run(docker, folder, List.of()).stderr())
                    .isEqualTo("docker-socket-proxy: " + message + "\n");
        } finally {
            Files.setAttribute(docker.socket(), "unix:uid", 0);
            Files.setPosixFilePermissions(docker.socket(), before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version", "operations"})
    void commandsRunWithoutDaemon(String command) {
        assertThat(Sidecar.run(docker, folder, List.of("--volume=/nothing:/var/run"), command)
                        .exitCode())
                .isZero();
    }

    @Test
    void classesAreLoadedFromTheClassDataArchive() {
        try (Sidecar sidecar = Sidecar.start(docker, folder, NAME, "--env=JAVA_TOOL_OPTIONS=-Xlog:class+load")) {
            sidecar.awaitHealthy();
            assertServes(sidecar);

            for (String name : List.of(
                    "server.SocketProxyServer",
                    "filter.PermissionFilter",
                    "tunnel.HijackTunnel",
                    "exchange.ErrorReply")) {
                assertThat(sidecar.logs())
                        .containsPattern("org\\.socketproxy\\." + name + " source: shared objects file");
            }
        }
    }

    @Test
    void billOfMaterialsNamesAllPartsOfTheImage() {
        Cli.Result bill = copied("docker-socket-proxy-sbom.json", "tar -x -O");
        Cli.Result jars = copied("lib", "tar -t");

        assertThat(jars.stdout().lines().filter(entry -> entry.endsWith(".jar")))
                .hasSizeGreaterThan(10)
                .allSatisfy(entry -> assertThat(bill.stdout())
                        .contains("/" + entry.replaceAll("^lib/(.*)-([0-9][^-]*)\\.jar$", "$1@$2") + "?type=jar"));
        assertThat(bill.stdout())
                .contains("\"name\" : \"OpenJDK\", \"version\" : \"25.", " java.base ", " org.bouncycastle.pkix")
                .contains("\"name\" : \"glibc\", \"version\" : \"2.", "\"name\" : \"start\", \"hashes\"")
                .contains("\"type\" : \"container\", \"name\" : \"socket-proxy-runtime:stand-in\"");
    }

    /** Output of a command that reads the tar archive of a file or folder of the program in the image. */
    private Cli.Result copied(String name, String command) {
        Cli.Result result = docker.cli(folder, Map.of())
                .script("id=$(docker create " + Sidecar.IMAGE + ") && docker cp $id:/opt/socket-proxy/" + name + " - | "
                        + command + "; docker rm $id >/dev/null");
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result;
    }

    /** The JVM must not use an archive of older code: a replaced jar may contain a security fix. */
    @Test
    void replacedJarRunsItsOwnCode() throws Exception {
        Path jar = replacedJar();

        Cli.Result result = Sidecar.run(docker, folder, List.of("--volume=" + jar + ":" + JAR + ":ro"), "--version");

        assertThat(result.stdout()).as(result.stderr()).endsWith("the new code\n");
    }

    @Test
    void stopEndsOpenStreamsImmediately() {
        try (Sidecar sidecar = Sidecar.start(docker, folder, NAME)) {
            sidecar.awaitHealthy();
            Cli cli = docker.cli(folder, Map.of("DOCKER_HOST", sidecar.host()));
            try (Cli.Running events = cli.start("docker", "events", "--since", "10m")) {
                events.awaitUntil("events flow", LIMIT, () -> events.stdout().contains("start"));

                docker.cli(folder, Map.of()).run("docker", "stop", "--timeout=120", NAME);

                events.await(LIMIT);
                assertThat(sidecar.inspect("{{.State.ExitCode}}")).isIn("0", "143");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/missing/docker.sock | this socket does not exist. Is the daemon running, and is the socket mounted here?",
                "/opt                 | this is a directory. Docker creates one if the socket to mount does not exist:",
            })
    void healthCheckFailsWithTheReasonUntilTheDaemonWasReached(String path, String reason) {
        try (Sidecar sidecar = Sidecar.start(docker, folder, NAME, "--env=SOCKET_PATH=" + path)) {
            sidecar.awaitLog("WARNING: the daemon does not answer: " + reason.substring(0, 16));

            Cli.Result asked = docker.cli(folder, Map.of()).run("docker", "exec", NAME, "/opt/socket-proxy/health");

            assertThat(asked.stdout()).startsWith("starting: the daemon does not answer: " + reason);
            assertThat(asked.exitCode()).isEqualTo(1);
        }
    }

    /** In a container network the wildcard address is the default, and the compose file decides which clients reach it. */
    @Test
    void wildcardAddressIsNoWarningInAContainerNetwork() {
        Cli cli = docker.cli(folder, Map.of());
        cli.run(
                "docker",
                "run",
                "--detach",
                "--name=" + NAME,
                "--network=none",
                "--volume=" + docker.socket() + ":/var/run/docker.sock:ro",
                Sidecar.IMAGE);
        try {
            Sidecar.awaitHealthy(cli, NAME);

            assertThat(cli.run("docker", "logs", NAME).stdout())
                    .contains("  listening    tcp://:2375\n")
                    .doesNotContain("WARNING");
        } finally {
            cli.run("docker", "rm", "--force", NAME);
        }
    }

    /** The mounted file is changed in place and by rename; the signal goes to the process that the entry point became. */
    @Test
    void sighupReloadsTheMountedEnvFile() throws IOException {
        Path mounted = Files.createDirectory(folder.resolve("mounted"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(mounted.resolve("proxy.env"), "IMAGES=0\n");
        try (Sidecar sidecar = Sidecar.start(
                docker, folder, NAME, "--volume=" + mounted + ":/mounted:ro", "--env=ENV_FILE=/mounted/proxy.env")) {
            sidecar.awaitHealthy();
            Cli client = docker.cli(folder, Map.of("DOCKER_HOST", sidecar.host()));
            assertThat(client.run("docker", "images").stderr()).contains("set IMAGES=1");

            Files.writeString(mounted.resolve("proxy.env"), "IMAGES=1\n");
            docker.cli(folder, Map.of()).run("docker", "kill", "--signal=HUP", NAME);
            sidecar.awaitLog("reload by .*: \\+IMAGES");
            assertThat(client.run("docker", "images").exitCode()).isZero();

            Files.writeString(mounted.resolve("fresh"), "IMAGES=off\n");
            Files.move(mounted.resolve("fresh"), mounted.resolve("proxy.env"), StandardCopyOption.ATOMIC_MOVE);
            sidecar.awaitLog("reload by a change of /mounted/proxy\\.env: -IMAGES");
            assertThat(client.run("docker", "images").stderr()).contains("set IMAGES=1");
            assertThat(sidecar.inspect("{{.State.Running}}")).isEqualTo("true");
        }
    }

    /** The image's own folder is empty; {@link #startsHealthyAsNonRootAndServesTheCli} starts with it. */
    @Test
    void mountedExtensionJarIsLoaded() throws IOException {
        String rule = """
                import jakarta.servlet.*;
                import org.socketproxy.extension.*;
                public final class Rule implements Filter {
                    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                            throws java.io.IOException, ServletException {
                        throw new DeniedException("not today");
                    }
                }
                """;
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path jar = CompiledJar.of(rule).naming("Rule").writeTo(folder.resolve("rule.jar"));
        try (Sidecar sidecar =
                Sidecar.start(docker, folder, NAME, "--volume=" + jar + ":/etc/socket-proxy/extensions/rule.jar:ro")) {
            sidecar.awaitHealthy();

            assertThat(sidecar.logs()).contains("  extension    Rule\n");
            assertThat(docker.cli(folder, Map.of("DOCKER_HOST", sidecar.host()))
                            .run("docker", "ps")
                            .stderr())
                    .contains("Error response from daemon: socket-proxy: not today");
        }
    }

    /** The proxy in the container runs as the user of the leases, who owns their folder; {@code sandbox} runs on the host. */
    @Test
    void sandboxOfTheHostUsesALeaseOfTheContainer() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path leases = Files.createDirectory(folder.resolve("leases"));
        Files.setAttribute(leases, "unix:uid", Integer.parseInt(UNPRIVILEGED));
        Path policy = Files.writeString(folder.resolve("policy.yaml"), """
                profiles: {}
                leases:
                  job:
                    open: [{uid: 65532}]
                    rights: {variables: {CONTAINERS: 1, POST: 1}, create: safe, targets: {images: {reference: "**"}}}
                """);
        Path jar = Program.copyTo(folder);
        try (Sidecar sidecar = Sidecar.startWithPolicy(
                docker,
                folder,
                NAME,
                policy,
                "--user=" + UNPRIVILEGED + ":" + GROUP,
                "--cap-drop=ALL",
                "--read-only",
                "--volume=" + leases + ":" + leases,
                "--env=LEASES=" + leases)) {
            sidecar.awaitHealthy();

            Cli.Result ran = Cli.in(folder, Map.of())
                    .script("setpriv --reuid=" + UNPRIVILEGED + " --clear-groups "
                            + System.getProperty("java.home") + "/bin/java -jar " + jar
                            + " sandbox --lease job --control "
                            + leases + "/control.sock --in " + RealDocker.IMAGE
                            + " sh -c 'test -S /var/run/docker.sock && echo inside && exit 9'");

            assertThat(ran.stdout()).as(ran.stderr() + sidecar.logs()).isEqualTo("inside\n");
            assertThat(ran.exitCode()).isEqualTo(9);
            assertThat(ran.stderr()).containsPattern("lease [0-9a-f]{8} ended: ");
        }
    }

    private static void assertIsUnprivileged(Map<String, String> process) {
        assertThat(process.get("Name")).isEqualTo("java");
        assertThat(process.get("Uid").split("\t")).containsOnly(UNPRIVILEGED);
        assertThat(process.get("Gid").split("\t")).containsOnly(Integer.toString(GROUP));
        assertThat(process.get("Groups")).isIn("", Integer.toString(GROUP));
        assertThat(process.get("CapEff")).isEqualTo(NONE);
        assertThat(process.get("CapPrm")).isEqualTo(NONE);
        assertThat(process.get("CapInh")).isEqualTo(NONE);
        assertThat(process.get("CapAmb")).isEqualTo(NONE);
        assertThat(process.get("NoNewPrivs")).isEqualTo("1");
    }

    /** Runs a list, a denied request and an exec with input and output through the docker CLI. */
    private void assertServes(Sidecar sidecar) {
        Cli cli = docker.cli(folder, Map.of("DOCKER_HOST", sidecar.host()));
        assertThat(cli.run("docker", "ps", "--format", "{{.Names}}").stdout()).contains(NAME);
        assertThat(cli.run("docker", "images").stderr()).contains("set IMAGES=1");
        docker.cli(folder, Map.of())
                .run("docker", "run", "-d", "--name", "inner", "--network=none", RealDocker.IMAGE, "sleep", "600");
        try {
            Cli.Result echoed = cli.script("echo typed | docker exec -i inner cat");
            assertThat(echoed.stdout()).as(echoed.stderr()).isEqualTo("typed\n");
        } finally {
            docker.cli(folder, Map.of()).run("docker", "rm", "-f", "inner");
        }
    }

    /** Copies this build's jar and replaces {@code Main} by a class that prints one line. */
    private Path replacedJar() throws Exception {
        Path source = folder.resolve("Main.java");
        Files.writeString(
                source,
                "package org.socketproxy.server; public final class Main { public static void main(String[] arguments)"
                        + " { System.out.println(\"the new code\"); } }");
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "--release", "17", "-proc:none", "-d", folder.toString(), source.toString());
        assertThat(compiled).isZero();
        Path jar = Files.copy(Path.of("target/docker-socket-proxy.jar"), folder.resolve("replaced.jar"));
        try (FileSystem inside = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of())) {
            String main = "org/socketproxy/server/Main.class";
            Files.copy(folder.resolve(main), inside.getPath(main), StandardCopyOption.REPLACE_EXISTING);
        }
        return jar;
    }
}
