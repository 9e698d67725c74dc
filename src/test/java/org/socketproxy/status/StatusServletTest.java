package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.reload.ReloadResult;
import org.socketproxy.status.StatusSource.StatusFacts;

/** The page over HTTP. Sends raw requests, because HTTP clients do not allow an arbitrary {@code Host} header. */
class StatusServletTest {
    private static final String EVIL = "<script>alert(\"'&\")</script>";

    private static Server server;
    private static volatile StatusFacts facts = facts(List.of(), "CONTAINERS", "PING");

    private static StatusFacts facts(List<String> hints, String... granted) {
        return RenderedPage.facts(
                RenderedPage.setup(RenderedPage.profile(granted), "unix:///run/" + EVIL, hints), RenderedPage.NOTHING);
    }

    @BeforeAll
    static void start() throws Exception {
        server = new Server(0);
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        context.setBaseResource(ResourceFactory.of(context).newResource(Path.of("src/main/webapp")));
        context.addServlet(
                new ServletHolder(new StatusServlet(StatusGate.open(Set.of()), RenderedPage.source(() -> facts))), "/");
        server.setHandler(context);
        server.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.stop();
    }

    @Test
    void pageShowsTheSetup() throws IOException {
        assertThat(get("/"))
                .startsWith("HTTP/1.1 200 ")
                .contains(
                        "Content-Type: text/html;charset=utf-8",
                        "<dd>1.2.3</dd>",
                        "<code>tcp://:2375</code>",
                        "<dd>org.example.Watch</dd>",
                        "<dd>enforce</dd>",
                        "2026-01-02 03:04:05 UTC",
                        "Docker 28.5.2 answers, API 1.51");
    }

    @Test
    void summaryShowsTrafficClientsAndOpenExchanges() throws IOException {
        assertThat(get("/").replace("\n", ""))
                .contains(
                        "<dt>allowed in the last hour</dt><dd><a href=\"/?show=allowed#activity\" aria-label=\"7 allowed: show the"
                                + " recent requests\">7</a>",
                        "<div class=\"denied\"><dt>denied by the policy</dt><dd><a href=\"/?show=denied#activity\" aria-label=\"2 denied: show the"
                                + " recent requests\">2</a>",
                        "<dt>clients seen</dt><dd>0</dd>",
                        "<dt>open now: 1 stream, 2 tunnels</dt><dd>3</dd>",
                        "<dt>of 173 operations are allowed</dt><dd>6</dd>",
                        "aria-label=\"Requests of the last hour: 7 allowed, 2 denied; in a minute at most 7 upwards and 2 downwards\"",
                        "<title>1 min ago: 7 allowed</title>",
                        "<span>7 allowed</span><span>4 denied</span>",
                        "<rect class=\"allowed\" x=\"232\" y=\"0\" width=\"3\" height=\"40\">",
                        "<rect class=\"denied\" x=\"236\" y=\"40\" width=\"3\" height=\"11\">",
                        "Can a client become root on the host?</strong>");
    }

    @Test
    void summaryOfTheDayCountsMoreAndLinksToTheHour() throws IOException {
        assertThat(get("/").replace("\n", "")).contains("<a href=\"/?span=day\">last day</a>");
        assertThat(get("/?span=day").replace("\n", ""))
                .contains(
                        "<dt>allowed in the last day</dt><dd><a href=\"/?show=allowed&amp;span=day#activity\" aria-label=\"12 allowed:",
                        "aria-label=\"Requests of the last day: 12 allowed, 2 denied; in 15 minutes at most 7 upwards and 2 downwards\"",
                        "<title>23 h 0 min ago: 5 allowed</title>",
                        "<span>a day ago</span>",
                        "<a href=\"/\">last hour</a>");
    }

    @Test
    void pageShowsEachVariableWithValueAndMeaning() throws IOException {
        String page = get("/");

        for (Variable variable : RenderedPage.VARIABLES) {
            boolean isOn = Set.of("CONTAINERS", "PING").contains(variable.name());
            String row = "<tr id=\"" + variable.name() + "\" class=\"" + (isOn ? "on" : "off")
                    + "\">\\s*<th scope=\"row\"><code>" + variable.name() + "</code></th>\\s*<td>" + (isOn ? "1" : "0")
                    + "</td>\\s*<td>" + Pattern.quote(variable.opens())
                    + (variable.danger() == null
                            ? "(<br><span class=\"badge [a-z]+\">[^<]+</span>\\s*)?"
                            : "<br><span class=\"badge [a-z]+\">[^<]+</span>\\s*<span class=\"danger\">"
                                    + Pattern.quote(variable.danger()) + "</span>")
                    + "</td>\\s*<td>" + (isOn ? "never used" : "") + "</td>";
            assertThat(page).containsPattern(row);
        }
    }

    @Test
    void unchangedPageIsAnsweredWith304() throws IOException {
        String first = get("/");
        String tag = first.replaceAll("(?s).*ETag: (\\S+).*", "$1");

        assertThat(send("GET", "/", "localhost\r\nIf-None-Match: " + tag))
                .startsWith("HTTP/1.1 304 ")
                .endsWith("\r\n\r\n");
        assertThat(send("GET", "/", "localhost\r\nIf-None-Match: \"other\""))
                .startsWith("HTTP/1.1 200 ")
                .contains("<main");
    }

    @Test
    void pageShowsTheCurrentFacts() throws IOException {
        StatusFacts before = facts;
        try {
            facts = facts(List.of("one & two", "three"), "BUILD", "POST");

            assertThat(get("/")).contains("role=\"note\">one &amp; two</p>", "role=\"note\">three</p>");
        } finally {
            facts = before;
        }
        assertThat(get("/")).doesNotContain("role=\"note\"");
    }

    @Test
    void pageShowsTheLastReloadAndItsResult() throws IOException {
        StatusFacts before = facts;
        Instant at = Instant.parse("2026-11-25T03:04:05Z");
        try {
            assertThat(get("/")).doesNotContain("Last reload", "refused-reload");
            facts = reloaded(new ReloadResult(at, "SIGHUP", true, List.of("+IMAGES -EXEC")));
            assertThat(get("/"))
                    .contains("Last reload", "2026-11-25 03:04:05 UTC</time>")
                    .contains("by SIGHUP:\napplied\n<br>+IMAGES -EXEC</dd>");
            facts = reloaded(new ReloadResult(at, "SIGHUP", false, List.of("POST=<b>", "two")));
            assertThat(get("/"))
                    .contains(
                            "<div id=\"refused-reload\" class=\"banner bad\"><strong>The last reload was refused</strong>",
                            "by SIGHUP:\nrefused, the previous configuration stays in effect\n<br>POST=&lt;b&gt;<br>two</dd>");
        } finally {
            facts = before;
        }
    }

    private static StatusFacts reloaded(ReloadResult reload) {
        return RenderedPage.facts(
                RenderedPage.setup(RenderedPage.profile(), "unix:///run/docker.sock", List.of(), reload),
                RenderedPage.NOTHING);
    }

    @ParameterizedTest
    @CsvSource({
        "/,                         9 8",
        "/?show=denied,             9",
        "/?show=allowed,            8",
        "/?show=failed,             ''",
        "/?show=nothing,            9 8",
        "/?text=IMAGELIST,          9",
        "/?text=10.0.0.1,           8",
        "/?text=%2F_ping,           8",
        "/?text=403&show=denied,    9",
        "/?text=403&show=allowed,   ''",
        "/?text=nobody,             ''",
    })
    void activityIsFilteredByTheQuery(String target, String ids) throws IOException {
        String page = get(target);

        assertThat(Pattern.compile("<tr id=\"exchange-(\\d+)\"")
                        .matcher(page)
                        .results()
                        .map(row -> row.group(1))
                        .collect(Collectors.joining(" ")))
                .isEqualTo(ids);
        assertThat(page.contains("<details id=\"recent\" class=\"line-fold\" open>"))
                .isEqualTo(!target.equals("/") && !target.contains("nothing"));
    }

    @Test
    void valuesOfTheQueryAreEscaped() throws IOException {
        assertThat(get("/?profile=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&without=%3Cb%3E&text=%22%3Cb%3E"))
                .startsWith("HTTP/1.1 200 ")
                .doesNotContain("<script>alert", "<b>");
    }

    @Test
    void valuesAreEscaped() throws IOException {
        assertThat(get("/")).doesNotContain("<script>alert").contains("&lt;script&gt;alert(");
    }

    @Test
    void faviconIsPartOfThePage() throws IOException {
        assertThat(get("/"))
                .contains("<link rel=\"icon\" href=\"data:image/svg+xml,")
                .doesNotContain("http://www.w3.org/1999");
    }

    /** Podman serves both APIs, and a Docker Engine only its own. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Docker 28.5.2 | 6 of 173 operations of the Docker API | 2 of 35 variables for Docker are on",
                "''            | 6 of 173 operations of the Docker API | 2 of 35 variables for Docker are on",
                "Libpod 5.4.2  | 0 of 140 operations of Podman                 | 0 of 29 variables for Podman are on",
            })
    void apiOfTheDaemonIsShownFirstAndCounts(String daemon, String operations, String variables) throws IOException {
        StatusFacts before = facts;
        try {
            facts = RenderedPage.before(daemon, before);
            assertThat(get("/")).contains("<span class=\"aside\">" + operations, variables);
        } finally {
            facts = before;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/status.css", "/status.js", "/nothing"})
    void everyResponseHasSecurityHeaders(String path) throws IOException {
        assertThat(get(path))
                .contains(
                        "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self';",
                        "form-action 'self'; frame-ancestors 'none'",
                        "img-src data:;",
                        "X-Content-Type-Options: nosniff",
                        "Referrer-Policy: no-referrer",
                        "Cache-Control: no-store");
    }

    @Test
    void styleSheetAndScriptAreServedAndThePageHasNoInlineCode() throws IOException {
        assertThat(get("/status.css")).startsWith("HTTP/1.1 200 ").contains("Content-Type: text/css", "color-scheme");
        assertThat(get("/status.js")).startsWith("HTTP/1.1 200 ").contains("Content-Type: text/javascript", "find");
        assertThat(get("/")).doesNotContainPattern("(?i)<style| style=| on[a-z]+=|<script>|javascript:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nothing",
                "/status.css/",
                "/Status.css",
                "/status.jte",
                "/WEB-INF/web.xml",
                "/web-inf/web.xml",
                "/%57EB-INF/web.xml",
                "/WEB-INF/templates/status.jte",
                "/index.html",
                "/;x",
            })
    void otherPathsAreNotFound(String path) throws IOException {
        assertThat(get(path)).startsWith("HTTP/1.1 404 ").doesNotContain("web-app", "@param");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:8375",
                "127.0.0.1",
                "127.0.0.1:8375",
                "192.0.2.1:8375",
                "[::1]",
                "[::1]:8375",
            })
    void literalAddressesAreAcceptedAsHost(String host) throws IOException {
        assertThat(send("GET", "/", host)).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8375",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "evil-localhost",
                "docker",
                "",
            })
    void unknownHostNamesAreRejected(String host) throws IOException {
        for (String path : List.of("/", "/status.js", "/nothing")) {
            assertThat(send("GET", path, host))
                    .matches("(?s)HTTP/1.1 40[03] .*")
                    .doesNotContain("CONTAINERS", "find");
        }
        assertThat(send("POST", "/", host)).matches("(?s)HTTP/1.1 40[03] .*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "FOO"})
    void methodsOtherThanGetAndHeadAreRejected(String method) throws IOException {
        assertThat(send(method, "/", "localhost"))
                .startsWith("HTTP/1.1 405 ")
                .contains("Allow: GET, HEAD")
                .doesNotContain("X-Secret", "CONTAINERS");
    }

    @Test
    void headReturnsNoBody() throws IOException {
        assertThat(send("HEAD", "/", "localhost"))
                .startsWith("HTTP/1.1 200 ")
                .contains("Content-Security-Policy")
                .endsWith("\r\n\r\n");
    }

    private static String get(String path) throws IOException {
        return send("GET", path, "localhost");
    }

    private static String send(String method, String target, String host) throws IOException {
        int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String request = method + " " + target + " HTTP/1.1\r\nHost: " + host
                    + "\r\nX-Secret: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
