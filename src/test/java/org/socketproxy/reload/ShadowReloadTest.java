package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.usage.ShadowCounts;

/** The policy that is tried, before and after a change of its file. */
class ShadowReloadTest {
    @TempDir
    Path folder;

    private Path tried;
    private FakeDaemon daemon;
    private ReloadedProxy proxy;

    @BeforeEach
    void start() throws Exception {
        tried = Files.writeString(folder.resolve("next.env"), "CONTAINERS=0\n");
        daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        proxy = new ReloadedProxy(Files.writeString(folder.resolve("proxy.env"), "CONTAINERS=1\n"), daemon.socket());
        proxy.setting("SHADOW_POLICY", tried.toString());
        proxy.start();
        assertThat(proxy.status("GET /containers/json")).isEqualTo(200);
        assertThat(counts().denials()).hasSize(1);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private ShadowCounts.Snapshot counts() {
        return proxy.configuration().shadow().counts().snapshot();
    }

    @Test
    void anotherPolicyBeginsTheCountsAgain() throws Exception {
        Files.writeString(tried, "CONTAINERS=1\nPING=0\n");
        proxy.pollTwice();

        assertThat(proxy.logged())
                .contains("reload by a change of " + tried + ": the policy that is tried has changed: " + tried);
        assertThat(counts().judged()).isZero();
        assertThat(proxy.status("GET /containers/json")).isEqualTo(200);
        assertThat(proxy.status("GET /_ping")).isEqualTo(200);
        assertThat(counts().denials())
                .extracting(ShadowCounts.ShadowDenial::operation)
                .containsExactly("SystemPing");
    }

    @Test
    void samePolicyKeepsTheCounts() throws Exception {
        Files.writeString(tried, "# the same\nCONTAINERS=0\n");
        proxy.pollTwice();
        proxy.write("CONTAINERS=1\nIMAGES=1\n");
        proxy.pollTwice();

        assertThat(counts().denials()).hasSize(1);
        assertThat(counts().judged()).isOne();
    }

    @Test
    void fileThatCannotBeUsedEndsTheTryAndNothingElse() throws Exception {
        Files.writeString(tried, "CONTAINERS=maybe\n");
        proxy.pollTwice();

        assertThat(proxy.lastReload().isApplied()).isTrue();
        assertThat(proxy.configuration().shadow()).isNull();
        assertThat(proxy.logged()).contains("SHADOW_POLICY=" + tried + " cannot be used, so no policy is tried: ");
        assertThat(proxy.status("GET /containers/json")).isEqualTo(200);
        Files.writeString(tried, "CONTAINERS=0\n");
        proxy.pollTwice();
        assertThat(proxy.status("GET /containers/json")).isEqualTo(200);
        assertThat(counts().denials()).hasSize(1);
    }
}
