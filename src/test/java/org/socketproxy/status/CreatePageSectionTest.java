package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.Usage;

/** The status page shows the rules of {@code CREATE=safe}, and its warnings. */
class CreatePageSectionTest {
    private static final Map<String, String> SAFE = Map.of(
            "IMAGES", "1",
            "POST", "1",
            "CREATE", "safe",
            "CREATE_ALLOW", "privileged",
            "BINDS", "/srv/x:ro",
            "PROTECT", "label:critical=true",
            "STATUS_LISTEN", "tcp://127.0.0.1:0");

    @TempDir
    Path folder;

    @Test
    void mapShowsOperationsThatAreDeniedAsAWhole() throws Exception {
        Profile profile = Settings.read(SAFE, Variables.load())
                .policy()
                .otherwise()
                .profile(
                        RenderedPage.CATALOGUE,
                        ParameterRules.load(),
                        LearnMode.off(),
                        List.of(),
                        InstantSource.system());
        StatusFacts facts =
                RenderedPage.facts(RenderedPage.setup(profile, "unix:///x", List.of()), RenderedPage.NOTHING);
        StatusPage page = StatusPage.of(facts, PageQuery.NONE);
        ApiMap.Cell load = Stream.of(page.map().docker())
                .flatMap(List::stream)
                .flatMap(section -> section.cells().stream())
                .filter(cell -> cell.operation().id().equals("ImageLoad"))
                .findFirst()
                .orElseThrow();

        assertThat(load.state()).isEqualTo(ApiMap.State.NEVER);
        assertThat(load.why()).isEqualTo("never allowed under CREATE=safe");
    }

    /** A create that CONTAINERS=1 denied, and the settings after a reload. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "'Binds':['/srv/a:/a']                         | POST=1                                  | true",
                "'Binds':['/srv/a:/a']                         | POST=1 CREATE=safe                      | false",
                "'Binds':['/srv/a:/a']                         | POST=1 CREATE=safe BINDS=/srv/a:ro      | false",
                "'Binds':['/srv/a:/a']                         | POST=1 CREATE=safe BINDS=/srv/**        | true",
                "'Binds':['/srv/a:/a:ro']                      | POST=1 CREATE=safe BINDS=/srv/a:ro      | true",
                "'PortBindings':{'80/tcp':[{'HostPort':'80'}]} | POST=1 CREATE=safe CREATE_ALLOW=ports:80 | true",
                "'PortBindings':{'80/tcp':[{'HostPort':'80'}]} | POST=1 CREATE=safe CREATE_ALLOW=ports:81 | false",
                "'Privileged':true                             | POST=1 CREATE=safe                      | false",
                "'Init':true                                   | POST=1 CREATE=safe                      | true",
                "'Init':true                                   | CREATE=safe                             | false",
            })
    void deniedCreateIsAllowedNowOnlyWithWhatItsBodyNeeds(String part, String settings, boolean isAllowed)
            throws InvalidSettingsException {
        String text = "{'Image':'alpine','HostConfig':{" + part + "}}";
        Profile before = profile("CONTAINERS=1");
        Operation operation = RenderedPage.CATALOGUE.byId("ContainerCreate").orElseThrow();
        Decision denial = before.remedies()
                .needing(
                        before.decide(operation),
                        JsonBody.of(StandardCharsets.UTF_8.encode(text.replace('\'', '"'))),
                        rules -> rules);
        Usage usage = RenderedPage.usage(
                List.of(),
                List.of(),
                List.of(new Denial(
                        Instant.EPOCH,
                        1,
                        "10.0.0.1",
                        "POST",
                        "/containers/create",
                        operation.id(),
                        true,
                        denial.reason().code(),
                        denial.alternatives(),
                        1,
                        denial.violations().isEmpty()
                                ? ""
                                : denial.violations().get(0).pointer(),
                        denial.violations().stream().map(Denial.Need::of).toList())));
        StatusFacts facts = RenderedPage.facts(
                RenderedPage.setup(profile("CONTAINERS=1 " + settings), "unix:///x", List.of()), usage);

        assertThat(StatusPage.of(facts, PageQuery.NONE).denials())
                .singleElement()
                .returns(isAllowed, DenialSection::isAllowedNow);
    }

    private static Profile profile(String settings) throws InvalidSettingsException {
        Map<String, String> environment = Arrays.stream(settings.split(" "))
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(each -> each[0], each -> each[1]));
        return Settings.read(environment, Variables.load())
                .policy()
                .otherwise()
                .profile(
                        RenderedPage.CATALOGUE,
                        ParameterRules.load(),
                        LearnMode.off(),
                        List.of(),
                        InstantSource.system());
    }

    @Test
    void pageListsTheRulesWithTheirDangers() throws IOException {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), SAFE)) {
            assertThat(page(proxy))
                    .contains(
                            "<code>BINDS=/srv/x:ro</code>",
                            "containers read this path of the host",
                            "<code>CREATE_ALLOW=privileged</code>",
                            "<code>PROTECT=label:critical=true</code>",
                            "it is root on the host");
        }
    }

    @Test
    void pageListsTheCommands() throws IOException {
        Map<String, String> settings = Map.of(
                "EXEC_ALLOW", "id; sh -c '<x>'", "EXEC_OPTIONS", "user:root", "STATUS_LISTEN", "tcp://127.0.0.1:0");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), settings)) {
            assertThat(page(proxy))
                    .contains(
                            "<code>EXEC_ALLOW=id</code>",
                            "<code>EXEC_ALLOW=sh -c '&lt;x&gt;'</code>",
                            "<code>EXEC_OPTIONS=user:root</code>",
                            "commands run as this user instead of that of the container");
        }
    }

    /** The path of the bind comes from the daemon's description of the container. */
    @Test
    void pageWarnsOfAContainerThatCannotBeCreatedAgain() throws IOException {
        String id = "b".repeat(64);
        String inspect = ("{'Id':'" + id + "','Name':'/app','State':{'Running':true},'Config':{'Image':'i'},"
                        + "'HostConfig':{'Memory':1},'Mounts':[{'Type':'bind','Source':'/a<b>','RW':true}]}")
                .replace('\'', '"');
        Map<String, String> settings =
                Map.of("CONTAINERS", "1", "POST", "1", "CREATE", "safe", "STATUS_LISTEN", "tcp://127.0.0.1:0");
        try (FakeDaemon daemon = FakeDaemon.answering(
                        folder, "HTTP/1.1 200 OK\r\nContent-Length: " + inspect.length() + "\r\n\r\n" + inspect);
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), settings)) {
            assertThat(page(proxy)).doesNotContain("unrecreatable");

            assertThat(proxy.ask("POST", "/containers/app/stop")).startsWith("HTTP/1.1 200 ");

            String page = page(proxy);
            while (!page.contains("unrecreatable")) { // written when the exchange ends
                page = page(proxy);
            }
            assertThat(page)
                    .contains(
                            "unrecreatable: client 127.0.0.1 has stopped, renamed or removed the running container "
                                    + id.substring(0, 12) + ", which its profile could not create again: ",
                            "binds /a&lt;b&gt; for writing",
                            "CREATE_REQUIRE=recreatable denies such requests")
                    .doesNotContain("<b>");
        }
    }

    /** The lines keep what the profile has; what is root on the host has no line. */
    @Test
    void eachKindOfDeniedCreateHasItsLine() throws IOException {
        Map<String, String> settings = Map.of(
                "POST", "1",
                "CONTAINERS", "1",
                "CREATE", "safe",
                "BINDS", "/srv/x:ro",
                "CREATE_ALLOW", "ports:80",
                "STATUS_LISTEN", "tcp://127.0.0.1:0");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), settings)) {
            create(proxy, "'Binds':['/srv/cache:/c']");
            create(proxy, "'Binds':['/srv/cache:/c','/srv/b:/b:ro'],'PortBindings':{'80/tcp':[{'HostPort':'8080'}]}");
            create(proxy, "'Privileged':true");
            create(proxy, "'Binds':['/srv/<b>;id:/c']");
            create(proxy, "'Binds':['/etc:/c']");
            create(proxy, "'Binds':['/var/run/docker.sock:/c','/srv/cache:/d']");
            create(proxy, "'Devices':[{'PathOnHost':'/dev/sda','PathInContainer':'/dev/sda'}]");

            String page = page(proxy);
            while (!page.contains("/dev/sda")) { // written when the exchange ends
                page = page(proxy);
            }
            assertThat(page)
                    .contains(
                            "<code>BINDS=/srv/x:ro,/srv/cache</code>",
                            "<code>BINDS=/srv/x:ro,/srv/cache,/srv/b:ro\nCREATE_ALLOW=ports:80,ports:8080</code>",
                            "The line has what the profile has: put it in place of that.",
                            "BINDS=/srv/cache: the container reads and writes this path of the host.",
                            "<p>Not to be allowed: HostConfig.Privileged is true (CREATE_ALLOW=privileged: it is root on the"
                                    + " host).</p>",
                            "<p>Not to be allowed: HostConfig.Binds[0] binds /etc for writing (BINDS=/etc: the container reads"
                                    + " and writes this path of the host, which is root on the host).</p>",
                            "<p>No setting allows this: HostConfig.Binds[0] binds /srv/&lt;b&gt;;id for writing.</p>",
                            "which is never allowed. The rest needs BINDS=/srv/cache.</p>")
                    .doesNotContain(
                            "<b>;",
                            "0 more operations",
                            "Copy BINDS=/etc",
                            "Copy CREATE_ALLOW=privileged",
                            "/dev/sda</code></pre>");
            assertThat(page.split("class=\"denial ", -1)).hasSize(7 + 1);
            assertThat(page(proxy, "/policy"))
                    .contains("\nBINDS=/srv/x:ro\n", "\nCONTAINERS=1\n", "\nCREATE=safe\n", "\nCREATE_ALLOW=ports:80\n")
                    .doesNotContain("STATUS_LISTEN", "EVENTS");
            assertThat(page(proxy, "/difference"))
                    .containsPattern("\n- CONTAINERS=1 +# no request needs it\n|\n  POST=1");
        }
    }

    /** A client that sends many kinds leaves the groups of others, and none of its values is in a line beyond its share. */
    @Test
    void kindsOfAClientAreBounded() {
        List<Denial> denials = new ArrayList<>();
        for (int number = 0; number < 200; number++) {
            denials.add(denied("10.0.0.1", number, new Remedy("BINDS", "/srv/" + number, "it reads")));
        }
        denials.add(denied("10.0.0.2", 201, new Remedy("BINDS", "/srv/cache", "it reads")));
        StatusFacts facts = RenderedPage.facts(
                RenderedPage.setup(RenderedPage.profile("CONTAINERS"), "unix:///x", List.of()),
                RenderedPage.usage(List.of(), List.of(), denials));

        List<DenialSection> sections = StatusPage.of(facts, PageQuery.NONE).denials();
        assertThat(sections).hasSize(12);
        assertThat(sections).map(DenialSection::id).doesNotHaveDuplicates();
        assertThat(sections.get(11).alternatives())
                .singleElement()
                .returns("- BINDS=/srv/cache", DenialSection.Alternative::text);
        assertThat(sections.get(10)).returns(190, DenialSection::count).returns(List.of(), DenialSection::alternatives);
        assertThat(sections.get(10).note()).contains("the log names the line of each");
    }

    private static Denial denied(String client, int secondsAgo, Remedy remedy) {
        Violation violation = new Violation(Violation.Kind.FIELD, "/HostConfig/Binds/0", "binds", remedy);
        return new Denial(
                Instant.EPOCH.minusSeconds(secondsAgo),
                1,
                client,
                "POST",
                "/containers/create",
                "ContainerCreate",
                true,
                "create-field",
                List.of(),
                1,
                violation.pointer(),
                List.of(Denial.Need.of(violation)));
    }

    private static void create(ProxyUnderTest proxy, String hostConfig) throws IOException {
        String body = ("{'Image':'alpine','HostConfig':{" + hostConfig + "}}").replace('\'', '"');
        try (RawClient client = RawClient.connect(proxy.port())) {
            assertThat(client.send(
                                    "POST /v1.45/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                            + "Content-Length: " + body.length() + "\r\nConnection: close\r\n\r\n"
                                            + body)
                            .readToEnd())
                    .startsWith("HTTP/1.1 403 ");
        }
    }

    private static String page(ProxyUnderTest proxy) throws IOException {
        return page(proxy, "/");
    }

    private static String page(ProxyUnderTest proxy, String target) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(proxy.statusPage()).getPort())) {
            return client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        }
    }
}
