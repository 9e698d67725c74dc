package org.socketproxy.war;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.socketproxy.testing.RawClient;

/** The WAR in an unpacked Jetty with the modules {@code http} and {@code ee10-deploy}. */
@Tag("thorough")
class JettyHomeIT extends WarBehaviour {
    @Override
    DeployedWar deploy(Path folder, Map<String, String> environment, Map<String, String> parameters)
            throws IOException {
        return DeployedWar.inJettyHome(folder, environment, parameters);
    }

    /** The daemon's response, because this server is configured to accept encoded targets. */
    @Override
    int statusOfAnEscapedSlash() {
        return 404;
    }

    /** An edited context file redeploys the WAR. */
    @Test
    void redeploymentAppliesNewParametersAndLeavesNoOldThreads() throws IOException {
        Path own = Files.createTempDirectory(folder, "anew-");
        Map<String, String> environment = Map.of("SOCKET_PATH", socket().toString());
        try (DeployedWar war = deploy(own, environment, Map.of("VOLUMES", "0", "MODE", "learn"))) {
            List<String> before = ours(war.threads(own));
            Path base;
            try (var bases = Files.list(own)) {
                base = bases.filter(folder -> folder.getFileName().toString().startsWith("base-"))
                        .findFirst()
                        .orElseThrow();
            }

            DeployedWar.deployIn(base, Map.of("VOLUMES", "1"));
            war.awaitLog("    VOLUMES ");

            try (RawClient client = RawClient.connect(war.port())) {
                assertThat(client.request("GET", "/volumes").readAnswer("GET").status())
                        .isEqualTo(200);
                assertThat(client.request("GET", "/secrets").readResponse()).startsWith("HTTP/1.1 403 ");
            }
            assertThat(ours(war.threads(own))).hasSameSizeAs(before).contains("audit-log");
        }
    }

    /** Threads of the WAR; the server's threads have other names. */
    private static List<String> ours(List<String> threads) {
        return threads.stream()
                .filter(name -> name.matches("audit-log|status-\\d+-acceptor.*"))
                .toList();
    }
}
