package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.command.CommandLine;
import org.socketproxy.lease.LeaseWorld.Opened;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RealDocker;

/** The commands {@code sandbox} and {@code leases}. */
class SandboxIT {
    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static LeaseWorld world;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void start() throws Exception {
        docker = RealDocker.get();
        world = new LeaseWorld(folder, docker.socket());
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    private int run(String... arguments) {
        return new CommandLine(
                        Map.of("LEASES", world.leases.toString()),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(arguments);
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void commandUsesALeaseWhichEndsWithIt() throws Exception {
        Path told = folder.resolve("told");
        int code = run(
                "sandbox",
                "--lease",
                "agent",
                "--for=30m",
                "--",
                "sh",
                "-c",
                "docker run -d --name sandboxed --network none " + RealDocker.IMAGE + " sleep 1000 >/dev/null && env >"
                        + told + " && for i in 1 2 3; do docker run --privileged " + RealDocker.IMAGE
                        + " true; done; exit 7");

        assertThat(code).as(errors()).isEqualTo(7);
        assertThat(errors())
                .containsPattern("lease [0-9a-f]{8}: ends \\d\\d:\\d\\d, template agent\n")
                .containsPattern("lease [0-9a-f]{8} ended: 1 container removed in \\d+\\.\\d s; 3 denials\n");
        assertThat(Files.readAllLines(told))
                .anyMatch(line -> line.startsWith("DOCKER_HOST=unix://" + world.leases + "/"))
                .anyMatch(line -> line.startsWith("TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE=" + world.leases + "/"))
                .contains("TESTCONTAINERS_RYUK_DISABLED=true", "TESTCONTAINERS_HOST_OVERRIDE=localhost")
                .noneMatch(line -> line.startsWith("DOCKER_CONTEXT=") || line.startsWith("DOCKER_CERT_PATH="));
        assertThat(docker.cli(folder, Map.of())
                        .run("docker", "ps", "-aqf", "name=^sandboxed$")
                        .stdout())
                .isEmpty();
    }

    /** The folder of the command is the project, its daemon the lease, and its end that of the lease. */
    @Test
    void commandRunsInAContainerOfTheLease() throws Exception {
        Path project = Files.createDirectories(folder.toRealPath().resolve("projects/a b"));
        Files.writeString(project.resolve("given"), "content\n");
        String script =
                "{ cat given; id -u; echo $DOCKER_HOST; test -S /var/run/docker.sock && hostname; } >told; exit 7";
        List<String> options = List.of("sandbox", "--lease=box", "--project=" + project, "--in=" + RealDocker.IMAGE);
        List<String> limits = List.of("--memory=64m", "--pids-limit=20", "--user=65534");
        Files.setPosixFilePermissions(project, PosixFilePermissions.fromString("rwxrwxrwx"));

        int code = run(Stream.of(options, limits, List.of("--", "sh", "-c", script))
                .flatMap(List::stream)
                .toArray(String[]::new));

        assertThat(code).as(errors()).isEqualTo(7);
        List<String> told = Files.readAllLines(project.resolve("told"));
        assertThat(told).hasSize(4).startsWith("content", "65534", "unix:///var/run/docker.sock");
        assertThat(errors())
                .containsPattern("lease [0-9a-f]{8}: ends \\d\\d:\\d\\d, template box, project rw\n")
                .containsPattern("lease [0-9a-f]{8} ended: ");
        assertThat(docker.cli(folder, Map.of())
                        .run("docker", "ps", "-aqf", "id=" + told.get(3))
                        .stdout())
                .isEmpty();

        assertThat(run(Stream.concat(options.stream(), Stream.of("--", "touch", "without-limits"))
                        .toArray(String[]::new)))
                .as("require: [memory, pids]")
                .isEqualTo(125);
        assertThat(project.resolve("without-limits")).doesNotExist();
        assertThat(errors()).contains("; 1 denial\n");
    }

    @Test
    void refusalsHaveTheSentenceOfTheProxy() {
        assertThat(run("sandbox", "--lease", "none", "true")).isEqualTo(2);
        assertThat(errors()).contains("there is no lease none that this user may open");
        assertThat(run("sandbox", "--control", "unix:///nowhere/control.sock", "--lease", "agent", "true"))
                .isEqualTo(2);
        assertThat(errors()).contains("the proxy does not answer at /nowhere/control.sock");
    }

    @Test
    void leasesAreListedAndEnded() throws Exception {
        try (Opened lease = world.open("template=agent")) {
            assertThat(run("leases", "ls")).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).contains(lease.id() + "\tagent\topen\tends ");
            assertThat(run("leases", "end", lease.id())).as(errors()).isZero();
            world.awaitEnd(lease.id());
            assertThat(run("leases", "end", lease.id())).isEqualTo(2);
        }
    }

    /** The command goes on, and has no descriptor that holds the lease. */
    @Test
    void killedSandboxLosesItsLease() throws Exception {
        Path pid = folder.resolve("pid");
        Process sandbox = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-jar",
                        "target/docker-socket-proxy.jar",
                        "sandbox",
                        "--control=" + world.control(),
                        "--lease=agent",
                        "--",
                        "sh",
                        "-c",
                        "echo $$ >" + pid + ".new; mv " + pid + ".new " + pid + "; exec sleep 1000")
                .inheritIO()
                .start();
        ProcessResources.await(() -> Files.exists(pid));
        ProcessHandle child =
                ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        String id = world.list().get(0).text("lease");
        sandbox.destroyForcibly().waitFor();

        world.awaitEnd(id);
        assertThat(child.isAlive()).isTrue();
        child.destroyForcibly();
    }
}
