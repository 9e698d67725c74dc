package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.lease.LeaseWorld.Opened;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RealDocker;

/** The project of a lease, and its socket in its containers, on a real dockerd. */
class ProjectIT {
    private static final String RUN = "docker run --rm --network none ";

    @TempDir
    static Path temporary;

    private static RealDocker docker;
    private static LeaseWorld world;
    private static Path project;

    @BeforeAll
    static void start() throws Exception {
        docker = RealDocker.get();
        world = new LeaseWorld(temporary, docker.socket());
        Path projects = temporary.toRealPath().resolve("projects");
        project = Files.createDirectories(projects.resolve("one"));
        Files.createDirectories(project.resolve("sub"));
        Files.writeString(project.resolve("sub/file"), "content\n");
        Files.createSymbolicLink(project.resolve("outside"), Path.of("/etc"));
        Files.createDirectories(projects.resolve("two"));
        Files.createDirectories(projects.resolve("onex"));
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void containersOfTheLeaseReadAndWriteTheProject() throws Exception {
        try (Opened lease = world.open("template=agent&project=" + project)) {
            String script = RUN + "-v " + project
                    + ":/p busybox:local sh -c 'cat /p/sub/file && echo new >/p/new && sleep 1' && " + RUN + "-v "
                    + project + "/sub:/s:ro busybox:local sh -c 'cat /s/file && sleep 1'";

            assertThat(world.succeeding(lease, script)).isEqualTo("content\ncontent\n");
            assertThat(project.resolve("new")).hasContent("new\n");
            assertThat(world.records).anyMatch(line -> line.contains("project=" + project));
            world.ask("DELETE", "/leases/" + lease.id());
            world.awaitEnd(lease.id());
        }
        assertThat(project.resolve("new")).exists();
        ProcessResources.await(() -> docker.cli(temporary, Map.of())
                .run("docker", "volume", "ls", "-q", "--filter", "name=projects--one")
                .stdout()
                .isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "/../two, canonical",
        "x, no path of its own",
        "/../.., canonical",
        "//sub, canonical",
        "/outside, a link must not lead out"
    })
    void nothingElseOfTheHostIsBound(String rest, String sentence) throws Exception {
        try (Opened lease = world.open("template=agent&project=" + project)) {
            Cli.Result ran = world.run(
                    lease, RUN + "--mount type=bind,source=" + project + rest + ",target=/t busybox:local ls /t");

            assertThat(ran.exitCode()).isNotZero();
            assertThat(ran.stderr()).contains(sentence);
            assertThat(world.run(lease, RUN + "-v /etc:/t busybox:local ls /t").stderr())
                    .contains("binds /etc, which is no path of its own; this client can bind its own paths: ");
        }
    }

    @ParameterizedTest
    @CsvSource({"/etc", "/", "PROJECT/../../..", "PROJECTx/..", "PROJECT/", "relative"})
    void projectThatTheTemplateDoesNotNameIsRefused(String path) throws IOException {
        String given = path.replace("PROJECT", project.toString());

        assertThat(world.ask("POST", "/leases?template=agent&project=" + given))
                .startsWith("403 a lease agent cannot have the project " + given);
        assertThat(world.ask("POST", "/leases?template=one&project=" + project)).startsWith("403 ");
    }

    /** The user of the lease puts a link in place of the project itself. */
    @Test
    @Tag("thorough")
    void projectThatIsSwappedShowsNothingOfTheHost() throws Exception {
        Path swapped = Files.createDirectories(project.resolveSibling("swapped"));
        Files.createSymbolicLink(project.resolveSibling("link"), Path.of("/etc"));
        try (Opened lease = world.open("template=agent&project=" + swapped);
                Cli.Running swapping = docker.cli(project.getParent(), Map.of())
                        .start("sh", "-c", "while mv --exchange -T swapped link; do :; done")) {
            for (int i = 0; i < 8; i++) {
                Cli.Result ran = world.run(lease, RUN + "-v " + swapped + ":/t busybox:local ls /t");
                assertThat(ran.stdout()).doesNotContain("passwd");
                assertThat(ran.exitCode() == 0 || ran.stderr().contains("a link must not lead out"))
                        .as(ran.stderr())
                        .isTrue();
            }
            assertThat(swapping.isAlive()).as(swapping.stderr()).isTrue();
        }
    }

    /** A container in the lease is a client of the lease, and of nothing else. */
    @Test
    void socketOfTheDaemonMeansThatOfTheLease() throws Exception {
        try (Opened lease = world.open("template=agent");
                Opened other = world.open("template=agent")) {
            world.succeeding(
                    lease,
                    "docker run -d --name client --network none -v /var/run/docker.sock:/var/run/docker.sock"
                            + " busybox:local sleep 1000 && docker restart -t 0 client");
            String source = docker.cli(temporary, Map.of())
                    .run("docker", "inspect", "-f", "{{(index .Mounts 0).Source}}", "client")
                    .stdout()
                    .strip();

            assertThat(source).isEqualTo(lease.socket());
            assertThat(world.succeeding(
                            lease,
                            RUN + "-v " + lease.socket()
                                    + ":/s busybox:local sh -c 'test -S /s && echo yes && sleep 1'"))
                    .isEqualTo("yes\n");
            for (String foreign : new String[] {other.socket(), docker.socket().toString(), world.leases.toString()}) {
                assertThat(world.run(lease, RUN + "-v " + foreign + ":/s busybox:local true")
                                .exitCode())
                        .isNotZero();
            }
            world.ask("DELETE", "/leases/" + lease.id());
            world.awaitEnd(lease.id());
        }
    }

    /** Also of two leases with one project: the end of one leaves the other. */
    @Test
    void volumeOfTheProjectIsOfNoClient() throws Exception {
        try (Opened lease = world.open("template=agent&project=" + project);
                Opened other = world.open("template=agent&project=" + project)) {
            String run = "docker run -d --network none -v " + project + "/sub:/s:ro --name ";
            world.succeeding(lease, run + "first busybox:local sleep 1000");
            world.succeeding(other, run + "second busybox:local sleep 1000");
            String volume = docker.cli(temporary, Map.of())
                    .run("docker", "inspect", "-f", "{{(index .Mounts 0).Name}}", "first")
                    .stdout()
                    .strip();

            assertThat(volume).isNotEmpty();
            assertThat(world.succeeding(lease, "docker volume ls -q")).isEmpty();
            for (String command : new String[] {
                "docker volume inspect " + volume,
                "docker volume rm -f " + volume,
                RUN + "-v " + volume + ":/t busybox:local ls /t",
                "docker volume create -d local -o type=none -o o=bind -o device=/etc " + volume
            }) {
                assertThat(world.run(lease, command).exitCode()).as(command).isNotZero();
            }
            world.ask("DELETE", "/leases/" + lease.id());
            world.awaitEnd(lease.id());
            assertThat(world.succeeding(
                            other, "docker restart -t 0 second >/dev/null && docker exec second cat /s/file"))
                    .isEqualTo("content\n");
            world.ask("DELETE", "/leases/" + other.id());
            world.awaitEnd(other.id());
        }
    }
}
