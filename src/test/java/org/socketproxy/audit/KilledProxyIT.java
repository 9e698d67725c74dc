package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/** The log of a proxy that is killed. */
class KilledProxyIT {
    @TempDir
    Path folder;

    @Test
    void aRunningExecIsInTheLogOfAProxyThatIsKilledBySigkill() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                    peer.readToEnd();
                });
                ProxyProcess proxy = ProxyProcess.start(daemon.socket(), Map.of("EXEC", "1", "POST", "1"));
                RawClient client = RawClient.connect(proxy.port())) {
            client.send("POST /exec/4f1c/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 2\r\n\r\n{}");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");

            proxy.awaitOutput(" allow section POST /exec/4f1c/start ExecStart begin seq=");
            proxy.kill();

            assertThat(proxy.stdout()).doesNotContain(" tunnel ");
        }
    }
}
