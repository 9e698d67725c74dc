package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.DangerLevel;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.testing.Records;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.Usage;

/** The view model of the status page. */
class StatusPageTest {
    private static final Instant NOW = RenderedPage.START.plusSeconds(60);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS | ContainerList | ALLOWED | allowed by CONTAINERS",
                "CONTAINERS,POST | ContainerCreate | ALLOWED | allowed by CONTAINERS and POST",
                "CONTAINERS | ContainerCreate | PARTIAL | denied; CREATE=safe and POST=1 would allow it",
                "CONTAINERS | ContainerLogs | PARTIAL | denied; ALLOW_LOGS=1 would allow it",
                "POST | ContainerRestart | DENIED | denied; ALLOW_RESTARTS=1, or CREATE=safe and CONTAINERS=1 would allow it",
                "PING | ContainerCreate | DENIED | denied; CREATE=safe and CONTAINERS=1 and POST=1 would allow it",
                "CONTAINERS,POST | QuadletListLibpod | NEVER | never allowed: no variable allows it",
            })
    void cellShowsTheDecisionForItsOperation(String granted, String operation, ApiMap.State state, String why) {
        ApiMap.Cell cell = cell(page(RenderedPage.facts(granted.split(","))), operation);

        assertThat(cell.state()).isEqualTo(state);
        assertThat(cell.why()).isEqualTo(why);
    }

    @Test
    void mapContainsEveryOperationOnce() {
        ApiMap map = page(RenderedPage.facts()).map();

        assertThat(cells(map).map(cell -> cell.operation().id()))
                .containsExactlyInAnyOrderElementsOf(RenderedPage.CATALOGUE.operations().stream()
                        .map(Operation::id)
                        .toList());
        assertThat(ApiMap.size(map.docker())).isEqualTo(173);
        assertThat(map.docker()).noneMatch(section -> section.variable().startsWith("LIBPOD"));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, ''", "1, 0, 1", "40, 59, 99", "100, 0, 99+", "0, 1000, 1k+"})
    void cellShowsTheNumberOfRequests(long allowed, long denied, String hits) {
        List<Usage.Outcome> outcomes = new ArrayList<>();
        outcomes.add(new Usage.Outcome(true, 2, "section", allowed - allowed / 4));
        outcomes.add(new Usage.Outcome(true, 5, "section", allowed / 4));
        outcomes.add(new Usage.Outcome(false, 4, "variable-missing", denied));
        Usage usage =
                RenderedPage.usage(List.of(new Usage.OperationUse("ImageList", NOW, outcomes)), List.of(), List.of());
        ApiMap.Cell cell = cell(page(RenderedPage.facts(setup("IMAGES"), usage)), "ImageList");

        assertThat(cell.hits()).isEqualTo(hits);
        assertThat(cell.failed()).isEqualTo(allowed / 4);
        assertThat(cell.allowed() + cell.failed()).isEqualTo(allowed);
        assertThat(cell.css()).isEqualTo(denied > 0 ? "allowed has-denials" : "allowed");
    }

    @Test
    void denialsWithTheSameAlternativesAreGroupedNarrowestFirst() {
        StatusPage page = denied(
                new String[] {"PING"},
                denial("ContainerRestart", "/containers/a/restart", "10.0.0.1"),
                denial("ContainerKill", "/containers/a/kill", "10.0.0.2"),
                denial("ContainerRestart", "/containers/a/restart", "10.0.0.1"));

        assertThat(page.denials()).singleElement().satisfies(refused -> {
            assertThat(refused.alternatives().get(0).text()).isEqualTo("- ALLOW_RESTARTS=1");
            assertThat(refused.alternatives().get(1).text()).isEqualTo("- CONTAINERS=1\n- POST=1");
            assertThat(refused.alternatives().get(1).opens())
                    .isGreaterThan(refused.alternatives().get(0).opens());
            assertThat(refused.count()).isEqualTo(3);
            assertThat(refused.clients()).isEqualTo(Map.of("10.0.0.1", 2L, "10.0.0.2", 1L));
            assertThat(refused.requests())
                    .containsExactly(
                            new DenialSection.DeniedRequest("ContainerRestart", "POST /containers/a/restart", false, 2),
                            new DenialSection.DeniedRequest("ContainerKill", "POST /containers/a/kill", false, 1));
            assertThat(refused.isAllowedNow()).isFalse();
        });
        assertThat(page.news())
                .isEqualTo("Denied: restart a container (ContainerRestart), requested by 10.0.0.1."
                        + " ALLOW_RESTARTS=1 would allow it.");
    }

    @Test
    void presetThatCoversADeniedClientIsShown() {
        Denial denial = denial("ContainerList", "/containers/json", "10.0.0.1");
        Denial other = denial("ContainerList", "/containers/json", "10.0.0.2");
        Usage usage = new Usage(
                RenderedPage.START,
                List.of(),
                List.of(),
                List.of(client("10.0.0.1", "ContainerList"), client("10.0.0.2", "ContainerList", "NodeList")),
                List.of(denial, other));

        assertThat(page(RenderedPage.facts(setup("PING"), usage)).denials())
                .first()
                .extracting(DenialSection::presets)
                .isEqualTo(Map.of("PRESET=narrow", List.of("10.0.0.1")));
    }

    @Test
    void denialAfterWhichTheClientGoesOnIsOptional() {
        Denial denial = denial("SystemInfo", "/info", "10.0.0.1");
        Usage.ClientOperation info = new Usage.ClientOperation("SystemInfo", false, 0, 1, NOW, NOW);
        Usage usage = new Usage(
                RenderedPage.START,
                List.of(),
                List.of(),
                List.of(new Usage.ClientUse("10.0.0.1", RenderedPage.START, NOW, List.of(info), 0)),
                List.of(denial));

        StatusPage page = page(RenderedPage.facts(setup("PING"), usage));

        assertThat(page.denials())
                .singleElement()
                .extracting(DenialSection::note)
                .asString()
                .startsWith("Perhaps optional: ");
        assertThat(page.suggest().changes())
                .filteredOn(change -> change.variable().equals("INFO"))
                .singleElement()
                .extracting(SuggestSection.Change::kind)
                .isEqualTo(SuggestSection.Kind.OPTIONAL);
    }

    @Test
    void optionalDenialHasNoPreset() {
        Usage.ClientOperation list = new Usage.ClientOperation("ContainerList", false, 0, 1, NOW, null);
        Usage.ClientOperation nodes = new Usage.ClientOperation("NodeList", false, 0, 1, NOW, NOW);
        Usage usage = new Usage(
                RenderedPage.START,
                List.of(),
                List.of(),
                List.of(new Usage.ClientUse("10.0.0.1", RenderedPage.START, NOW, List.of(list, nodes), 0)),
                List.of(
                        denial("ContainerList", "/containers/json", "10.0.0.1"),
                        denial("NodeList", "/nodes", "10.0.0.1")));

        assertThat(page(RenderedPage.facts(setup("PING"), usage)).denials())
                .map(DenialSection::presets)
                .containsExactlyInAnyOrder(Map.of("PRESET=narrow", List.of("10.0.0.1")), Map.of());
    }

    private static Usage.ClientUse client(String address, String... denied) {
        return new Usage.ClientUse(
                address,
                RenderedPage.START,
                NOW,
                Stream.of(denied)
                        .map(operation -> new Usage.ClientOperation(operation, false, 0, 1, NOW, null))
                        .toList(),
                0);
    }

    /** The ledger keeps the counts of each client over a restart, and no path. */
    @Test
    void denialOfWhichOnlyTheCountIsKeptIsShownUntilItIsAllowed() {
        Denial recent = denial("ImageList", "/images/json", "10.0.0.1");
        Usage usage = new Usage(
                RenderedPage.START,
                List.of(),
                List.of(),
                List.of(client("10.0.0.1", "ImageList", "NodeList"), client("10.0.0.2", "ImageList", "NoOperation")),
                List.of(recent));

        List<DenialSection> denials =
                page(RenderedPage.facts(setup("PING"), usage)).denials();
        assertThat(denials).map(each -> each.alternatives().get(0).words()).containsExactly("IMAGES=1", "NODES=1");
        assertThat(denials.get(0).clients()).isEqualTo(Map.of("10.0.0.1", 1L, "10.0.0.2", 1L));
        assertThat(denials.get(1).requests())
                .containsExactly(new DenialSection.DeniedRequest("NodeList", "GET /nodes", true, 1));
        assertThat(page(RenderedPage.facts(setup("NODES"), usage)).denials()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 ms",
        "7, 7 ms",
        "999, 999 ms",
        "1000, 1.0 s",
        "59999, 59.9 s",
        "60000, 1 min 0 s",
        "200000, 3 min 20 s",
        "3600000, 1 h 0 min",
        "86399999, 23 h 59 min",
        "187200000, 2 d 4 h",
        "9223372036854775807, 106751991167 d 7 h",
    })
    void durationHasTwoUnitsAtMost(long millis, String words) {
        assertThat(StatusPage.duration(Duration.ofMillis(millis))).isEqualTo(words);
    }

    @Test
    void denialThatTheCurrentVariablesAllowIsMarked() {
        Denial denial = denial(RenderedPage.profile("PING"), "ImageList", "/images/json", "10.0.0.1");
        Usage usage = RenderedPage.usage(List.of(), List.of(), List.of(denial));

        assertThat(page(RenderedPage.facts(setup("IMAGES"), usage)).denials())
                .singleElement()
                .matches(DenialSection::isAllowedNow);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS | ContainerCreate | POST allows writes in each section that is on;CONTAINERS"
                        + " with POST a client can start a privileged container,"
                        + " which is root on the host",
                "CONTAINERS | ContainerLogs | ''",
                "CONTAINERS | ContainerTop | ''",
                "CONTAINERS | DistributionInspect | DISTRIBUTION makes the daemon connect to any address that the client names",
            })
    void dangersOfAnAlternativeIncludeThoseThatItsVariablesAdd(String granted, String operation, String dangers) {
        DenialSection refused = denied(
                        granted.split(","), denial(RenderedPage.profile(granted), operation, "/x", "10.0.0.1"))
                .denials()
                .get(0);

        assertThat(refused.alternatives().get(refused.alternatives().size() - 1).dangers())
                .containsExactlyInAnyOrder(dangers.isEmpty() ? new String[0] : dangers.split(";(?=[A-Z])"));
    }

    @Test
    void denialsThatALineAllowsAreFirstAndThoseThatNothingAllowsApart() {
        StatusPage page = denied(
                new String[] {"IMAGES"},
                Records.denial(NOW, 9, "10.0.0.1", "GET", "/x", null, false, "browser", List.of()),
                Records.denial(NOW, 8, "10.0.0.1", "POST", "/x", null, false, "create-field", List.of()),
                denial("ImageList", "/images/json", "10.0.0.1"),
                denial("NodeList", "/nodes", "172.18.0.3"));

        assertThat(page.open())
                .map(DenialSection::id)
                .containsExactly("denied-NODES-1", "denied-create-field", "denied-IMAGES-1");
        assertThat(page.refused()).map(DenialSection::id).containsExactly("denied-browser");
        assertThat(page.open().get(0).clients()).containsOnlyKeys("traefik (172.18.0.3)");
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://:2375, DOCKER_HOST=tcp://socket-proxy:2375",
        "tcp://0.0.0.0:2375, DOCKER_HOST=tcp://socket-proxy:2375",
        "tcp://[::]:2375, DOCKER_HOST=tcp://socket-proxy:2375",
        "tcp://127.0.0.1:2375, DOCKER_HOST=tcp://127.0.0.1:2375",
        "tls://:2376, DOCKER_HOST=tcp://socket-proxy:2376 DOCKER_TLS_VERIFY=1",
        "unix:///run/proxy.sock?name=ci, DOCKER_HOST=unix:///run/proxy.sock",
    })
    void pageWithoutARequestSaysHowToConnect(String listener, String lines) {
        assertThat(ProxySetup.connection(listener).replace('\n', ' ')).isEqualTo(lines);
        assertThat(page(RenderedPage.facts()).isUnused()).isTrue();
        assertThat(denied(new String[0], denial("NodeList", "/nodes", "10.0.0.1"))
                        .isUnused())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "unlisted | true | No operation of the Docker API has this method and path.",
                "never | true | No variable allows it: it is never allowed.",
                "browser | true | A web page sent it (it has an Origin or Sec-Fetch-Site header), and web pages may not access the daemon.",
                "compatibility | false | COMPAT=tecnativa denies all Podman paths.",
                "target-segment | true | The daemon could parse the request target differently: the path contains an empty segment, or a segment that is"
                        + " a single or double dot.",
                "extension a.NoExec | true | The extension a.NoExec denied it, and no variable changes that.",
                "extension-failed a.NoExec | true | The extension a.NoExec failed, so the proxy denied the request; see the proxy's log.",
                "grpc-content-type | true | Its content type would have diverted the request to BuildKit.",
            })
    void denialWithoutAlternativeIsExplained(String reason, boolean isFinal, String why) {
        Denial denial = Records.denial(NOW, 7, "10.0.0.1", "GET", "/x", null, false, reason, List.of());

        assertThat(denied(new String[0], denial).denials())
                .singleElement()
                .extracting(DenialSection::why, DenialSection::isFinal)
                .containsExactly(why, isFinal);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | Grpc | /grpc | docker build needs all of these: BUILD=1 and SESSION=1 and GRPC=1. buildx hides this denial, uses another driver and reports an error of a registry.",
                "POST,BUILD,GRPC | Session | /session | docker build needs all of these: SESSION=1. buildx hides this denial, uses another driver and reports an error of a registry.",
                "POST,BUILD,SESSION | ImageCreate | /images/create | ''",
                "POST,BUILD,SESSION | ImageInspect | /images/moby/buildkit:buildx-stable-1/json | docker build sends"
                        + " this request only because BuildKit's API is denied: set GRPC=1 instead.",
            })
    void deniedBuildGetsAHintToAllowTheBuildKitApi(String granted, String operation, String path, String note) {
        String[] on = granted.split(",");

        assertThat(denied(on, denial(RenderedPage.profile(on), operation, path, "10.0.0.1"))
                        .denials())
                .singleElement()
                .extracting(DenialSection::note)
                .isEqualTo(note);
    }

    @Test
    void unusedVariablesAreListedWithTheLineThatRevokesThem() {
        Usage usage = RenderedPage.usage(List.of(), List.of(new Usage.VariableUse("PING", 3, NOW)), List.of());
        StatusPage page = page(RenderedPage.facts(setup("PING", "EVENTS", "CONTAINERS"), usage));

        assertThat(page.unused())
                .extracting(page::revocation)
                .containsExactlyInAnyOrder("- EVENTS=0", "- CONTAINERS=1");
        assertThat(page.variables())
                .contains(new VariableRow(variable("PING"), true, true, 3, null, NOW))
                .contains(new VariableRow(variable("EXEC"), false, false, 0, DangerLevel.LOW, null));
        assertThat(page.variables(ShownApi.DOCKER, true)).hasSize(3);
        assertThat(page.variables(ShownApi.DOCKER, false)).hasSize(32);
        assertThat(page.variables(ShownApi.PODMAN, true)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "999, 999 B", "1000, 1.0 kB", "1536000, 1.5 MB", "9223372036854775807, 9.2 EB"})
    void bytesAreFormattedWithUnits(long bytes, String words) {
        assertThat(StatusPage.bytes(bytes)).isEqualTo(words);
    }

    private static StatusPage page(StatusFacts facts) {
        return StatusPage.of(facts, PageQuery.NONE);
    }

    private static ProxySetup setup(String... granted) {
        return RenderedPage.setup(RenderedPage.profile(granted), "unix:///run/docker.sock", List.of());
    }

    /** @param denials newest first */
    private static StatusPage denied(String[] granted, Denial... denials) {
        return page(RenderedPage.facts(setup(granted), RenderedPage.usage(List.of(), List.of(), List.of(denials))));
    }

    private static Denial denial(String operation, String path, String client) {
        return denial(RenderedPage.profile("PING"), operation, path, client);
    }

    private static Denial denial(Profile profile, String id, String path, String client) {
        Operation operation = RenderedPage.CATALOGUE.byId(id).orElseThrow();
        Decision decision = profile.policy().decide(operation, operation.write().isAlways());
        return Records.denial(
                NOW,
                7,
                client,
                operation.method(),
                path,
                id,
                decision.isWrite(),
                decision.reason().code(),
                decision.alternatives());
    }

    private static ApiMap.Cell cell(StatusPage page, String operation) {
        return cells(page.map())
                .filter(cell -> cell.operation().id().equals(operation))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<ApiMap.Cell> cells(ApiMap map) {
        return Stream.of(map.docker(), map.podman()).flatMap(List::stream).flatMap(section -> section.cells().stream());
    }

    private static Variable variable(String name) {
        return RenderedPage.VARIABLES.stream()
                .filter(variable -> variable.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
