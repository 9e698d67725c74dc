package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/** The option in the recipe for AI agents keeps containers of an internal network off the services of the host. */
class InternalNetworkIT {
    private static final String OPTION = "com.docker.network.bridge.inhibit_ipv4";

    @TempDir
    Path folder;

    private static String ok(Cli cli, String script) {
        Cli.Result result = cli.script(script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result.stdout().strip();
    }

    @Test
    void hostWithoutAnAddressInTheNetworkIsNotReached() throws Exception {
        try (RestartableDocker docker = RestartableDocker.start()) {
            docker.awaitReady();
            Cli cli = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
            RealDocker.makeImage(cli);
            ok(
                    cli,
                    "docker network create --internal plain; docker network create --internal -o " + OPTION
                            + "=true quiet");
            Process service = new ProcessBuilder(
                            "nsenter",
                            "-t",
                            Long.toString(docker.pid()),
                            "-n",
                            "busybox",
                            "nc",
                            "-ll",
                            "-p",
                            "7777",
                            "-e",
                            "echo",
                            "host")
                    .start();
            try {
                String ask = "docker run --rm --network %s busybox:local sh -c 'echo | nc -w 5 %s %s'";
                String gateway = "docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' ";

                assertThat(ok(cli, ask.formatted("plain", ok(cli, gateway + "plain"), 7777)))
                        .isEqualTo("host");
                Cli.Result quiet = cli.script(ask.formatted("quiet", ok(cli, gateway + "quiet"), 7777));
                assertThat(quiet.exitCode()).isNotZero();
                assertThat(quiet.stdout()).isEmpty();
                // Containers of the network reach each other by name.
                ok(cli, "docker run -d --name box --network quiet busybox:local busybox nc -ll -p 80 -e echo box");
                assertThat(ok(cli, ask.formatted("quiet", "box", 80))).isEqualTo("box");
            } finally {
                service.destroyForcibly();
                ok(cli, "docker rm -f box");
            }
        }
    }

    @Test
    void recipesHaveTheOption() throws Exception {
        for (String recipe : new String[] {"ai-agent.md", "ai-agent-builds.md"}) {
            assertThat(Path.of("docs/recipes", recipe)).content().contains("      " + OPTION + ": \"true\"");
        }
        assertThat(Files.readString(Path.of("docs/recipes/ai-agent.md"))).contains("`internal: true` alone");
    }
}
