package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.yaml.StrictYaml;

/** Page, suggestion and metrics of a proxy with a policy file, after a request of a client of the profile {@code ci}. */
class ProfilePagesTest {
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{network: 127.0.0.1}]
                variables: {IMAGES: 1}
                deny: [ImageSearch]
                allow: [{operation: ContainerExec, until: 2099-12-01T18:00:00Z}, {operation: ContainerWait, until: 2020-12-01T18:00:00Z}]
              other:
                clients: [{network: 127.0.0.2}]
                preset: traefik # token-in-a-comment
            """;

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws IOException {
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
        proxy = ProxyUnderTest.with(
                daemon.socket(),
                Map.of(
                        "POLICY",
                        policy.toString(),
                        "STATUS_LISTEN",
                        "tcp://127.0.0.1:0",
                        "SHADOW_POLICY",
                        Files.writeString(folder.resolve("next.env"), "CONTAINERS=1\n")
                                .toString()));
        assertThat(proxy.ask("GET", "/images/json")).startsWith("HTTP/1.1 200");
        assertThat(proxy.ask("GET", "/containers/json")).startsWith("HTTP/1.1 403");
        awaitTheEndOfBothExchanges();
    }

    /** An exchange ends, and is counted, after its client has the response. */
    private void awaitTheEndOfBothExchanges() throws IOException {
        String metrics;
        do {
            metrics = read("/metrics");
        } while (!metrics.contains("operation=\"ImageList\"") || !metrics.contains("operation=\"ContainerList\""));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private String read(String target) throws IOException {
        return read(proxy, target);
    }

    private static String read(ProxyUnderTest of, String target) throws IOException {
        int port = Integer.parseInt(of.statusPage().replaceFirst("http://127\\.0\\.0\\.1:(\\d+).*", "$1"));
        try (RawClient client = RawClient.connect(port)) {
            return client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/?profile=ci         | ci",
                "/?profile=other      | other",
                "/?profile=otherwise  | otherwise",
                "/?profile=nobody     | ci",
                "/?profile=%3Cscript  | ci",
            })
    void pageShowsOneProfileAndLinksToTheOthers(String target, String shown) throws IOException {
        String page = read(target);

        assertThat(page)
                .startsWith("HTTP/1.1 200")
                .contains("<a href=\"/?profile=" + shown + "\" aria-current=\"page\">" + shown + "</a>")
                .contains(shown.equals("otherwise") ? "all that no other profile has" : ", chosen by an address")
                .containsOnlyOnce("aria-current");
        assertThat(page.contains("class=\"denial ")).isEqualTo(shown.equals("ci"));
    }

    @Test
    void firstPageIsAnOverviewWithTheDenialsOfAllProfiles() throws IOException {
        assertThat(read("/").replace("\n", ""))
                .startsWith("HTTP/1.1 200")
                .contains(
                        "<a href=\"/\" aria-current=\"page\">All profiles</a>",
                        "<td class=\"any clients\">network 127.0.0.2<span class=\"aside\">, chosen by an address</span></td>",
                        "<td class=\"any clients\">all that no other profile has",
                        "Allowed: </span>1</td><td class=\"count\" data-sort=\"1\"><span class=\"word\">Denied: </span><span class=\"denied\">1</span>",
                        "<summary><span class=\"badge secrets\">secrets</span>",
                        "Can a client become root on the host?</strong> No client of the 2 profiles directly; 1 can read secrets or files: ci.",
                        "Last seen: </span>never",
                        "<li id=\"denied-ci-CONTAINERS-1\"",
                        "<span class=\"client\">profile ci</span>")
                .doesNotContain("id=\"variables\"", "id=\"suggest\"");
    }

    @Test
    void failedRequestsOfAClientAreNotCountedAsAllowed() throws IOException {
        try (ProxyUnderTest alone = ProxyUnderTest.with(
                folder.resolve("none.sock"), Map.of("STATUS_LISTEN", "tcp://127.0.0.1:0", "IMAGES", "1"))) {
            assertThat(alone.ask("GET", "/images/json")).startsWith("HTTP/1.1 502");

            String page;
            do { // the exchange ends after its client has the response
                page = read(alone, "/").replace("\n", "");
            } while (page.contains("<td class=\"count\">1</td>"));
            assertThat(page)
                    .contains(
                            "<td class=\"count\">0<br><span class=\"aside\"><span class=\"failed\">1</span> failed</span></td>");
        }
    }

    @Test
    void pageHasWhatATriedPolicyWouldDeny() throws IOException {
        assertThat(read("/"))
                .contains(
                        "<h2 id=\"shadow\">",
                        "was applied to 1 forwarded request since ",
                        "ImageList (GET /images/json) is not allowed: set IMAGES=1 <span class=\"aside\">variable-missing</span>");
        assertThat(read("/metrics"))
                .contains("socket_proxy_shadow_denials_total{operation=\"ImageList\",profile=\"ci\"} 1.0");
    }

    /** The script turns the instants into durations. */
    @Test
    void pageHasTheEndsOfPermissions() throws IOException {
        assertThat(read("/?profile=ci").replace("\n", ""))
                .contains(
                        "<strong>ContainerExec:</strong> its permission ends <time class=\"own\" datetime=\"2099-12-01T18:00:00Z\"",
                        "<strong>ContainerWait:</strong> its permission ended <time class=\"own\" datetime=\"2020-12-01T18:00:00Z\"");
    }

    /** A line for {@code environment:} of a compose file would be an error with a policy file. */
    @Test
    void adviceHasTheFormOfThePolicyFile() throws IOException {
        assertThat(read("/?profile=ci"))
                .contains(
                        "<code>CONTAINERS: 1</code>",
                        "Add a variable to <code>variables</code> of the profile <code>ci</code> in <code>policy.yaml</code>",
                        "<code>EVENTS: 0</code>")
                .doesNotContain("CONTAINERS=1</code>", "docker compose up");
    }

    @Test
    void suggestionHasABlockForEachProfile() throws IOException {
        assertThat(read("/suggest"))
                .contains(
                        "# Replace only the variables in policy.yaml by these, and keep all other keys.\nprofiles:\n  ci:\n")
                .containsPattern("      CONTAINERS: 1 +# ContainerList; DANGER: ")
                .containsPattern("      IMAGES: 1 +# ImageList; DANGER: ")
                .containsPattern("      EVENTS: 0 +# on by default, and no client requested it")
                .contains("  other:\n    # Requested since ", " by no client.\n");
        assertThat(read("/suggest?format=json")).contains("\"profile\" : \"ci\"", "\"profile\" : \"otherwise\"");
    }

    @Test
    void policyThatRunsHasNoCommentOfTheFile() throws IOException {
        assertThat(read("/?profile=ci"))
                .contains("href=\"/policy\"", "href=\"/suggest\"", "href=\"/difference?profile=ci\"");
        assertThat(read("/")).contains("href=\"/policy\"", "href=\"/suggest\"", "href=\"/difference\"");
        assertThat(read("/policy"))
                .contains("Content-Type: text/plain", "# The policy that runs, without comments of the file\n# hash: ")
                .containsPattern("\n# source: \\S+\n# since: 20\\S+Z\n")
                .contains("profiles:\n", "preset: traefik\n")
                .doesNotContain("token-in-a-comment");
        assertThat(StrictYaml.parse(
                        read("/policy").replaceFirst("(?s).*?\r\n\r\n", ""),
                        problem -> Assertions.fail(problem.toString())))
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "a: 1 # x~# y~b: 2~                    | a: 1~b: 2~",
                "~# x~a: '# 1' #x~  # z~b: \"#2\"~     | a: '# 1'~b: \"#2\"~",
                "a: [1, # x~  2] # y~b: c#d~           | a: [1,~  2]~b: c#d~",
                "a: {b: 1} # \uD83D\uDE00 x~c: \uD83D\uDE00 # y~ | a: {b: 1}~c: \uD83D\uDE00~",
                "a:~  # x~  - 1~# x~  - 2~#~           | a:~  - 1~  - 2~",
            })
    void commentsAreRemoved(String text, String expected) {
        assertThat(StrictYaml.withoutComments(text.replace('~', '\n'))).isEqualTo(expected.replace('~', '\n'));
    }

    @Test
    void differenceHasTheMissingAndTheUnneededVariablesOfEachProfile() throws IOException {
        assertThat(read("/difference"))
                .contains("# profile ci, since ", "# profile other, since ")
                .containsPattern("\n\\+ CONTAINERS: 1 +# ContainerList")
                .containsPattern("\n  IMAGES: 1 +# ImageList")
                .contains("# no client has sent a request");
        assertThat(read("/difference?profile=ci")).contains("+ CONTAINERS: 1").doesNotContain("# profile other");
        assertThat(read("/difference?profile=ci&without=ContainerList")).doesNotContain("+ CONTAINERS: 1");
    }

    @Test
    void metricsHaveTheProfileAsALabel() throws IOException {
        assertThat(read("/metrics"))
                .contains(
                        "socket_proxy_exchanges_total{decision=\"allow\",operation=\"ImageList\",profile=\"ci\",reason=\"section\",status=\"2xx\"} 1.0",
                        "socket_proxy_exchanges_total{decision=\"deny\",operation=\"ContainerList\",profile=\"ci\",reason=\"variable-missing\",status=\"4xx\"} 1.0");
    }
}
