package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/**
 * {@code BINDS=own} on a real dockerd. The client runs in the network namespace of a container, and so has its address; the mounts of
 * this container are its own.
 */
class OwnMountsIT {
    private static final String PREFIX = "own-mounts-it";
    private static final String NETWORK = PREFIX + "-network";
    private static final String PROXY = PREFIX + "-proxy";
    private static final String CLIENT = PREFIX + "-client";
    private static final String NEW = PREFIX + "-new";
    private static final String GATEWAY = "10.214.51.1";

    @TempDir
    static Path temporary;

    private static Path folder;
    private static RealDocker docker;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws IOException {
        docker = RealDocker.get();
        folder = temporary.toRealPath();
        Files.createDirectories(folder.resolve("src/.git/hooks"));
        Files.createDirectories(folder.resolve("src/data"));
        Files.createDirectories(folder.resolve("src/secret"));
        Files.createDirectories(folder.resolve("srcx"));
        Files.createDirectories(folder.resolve("moved/a/b"));
        Files.writeString(folder.resolve("src/data/file"), "content\n");
        Files.writeString(folder.resolve("src/secret/key"), "secret\n");
        Files.createSymbolicLink(folder.resolve("src/link"), Path.of("/etc"));
        direct("docker network create --subnet 10.214.51.0/24 --gateway " + GATEWAY + " " + NETWORK);
        direct("docker run -d --name " + PROXY + " --network " + NETWORK + " busybox:local sleep 3600");
        direct("docker run -d --name " + CLIENT + " --network " + NETWORK
                + " -v FOLDER/src:/src -v FOLDER/src/.git:/src/.git:ro --tmpfs /src/secret"
                + " -v FOLDER/moved:/moved -v FOLDER/moved/a/b:/moved/a/b:ro -v " + docker.socket()
                + ":/var/run/docker.sock -v " + PREFIX + ":/cache busybox:local"
                + " sh -c 'echo cached >/cache/file; echo $$ >/cache/pid; exec sleep 3600'");
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.putAll(
                Map.of("CREATE", "safe", "BINDS", "own", "LISTEN", "tcp://" + GATEWAY + ":0", "SELF_CONTAINER", PROXY));
        proxy = ProxyUnderTest.with(docker.socket(), settings);
    }

    @AfterEach
    void remove() {
        docker.cli(temporary, Map.of()).script("docker rm -f " + NEW);
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
        }
        if (docker != null) {
            docker.cli(temporary, Map.of())
                    .script("docker rm -fv " + PROXY + " " + CLIENT + "; docker volume rm " + PREFIX
                            + "; docker network rm " + NETWORK);
        }
    }

    private static Cli.Result direct(String script) {
        Cli.Result result = docker.cli(temporary, Map.of()).script(script.replace("FOLDER", folder.toString()));
        assertThat(result.exitCode()).as(script + result.stderr()).isZero();
        return result;
    }

    /** Runs a script as a client with the address of a container. */
    private static Cli.Result as(String container, String script) {
        String pid = direct("docker inspect -f '{{.State.Pid}}' " + container)
                .stdout()
                .strip();
        return docker.cli(folder, Map.of("DOCKER_HOST", "tcp://" + GATEWAY + ":" + proxy.port()))
                .script("nsenter --net=/proc/" + pid + "/ns/net -- " + script.replace("FOLDER", folder.toString()));
    }

    private static Cli.Result run(String options, String command) {
        return as(
                CLIENT,
                "docker run --name " + NEW + " --network none " + options + " busybox:local sh -c '" + command + "'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-v /src:/t | cat /t/data/file | content",
                "-v /src/data:/t | echo new >/t/new && cat /t/file /t/new | content new",
                "-v /src/data/file:/f:ro | cat /f | content",
                "--mount type=bind,source=/src/data,target=/t,readonly | cat /t/file; if touch /t/x 2>/dev/null; then echo rw; else echo ro; fi | content ro",
                "-v /cache:/t | cat /t/file | cached",
                "-v /cache/file:/f:ro | cat /f | cached",
                // what the client only reads, or does not see, stays so
                "-v /src:/t | if touch /t/.git/x 2>/dev/null; then echo rw; else echo ro; fi | ro",
                "-v /src:/t | if touch /t/.git/hooks/x 2>/dev/null; then echo rw; else echo ro; fi | ro",
                "-v /src/.git:/t:ro | if touch /t/x 2>/dev/null; then echo rw; else echo ro; fi | ro",
                "-v /src:/t | echo $(ls /t/secret) | ''",
            })
    void containerGetsWhatTheClientHas(String options, String command, String output) {
        Cli.Result ran = run(options, command);

        assertThat(ran.exitCode()).as(ran.stderr()).isZero();
        assertThat(ran.stdout().strip().replace('\n', ' ')).isEqualTo(output);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-v FOLDER/src:/t | which is no path of its own; this client can bind its own paths: /cache, /moved, ",
                "-v /srcx:/t | which is no path of its own",
                "-v /etc:/t | which is no path of its own",
                "-v /:/t | which is never allowed",
                "-v /src/.git:/t | for writing, which the client's container only reads",
                "-v /src/secret:/t | which is in a mount that no other container can get",
                "-v /moved:/t | where a client could move its mount /moved/a/b",
                "-v /var/run/docker.sock:/s | which has a path that is the host",
                "--volumes-from " + CLIENT + " | VolumesFrom",
            })
    void otherPathsAreDenied(String options, String sentence) {
        Cli.Result ran = run(options, "true");

        assertThat(ran.exitCode()).isNotZero();
        assertThat(ran.stderr()).contains(sentence);
    }

    @ParameterizedTest
    @CsvSource({"/src/../etc", "/src//data", "/src/./data", "/src/data/.."})
    void pathInAnotherFormIsDenied(String source) {
        Cli.Result ran = run("--mount type=bind,source=" + source + ",target=/t", "true");

        assertThat(ran.exitCode()).isNotZero();
        assertThat(ran.stderr()).contains("not absolute and canonical");
    }

    @Test
    void linkLeadsNowhere() {
        Cli.Result ran = run("-v /src/link:/t", "ls /t");

        assertThat(ran.exitCode()).isNotZero();
        assertThat(ran.stdout()).doesNotContain("passwd");
        assertThat(ran.stderr()).contains("a link must not lead out of the path");
    }

    @Test
    void anotherClientHasItsOwnMounts() {
        Cli.Result ran = as(PROXY, "docker run --name " + NEW + " --network none -v /src:/t busybox:local true");

        assertThat(ran.exitCode()).isNotZero();
        assertThat(ran.stderr()).contains("the client has no path of its own that it could bind");
    }

    /** A container with a nested mount less than the client's, made by the administrator, is not the client's to enter. */
    @Test
    void containerThatShowsMoreIsNeitherStartedNorEntered() {
        direct("docker create --name " + NEW + " --network none -v FOLDER/src:/t busybox:local sleep 1000");

        assertThat(as(CLIENT, "docker start " + NEW).stderr()).contains("which is no path of its own");
    }

    @Test
    void containerStartsAgainAndIsEntered() {
        Cli.Result ran = as(
                CLIENT,
                "sh -c 'docker run -d --name " + NEW + " --network none -v /src:/t busybox:local sleep 1000"
                        + " && docker restart -t 0 " + NEW + " && docker exec " + NEW + " cat /t/data/file'");

        assertThat(ran.exitCode()).as(ran.stderr()).isZero();
        assertThat(ran.stdout()).endsWith("content\n");
    }

    /** The client puts a link in place of a folder of its mount while the daemon starts containers. */
    @Test
    @Tag("thorough")
    void folderThatIsSwappedAllTheTimeShowsNothingOfTheHost() throws IOException {
        direct("mkdir FOLDER/src/loop && ln -s /etc FOLDER/src/loop-link");
        try (Cli.Running swapping = docker.cli(folder.resolve("src"), Map.of())
                .start("sh", "-c", "while mv --exchange -T loop loop-link; do :; done")) {
            for (int i = 0; i < 8; i++) {
                Cli.Result ran = run("--rm -v /src/loop:/t", "ls /t");
                assertThat(ran.stdout()).doesNotContain("passwd");
                assertThat(ran.exitCode() == 0 || ran.stderr().contains("a link must not lead out of the path"))
                        .as(ran.stderr())
                        .isTrue();
            }
            assertThat(swapping.isAlive()).as(swapping.stderr()).isTrue();
        }
    }
}
