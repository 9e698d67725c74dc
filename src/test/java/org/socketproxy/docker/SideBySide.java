package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RealDaemon;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;
import org.socketproxy.testing.Scenario;

/**
 * Runs a scenario directly with the daemon and through a proxy that allows everything, and compares the results. The scripts
 * use {@code $C} as a unique name of objects and run in a temporary folder. The "given" script runs once, directly with the
 * daemon; without one, the objects are removed between both runs.
 */
final class SideBySide implements AutoCloseable {
    private static final String CLEAN_DOCKER = """
            docker ps -aq --filter name="^$C" | xargs -r docker rm -fv >/dev/null
            docker images --format '{{.Repository}}:{{.Tag}}' "$C" | xargs -r docker rmi -f >/dev/null
            docker volume ls -q --filter name="^$C" | xargs -r docker volume rm -f >/dev/null
            """;
    /** Removes the objects of a run. Podman lists an image under all its names and removes it with its containers by force. */
    private static final String CLEAN_PODMAN = """
            podman --remote rm -f -i -t 0 $C >/dev/null
            podman --remote image exists $C && podman --remote rmi $C >/dev/null || true
            podman --remote volume exists $C && podman --remote volume rm -f $C >/dev/null || true
            """;

    private final RealDaemon daemon;
    private final String clean;
    private final ProxyProcess proxy;

    private SideBySide(RealDaemon daemon, String clean) {
        this.daemon = daemon;
        this.clean = clean;
        this.proxy = ProxyProcess.start(daemon.socket(), ProxyProcess.everything());
    }

    static SideBySide start(RealDocker docker) {
        return new SideBySide(docker, CLEAN_DOCKER);
    }

    static SideBySide start(RealPodman podman) {
        return new SideBySide(podman, CLEAN_PODMAN);
    }

    void play(Scenario scenario) {
        Path folder = newFolder();
        Cli direct = cli(folder, scenario, daemon.host());
        try {
            compare(scenario, folder, direct);
            mustSucceed(direct, clean);
        } catch (Throwable failed) {
            direct.script(clean);
            throw failed;
        } finally {
            remove(folder);
        }
    }

    private void compare(Scenario scenario, Path folder, Cli direct) {
        mustSucceed(direct, scenario.given());
        Cli.Result expected = direct.script(scenario.when());
        scenario.assertTold(expected, scenario.key());
        if (scenario.given().isEmpty()) {
            mustSucceed(direct, clean);
            empty(folder);
        }
        Cli.Result actual = cli(folder, scenario, proxy.host()).script(scenario.when());
        assertThat(normal(actual)).as(scenario.name()).isEqualTo(normal(expected));
    }

    private static void mustSucceed(Cli direct, String script) {
        Cli.Result result = direct.script(script);
        assertThat(result.exitCode()).as(script + "\n" + result.stderr()).isZero();
    }

    private Cli cli(Path folder, Scenario scenario, String host) {
        return daemon.cli(folder, Map.of("DOCKER_HOST", host, "C", scenario.key(), "LC_ALL", "C"));
    }

    /**
     * Replaces the parts that may differ between two runs: random identifiers, times, ages, and the width of the column of
     * ages.
     */
    private static Cli.Result normal(Cli.Result result) {
        return new Cli.Result(result.exitCode(), normal(result.stdout()), normal(result.stderr()));
    }

    private static String normal(String text) {
        return text.replaceAll("\\b([0-9a-f]{64}|[0-9a-f]{12})\\b", "<id>")
                .replaceAll("\\b\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)", "<time>")
                .replaceAll("\\b(\\d+|About an?|Less than a) (second|minute)s?( ago)?", "<age>")
                .replaceAll(" {3,}", "   ");
    }

    private static Path newFolder() {
        try {
            return Files.createTempDirectory("side-by-side-");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void empty(Path folder) {
        Cli.in(folder, Map.of()).run("find", ".", "-mindepth", "1", "-delete");
    }

    private static void remove(Path folder) {
        Cli.in(folder.getParent(), Map.of()).run("rm", "-rf", folder.toString());
    }

    @Override
    public void close() {
        proxy.close();
    }
}
