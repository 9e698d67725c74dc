package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RunnableBlock;

/**
 * Runs the blocks of the documentation that are marked as runnable, each in namespaces of its own, so that the ports of the
 * pages are free and {@code /var/run/docker.sock} is the socket of the tests' daemon. The blocks of a page share a folder.
 */
@Tag("thorough")
class RunnableBlocksIT {
    private static final String SOCKET = "/var/run/docker.sock";
    private static final Path JAR = Path.of("target", "docker-socket-proxy.jar");
    private static final String STEP = "== step ";
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z");
    private static final Duration LIMIT = Duration.ofMinutes(4);

    /** Prepares the namespaces of a block. */
    private static final String NAMESPACES = """
            ip link set lo up
            echo '127.0.0.1 localhost proxy.example' >../hosts
            mount --bind ../hosts /etc/hosts
            mount -t tmpfs tmpfs /run
            touch /run/docker.sock
            rm -f proxy.log
            mount --bind "$DAEMON" /run/docker.sock
            await_proxy() {
              until grep -qs '^  status page' proxy.log; do
                kill -0 "$1" || { cat proxy.log; exit 99; }
                sleep 0.05
              done
            }
            """;

    @TempDir
    static Path folder;

    private static final Map<Path, Path> FOLDERS = new HashMap<>();
    private static RealDocker docker;
    private static List<String> before;

    static List<RunnableBlock> blocks() throws IOException {
        List<RunnableBlock> blocks = new ArrayList<>(RunnableBlock.of(Path.of("README.md")));
        try (Stream<Path> files = Files.walk(Path.of("docs"))) {
            for (Path page : files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                blocks.addAll(RunnableBlock.of(page));
            }
        }
        return blocks;
    }

    /** Starts the containers that the pages name. */
    @BeforeAll
    static void start() throws IOException {
        FOLDERS.clear(); // a second run of the class has another folder
        docker = RealDocker.get();
        direct("docker run -d --network none --name c1 busybox:local sleep 1000");
        direct("docker run -d --network none --name db -e POSTGRES_PASSWORD=hunter2 busybox:local sleep 1000");
        before = containers();
        Path programs = Files.createDirectory(folder.resolve("bin"));
        script(programs.resolve("docker-socket-proxy"), proxyCommand());
        script(programs.resolve("sudo"), "exec env \"$@\"");
    }

    private static String proxyCommand() {
        return "exec " + Path.of(System.getProperty("java.home"), "bin", "java") + " @"
                + Path.of("src/main/jvm.options").toAbsolutePath() + " -jar " + JAR.toAbsolutePath() + " \"$@\"";
    }

    private static void script(Path file, String command) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + command + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String direct(String script) {
        Cli.Result result = docker.cli(folder, Map.of()).script(script);
        assertThat(result.exitCode()).as(script + "\n" + result.stderr()).isZero();
        return result.stdout();
    }

    private static List<String> containers() {
        return direct("docker ps -aq --no-trunc").lines().toList();
    }

    @AfterEach
    void removeContainers() {
        List<String> made = new ArrayList<>(containers());
        made.removeAll(before);
        direct("echo " + String.join(" ", made) + " | xargs -r docker rm -fv; docker network prune -f");
    }

    @AfterAll
    static void stop() {
        if (docker != null) {
            direct("docker rm -f c1 db");
        }
    }

    /** The folder of a page: a checkout with the launcher, and the compose file of {@code conf} without a published port. */
    private static Path folderOf(Path page) {
        return FOLDERS.computeIfAbsent(page, key -> {
            try {
                Path made = Files.createDirectories(folder.resolve("page" + FOLDERS.size()));
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
                script(made.resolve("socket-proxy"), proxyCommand());
                Files.createSymbolicLink(made.resolve("conf"), Path.of("conf").toAbsolutePath());
                Files.writeString(
                        made.resolve("compose.yaml"),
                        Files.readString(Path.of("conf/compose.yaml"))
                                .replace(SOCKET + ":/", docker.socket() + ":/")
                                .replaceAll("(?m)^    ports:\n.*\n", ""));
                return made;
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private static Cli.Result run(RunnableBlock block) {
        StringBuilder script = new StringBuilder(NAMESPACES);
        for (String command : block.setup().split("; ")) {
            append(script, new RunnableBlock.Step(command, List.of()));
        }
        for (int i = 0; i < block.steps().size(); i++) {
            script.append("echo '").append(STEP).append(i).append("'\n");
            append(script, block.steps().get(i));
        }
        String[] command = {
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--propagation",
            "private",
            "bash",
            "-eo",
            "pipefail",
            "-c",
            "exec 2>&1\n" + script.toString().replace(SOCKET + ":/", docker.socket() + ":/")
        };
        Map<String, String> environment = Map.of(
                "PATH",
                folder.resolve("bin") + ":" + Programs.path(),
                "DAEMON",
                docker.socket().toString(),
                "XDG_RUNTIME_DIR",
                "/run");
        try (Cli.Running running = Cli.in(folderOf(block.page()), environment).start(command)) {
            running.closeStdin();
            return running.await(LIMIT);
        }
    }

    private static void append(StringBuilder script, RunnableBlock.Step step) {
        if (step.isServer()) {
            script.append("( ").append(step.command()).append("\n) >proxy.log 2>&1 &\nawait_proxy $!\n");
        } else {
            script.append(step.command()).append('\n');
        }
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void commandsOfThePageWork(RunnableBlock block) throws IOException {
        if (block.needsImage()) {
            Sidecar.build(docker);
            direct("docker tag " + Sidecar.IMAGE + " docker-socket-proxy:local");
        }

        Cli.Result result = run(block);

        assertThat(result.exitCode()).as(result.stdout()).isEqualTo(block.exitCode());
        String[] outputs = result.stdout().split(STEP + "\\d+\n", -1);
        assertThat(outputs).hasSize(block.steps().size() + 1);
        for (int i = 0; i < block.steps().size(); i++) {
            List<String> expected = block.steps().get(i).output().stream()
                    .map(RunnableBlocksIT::normalized)
                    .toList();
            assertThat(Stream.concat(outputs[i + 1].lines().map(RunnableBlocksIT::normalized), Stream.of("end")))
                    .as(block.steps().get(i).command())
                    .containsSubsequence(
                            Stream.concat(expected.stream(), Stream.of("end")).toList());
        }
    }

    /** Times differ, and trailing blanks are not seen. */
    private static String normalized(String line) {
        return TIME.matcher(line).replaceAll("TIME").stripTrailing();
    }

    @Test
    void manyBlocksAreMarked() throws IOException {
        assertThat(blocks()).hasSizeGreaterThan(18);
    }
}
