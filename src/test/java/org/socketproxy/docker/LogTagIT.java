package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RestartableDocker;

/** dockerd runs the template of a log tag at the start of a container: a test with a dockerd that may have little memory. */
class LogTagIT {
    /** 8 GB, which no dockerd of this test may have. */
    private static final String TAG = "--log-driver json-file --log-opt 'tag={{pad \"x\" 1 8000000000}}'";

    private static final String LIMIT = "6442450944";

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static CreateProxies proxies;

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start();
        proxies = new CreateProxies(docker.socket());
        docker.awaitReady();
        limitMemory();
        Cli.Result made = direct().script("mkdir -p image/bin image/tmp && cp $(command -v busybox) image/bin/busybox\n"
                + "ln -s busybox image/bin/true && tar -C image -c . | docker import - busybox:local\n"
                + "docker create --name evil-it --network none " + TAG + " busybox:local true");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    @AfterAll
    static void stop() throws Exception {
        if (docker != null) {
            proxies.close();
            docker.close();
        }
    }

    private static void limitMemory() {
        Cli.Result limited = direct().run("prlimit", "--pid", String.valueOf(docker.pid()), "--as=" + LIMIT);
        assertThat(limited.exitCode()).as(limited.stderr()).isZero();
    }

    private static Cli direct() {
        return Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
    }

    private static Cli.Result through(String settings, String line) {
        return proxies.cli(folder, settings).script(line);
    }

    @Test
    void templateThatEndsTheDaemonIsDenied() throws Exception {
        ProcessHandle first = ProcessHandle.of(docker.pid()).orElseThrow();
        direct().script("docker start evil-it");
        first.onExit().get(300, TimeUnit.SECONDS);
        docker.restart(false);
        docker.awaitReady();
        limitMemory();

        Cli.Result created = through("-", "docker create --network none " + TAG + " busybox:local true");
        Cli.Result opened = through(
                "CREATE_ALLOW=log-driver:syslog",
                "docker create --network none --log-driver syslog --log-opt 'tag={{pad \"x\" 1 8000000000}}' busybox:local true");
        Cli.Result started = through("-", "docker start evil-it");
        Cli.Result plain = through(
                "-",
                "docker run --rm --network none --log-driver json-file --log-opt 'tag={{.Name}}/{{.ID}}' busybox:local true");

        assertThat(created.stderr()).contains("HostConfig.LogConfig.Config.tag has a template");
        assertThat(opened.stderr()).contains("HostConfig.LogConfig.Config.tag has a template");
        assertThat(started.stderr()).contains("tag has a template").contains("CREATE_ALLOW=log-template");
        assertThat(plain.exitCode()).as(plain.stderr()).isZero();
        assertThat(ProcessHandle.of(docker.pid())).isPresent();
    }
}
