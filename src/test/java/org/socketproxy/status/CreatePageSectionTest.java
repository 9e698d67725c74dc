package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** The status page shows the rules of {@code CREATE=safe}. */
class CreatePageSectionTest {
    private static final Map<String, String> SAFE = Map.of(
            "BUILD", "1",
            "POST", "1",
            "CREATE", "safe",
            "CREATE_ALLOW", "privileged",
            "BINDS", "/srv/x:ro",
            "STATUS_LISTEN", "tcp://127.0.0.1:0");

    @TempDir
    Path folder;

    @Test
    void mapShowsOperationsThatAreDeniedAsAWhole() throws Exception {
        Profile profile = Settings.read(SAFE, Variables.load())
                .policy()
                .otherwise()
                .profile(RenderedPage.CATALOGUE, ParameterRules.load(), LearnMode.off());
        StatusFacts facts =
                RenderedPage.facts(RenderedPage.setup(profile, "unix:///x", List.of()), RenderedPage.NOTHING);
        StatusPage page = StatusPage.of(facts, PageQuery.NONE);
        ApiMap.Cell build = Stream.of(page.map().docker())
                .flatMap(List::stream)
                .flatMap(section -> section.cells().stream())
                .filter(cell -> cell.operation().id().equals("ImageBuild"))
                .findFirst()
                .orElseThrow();

        assertThat(build.state()).isEqualTo(ApiMap.State.NEVER);
        assertThat(build.why()).isEqualTo("never allowed under CREATE=safe");
    }

    @Test
    void pageListsTheRulesWithTheirDangers() throws IOException {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), SAFE)) {
            int port = Integer.parseInt(proxy.statusPage().replaceFirst("http://127\\.0\\.0\\.1:(\\d+).*", "$1"));
            try (RawClient client = RawClient.connect(port)) {
                client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");

                assertThat(client.readToEnd())
                        .contains(
                                "<code>BINDS=/srv/x:ro</code>",
                                "containers read this path of the host",
                                "<code>CREATE_ALLOW=privileged</code>",
                                "it is root on the host");
            }
        }
    }
}
