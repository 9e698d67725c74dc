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
 * A terminal is attached, detached by its keys and attached again, through a Unix listener. Over TCP the docker CLI 26.1
 * does not return after the keys, also without the proxy: its copy to a TCP connection hides the error by which it knows
 * them.
 */
class DetachIT {
    /** The CLI sees the keys only if it reads them one by one, so there is a pause between them. */
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
    void aTerminalIsDetachedByItsKeysAndAttachedAgain(@TempDir Path folder) {
        RealDocker docker = RealDocker.get();
        Path door = folder.resolve("proxy.sock");
        Cli direct = docker.cli(folder, Map.of());
        try (ProxyUnderTest proxy =
                ProxyUnderTest.before(docker.host(), Map.of("LISTEN", "tcp://127.0.0.1:0,unix://" + door))) {
            assertThat(proxy.openExchanges()).isZero();
            Cli.Result result =
                    Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + door)).script(SCRIPT);
            assertThat(result.stdout()).as(result.stderr()).isEqualTo("running true\nexit code 7\n");
        } finally {
            direct.script("docker rm -f detach-it");
        }
    }
}
