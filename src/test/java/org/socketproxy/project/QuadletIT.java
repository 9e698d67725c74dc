package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealPodman;

/** Podman's systemd generator and the proxy accept the units in {@code conf/podman}. */
class QuadletIT {
    private static final String GENERATOR = "/usr/libexec/podman/quadlet";
    private static final Pattern ENVIRONMENT = Pattern.compile("--env (\\w+)=(\\S*)");
    /** A commented-out variable. */
    private static final Pattern FURTHER = Pattern.compile("(?m)^# (Environment=)");

    @TempDir
    Path folder;

    @Test
    void podmanAcceptsTheUnitsAndTheProxyTheirVariables() throws Exception {
        for (String unit : List.of("docker-api.network", "page.network", "socket-proxy.container")) {
            String text = Files.readString(Path.of("conf", "podman", unit));
            Files.writeString(folder.resolve(unit), FURTHER.matcher(text).replaceAll("$1"));
        }

        String start = startOf(folder);
        Map<String, String> variables = ENVIRONMENT
                .matcher(start)
                .results()
                .collect(Collectors.toMap(variable -> variable.group(1), variable -> variable.group(2)));
        assertThat(variables).hasSizeGreaterThan(2);
        assertThat(Settings.read(variables, Variables.load()).findings().notices())
                .isEmpty();
    }

    @Test
    void unitHasMinimalPrivilegesAndPublishesThePageOnLoopback() throws IOException {
        assertThat(startOf(Path.of("conf", "podman").toAbsolutePath()))
                .contains(" -v %t/podman/podman.sock:/var/run/docker.sock ")
                .contains(" --publish 127.0.0.1:8375:8375 ")
                .contains(" --cap-drop all ")
                .contains(" --read-only ")
                .containsOnlyOnce("--publish")
                .containsOnlyOnce(" -v ");
    }

    private static String startOf(Path units) throws IOException {
        Cli.Result result = RealPodman.get()
                .cli(units, Map.of("QUADLET_UNIT_DIRS", units.toString()))
                .run(GENERATOR, "-dryrun", "-user");
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stderr().lines()).allMatch(line -> line.contains(": Loading source unit file "));
        try (Stream<String> lines = result.stdout().lines()) {
            return lines.filter(line -> line.startsWith("ExecStart=/usr/bin/podman run "))
                    .collect(Collectors.joining());
        }
    }
}
