package org.socketproxy.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.FakeDaemon;

/** The proxy asks for its container, and the status page says whether it is protected. */
class SelfProtectionTest {
    @Test
    void summaryNamesTheContainer() {
        String id = "0123456789abcdef".repeat(4);

        assertThat(SelfProtection.NONE.summary())
                .isEqualTo("not protected: PROTECT_SELF is off, or the proxy runs in no container");
        assertThat(new SelfProtection(
                                id, true, Duration.ZERO, Duration.ZERO, DaemonQuery.NONE, own -> ClientProtection.NONE)
                        .summary())
                .isEqualTo("0123456789ab, protected; the daemon has not described it yet");
        assertThat(new SelfProtection(
                                "guard",
                                true,
                                Duration.ZERO,
                                Duration.ZERO,
                                DaemonQuery.NONE,
                                own -> ClientProtection.NONE)
                        .summary())
                .startsWith("guard, protected;");
    }

    /** A client of a proxy without protection can rename the container. */
    @Test
    void aKnownContainerIsAskedByItsId() throws Exception {
        String id = "0123456789abcdef".repeat(4);
        String body = "{\"Id\":\"" + id + "\",\"Name\":\"/guard\",\"Image\":\"sha256:9\"}";
        try (FakeDaemon daemon = FakeDaemon.onTcp(peer -> {
            while (peer.readRequest() != null) {
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            }
        })) {
            Settings settings = Settings.read(Map.of("DOCKER_HOST", daemon.host()), Variables.load());
            DaemonClient client = new DaemonClient(
                    DaemonClient.daemonAt(settings.connections().daemon(), null), InvocationType.NON_BLOCKING);
            client.http().start();
            DaemonQuery query = new DaemonQuery(client, HeldMemory.ofThisProcess(DaemonQuery.MAX_BYTES));
            SelfProtection self = new SelfProtection(
                    "guard", true, Duration.ZERO, Duration.ZERO, query, own -> ClientProtection.NONE);

            self.refresh();
            assertThat(daemon.takeHead()).startsWith("GET /containers/guard/json ");
            assertThat(daemon.takeHead()).startsWith("GET /images/sha256:9/json ");
            while (daemon.isUntouched()) {
                self.refresh();
            }
            assertThat(daemon.takeHead()).startsWith("GET /containers/" + id + "/json ");
            client.http().stop();
        }
    }
}
