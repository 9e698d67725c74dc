package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** {@code CREATE=safe} between docker buildx, bake or compose, and the BuildKit of a real dockerd. */
@Tag("thorough")
class BuildIT {
    private static final String LINES = "build-lines.txt";
    private static final String FUNCTIONS = """
            rm -rf work && mkdir work && cd work && echo hello > f
            dockerfile() { printf "$1" > Dockerfile; }
            """;

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static CreateProxies proxies;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        proxies = new CreateProxies(docker.socket());
    }

    @AfterAll
    static void stop() {
        if (proxies != null) {
            proxies.close();
            docker.cli(folder, Map.of())
                    .script("docker images -q 'build-it/*' | sort -u | xargs -r docker rmi -f; docker image prune -f;"
                            + " docker builder prune -af");
        }
    }

    private static String script(CreateLine line) {
        return FUNCTIONS + line.script().replace("BUILD ", "docker buildx build --progress plain --network none ");
    }

    private static Cli.Result run(CreateLine line) {
        return proxies.cli(folder, line.settings()).script(script(line));
    }

    static Stream<CreateLine> harmless() {
        return CreateLine.read(LINES, "allow");
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void buildWorksAsWithoutProxy(CreateLine line) {
        Cli.Result result = run(line);
        Cli.Result direct = docker.cli(folder, Map.of()).script(script(line));

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(direct.exitCode()).as(direct.stderr()).isZero();
    }

    static Stream<CreateLine> proxied() {
        return CreateLine.read(LINES, "proxied");
    }

    /** Without the proxy the daemon would pull the image of the frontend from a registry. */
    @ParameterizedTest
    @MethodSource("proxied")
    void buildUsesTheFrontendOfTheDaemon(CreateLine line) {
        Cli.Result result = run(line);

        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }

    static Stream<CreateLine> harmful() {
        return CreateLine.read(LINES, "deny");
    }

    @ParameterizedTest
    @MethodSource("harmful")
    void harmfulBuildIsDenied(CreateLine line) {
        Cli.Result result = run(line);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).containsAnyOf("CREATE=safe", "CREATE_", "denied by policy");
    }
}
