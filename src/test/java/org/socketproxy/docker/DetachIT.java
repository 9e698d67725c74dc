package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/**
 * Attaches a terminal, detaches it with the detach keys and attaches it again, through a Unix listener. Over TCP the docker
 * CLI 26.1 does not return after the detach keys, also without the proxy, because copying to a TCP connection hides the
 * error that reports the keys.
 */
class DetachIT {
    /** Sends the keys with pauses, because the CLI detects them only if it reads each byte separately. */
    private static final String SCRIPT = """
        terminal() {
            mkfifo "$1.in"
            script -qefc "$2" "$1.out" < "$1.in" >/dev/null &
            exec 3> "$1.in"
        }
        prompt() {
            until grep -q '# ' "$1.out" 2>/dev/null; do sleep 0.05; done
        }
        terminal run 'docker run -ti --name detach-it --network none busybox:local'
        prompt run
        printf '\\020' >&3; sleep 0.1; printf '\\021' >&3
        wait $!
        docker inspect --format 'running {{.State.Running}}' detach-it
        terminal attach 'docker attach detach-it'
        until grep -q '# ' attach.out 2>/dev/null; do printf '\\n' >&3; sleep 0.1; done
        printf 'exit 7\\n' >&3
        wait $! || echo exit code $?
        """;

    @Test
    void detachKeysDetachTheTerminal(@TempDir Path folder) {
        RealDocker docker = RealDocker.get();
        Path listener = folder.resolve("proxy.sock");
        Cli direct = docker.cli(folder, Map.of());
        try (ProxyUnderTest proxy =
                ProxyUnderTest.before(docker.host(), Map.of("LISTEN", "tcp://127.0.0.1:0,unix://" + listener))) {
            assertThat(proxy.openExchanges()).isZero();
            Cli.Result result =
                    Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + listener)).script(SCRIPT);
            assertThat(result.stdout()).as(result.stderr()).isEqualTo("running true\nexit code 7\n");
        } finally {
            direct.script("docker rm -f detach-it");
        }
    }
}
