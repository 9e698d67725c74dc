package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** A client with {@code TARGETS} builds with the docker CLI on a real dockerd: its images get the labels of the profile. */
class ConfinedBuildIT {
    private static final String BUILD =
            "rm -rf work; mkdir work; cd work; echo hello > f; printf '%s' > Dockerfile; docker buildx build --network none ";
    private static final String DOCKERFILE = "FROM busybox:local\\nLABEL owner=other a=b\\nCOPY f /f\\n";

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static ProxyUnderTest proxy;
    private static Cli direct;
    private static Cli confined;

    @BeforeAll
    static void start() throws IOException {
        docker = RealDocker.get();
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.put("CREATE", "safe");
        settings.put("TARGETS", "label:owner=ci,images:label:owner=ci,images:reference:confined-build.local/**");
        proxy = ProxyUnderTest.with(docker.socket(), settings);
        direct = docker.cli(folder, Map.of());
        confined = Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port(), "HOME", folder.toString()));
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
            direct.script(
                    "docker images -q --filter label=owner | sort -u | xargs -r docker rmi -f; docker builder prune -af");
        }
    }

    private static Cli.Result build(Cli cli, String dockerfile, String arguments) {
        return cli.script(BUILD.formatted(dockerfile) + arguments + " .");
    }

    private static String label(String image) {
        return direct.script("docker image inspect --format '{{.Config.Labels.owner}} {{.Config.Labels.a}}' " + image)
                .stdout()
                .strip();
    }

    @Test
    void imageGetsTheLabelsOfTheProfile() {
        Cli.Result built = build(confined, DOCKERFILE, "-t confined-build.local/app:1 --label owner=third");
        assertThat(built.exitCode()).as(built.stderr()).isZero();

        assertThat(label("confined-build.local/app:1")).isEqualTo("ci b");
        assertThat(confined.script("docker images --format '{{.Repository}}'").stdout())
                .contains("confined-build.local/app")
                .doesNotContain("busybox");
    }

    @Test
    void daemonWithoutTheProxyKeepsTheLabelOfTheClient() {
        Cli.Result built = build(direct, DOCKERFILE, "-t confined-build.local/direct:1");

        assertThat(built.exitCode()).as(built.stderr()).isZero();
        assertThat(label("confined-build.local/direct:1")).isEqualTo("other b");
    }

    @Test
    void builtImageRuns() {
        assertThat(build(confined, DOCKERFILE, "-t confined-build.local/run:1").exitCode())
                .isZero();

        Cli.Result run = confined.script("docker run --rm --network none confined-build.local/run:1 cat /f");

        assertThat(run.stdout()).as(run.stderr()).isEqualTo("hello\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-t busybox:local",
                "-t other.local/app",
                "-t confined-build.local/app:2 -t other.local/app",
                "--output type=image,\\\"name=confined-build.local/app:2,other.local/app\\\"",
            })
    void nameOutsideOfTheTargetsIsDenied(String arguments) {
        Cli.Result built = build(confined, DOCKERFILE, arguments);

        assertThat(built.exitCode()).isNotZero();
        assertThat(built.stderr()).contains("TARGETS selects");
        assertThat(label("busybox:local")).isEqualTo("<no value> <no value>");
    }

    @ParameterizedTest
    @CsvSource({"docker buildx du", "docker buildx prune -f", "docker builder prune -f"})
    void buildCacheOfAllClientsIsDenied(String command) {
        Cli.Result result = confined.script(command);

        assertThat(result.exitCode()).as(result.stdout()).isNotZero();
        assertThat(result.stderr()).contains("cannot be confined to the targets");
    }
}
