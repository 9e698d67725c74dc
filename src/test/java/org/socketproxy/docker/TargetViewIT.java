package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.usage.ShadowCounts;

/** The docker CLI of a confined client sees and prunes own objects only, on a real dockerd with objects of two owners. */
@Tag("thorough")
class TargetViewIT {
    private static final String CLEAN =
            "set +e; docker rm -fv tv-ci-web tv-ci-job tv-dev-db tv-dev-job tv-ci-new tv-dev-new;"
                    + " docker network rm tv-ci-net tv-dev-net tv-ci-new tv-dev-new;"
                    + " docker volume rm tv-ci-data tv-dev-data tv-ci-new tv-dev-new;"
                    + " docker image prune -af --filter label=owner=tv-ci; docker image prune -af --filter label=owner=tv-dev";

    /** Requests of which none changes an object. */
    private static final List<String> REQUESTS = List.of(
            "GET /containers/json?all=1",
            "GET /v1.43/containers/json?all=1&limit=100",
            // The daemon sorts images by seconds, and two of them have the same.
            "GET /images/json?all=1&order=random",
            "GET /networks?order=random",
            "GET /volumes?order=random",
            "GET /containers/tv-ci-web/json",
            "GET /containers/tv-dev-db/json",
            "GET /containers/tv-none/json",
            "GET /containers/tv-ci-web/top",
            "HEAD /containers/json",
            "GET /plugins",
            "GET /version",
            "POST /containers/create?name=tv-ci-web  {\"Image\":\"busybox:local\",\"HostConfig\":{\"Privileged\":true}}",
            "POST /containers/create?name=tv-ci-web  {\"Image\":",
            // The name is taken: the daemon creates nothing.
            "POST /containers/create?name=tv-ci-web  {\"Image\":\"tv-ci/app:1\",\"Cmd\":[\"x\"],\"HostConfig\":{\"NetworkMode\":\"tv-dev-net\"}}",
            "POST /containers/create?name=tv-ci-web  {\"Image\":\"tv-ci/app:1\",\"Cmd\":[\"x\"],\"HostConfig\":{\"NetworkMode\":\"tv-ci-net\","
                    + "\"Binds\":[\"tv-ci-data:/d\"]}}",
            "POST /containers/create?name=tv-ci-web  {\"Image\":\"tv-ci/app:1\",\"Cmd\":[\"x\"],\"HostConfig\":{\"Binds\":[\"tv-dev-data:/d\"]}}",
            "POST /containers/tv-dev-db/exec  {\"Cmd\":[\"true\"],\"Nonsense\":1,\"Detach\":\"wrong type\"}");

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static ProxyUnderTest byLabel;
    private static ProxyUnderTest byName;
    private static Cli direct;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        direct = docker.cli(folder, Map.of());
        byLabel = proxy("label:owner=tv-ci");
        byName = proxy("name:tv-ci-*,images:reference:tv-ci/*");
    }

    private static ProxyUnderTest proxy(String targets) {
        Map<String, String> settings = new HashMap<>(Map.of("CREATE", "safe", "TARGETS", targets, "POST", "1"));
        for (String variable : "CONTAINERS IMAGES NETWORKS VOLUMES SYSTEM INFO EVENTS".split(" ")) {
            settings.put(variable, "1");
        }
        return ProxyUnderTest.with(docker.socket(), settings);
    }

    @AfterAll
    static void stop() {
        if (docker != null) {
            byLabel.close();
            byName.close();
        }
    }

    @BeforeEach
    void create() {
        direct.script(CLEAN);
        StringBuilder script = new StringBuilder();
        for (String owner : new String[] {"ci", "dev"}) {
            String label = " --label owner=tv-" + owner + " ";
            script.append("docker network create" + label + "tv-" + owner + "-net\n")
                    .append("docker volume create" + label + "tv-" + owner + "-data\n")
                    .append("tar -c --files-from /dev/null | docker import --change 'LABEL owner=tv-" + owner
                            + "' - tv-" + owner + "/app:1\n")
                    .append("docker create --name tv-" + owner + "-job --network none" + label + RealDocker.IMAGE
                            + "\n");
        }
        script.append("docker run -d --name tv-ci-web --network tv-ci-net --label owner=tv-ci -v tv-ci-data:/d "
                + RealDocker.IMAGE + " sleep 1000\n"
                + "docker run -d --name tv-dev-db --network tv-ci-net --label owner=tv-dev -v tv-dev-data:/d "
                + RealDocker.IMAGE + " sleep 1000\n");
        Cli.Result made = direct.script(script.toString());
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    @AfterEach
    void remove() {
        direct.script(CLEAN);
    }

    private static Cli through(ProxyUnderTest proxy) {
        return Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.Labels}} {{.Networks}} {{.Mounts}}'",
                "docker ps --format '{{.ID}} {{.Names}}'",
                "docker ps -a -n 1 --format '{{.Names}}'",
                "docker ps -a --filter status=created --format '{{.Names}}'",
                "docker ps -aq --filter network=tv-ci-net",
                "docker images --no-trunc --format '{{.ID}} {{.Repository}} {{.Tag}}'",
                "docker network ls --no-trunc --format '{{json .}}'",
                "docker volume ls --format '{{json .}}'",
            })
    void listsEqualThoseThatTheDaemonFilters(String command) {
        String expected = direct.script(command + " --filter label=owner=tv-ci").stdout();

        assertThat(expected).isNotEmpty();
        assertThat(through(byLabel).script(command).stdout()).isEqualTo(expected);
        assertThat(through(byName).script(command).stdout()).isEqualTo(expected);
        assertThat(through(byLabel).script(command + " --filter label=owner").stdout())
                .isEqualTo(expected);
        assertThat(through(byLabel)
                        .script(command + " --filter label=owner=tv-dev")
                        .stdout())
                .isEmpty();
    }

    /**
     * The same requests get the same bytes with and without a tried policy, which tells the number of elements that a proxy with its
     * targets hides.
     */
    @Test
    void triedPolicyCountsWhatTargetsHideAndChangesNoResponse() throws Exception {
        Path tried = Files.writeString(folder.resolve("tried.env"), "CREATE=safe\nTARGETS=label:owner=tv-ci\n");
        Map<String, String> settings = ProxyUnderTest.everything();
        try (ProxyUnderTest plain = ProxyUnderTest.with(docker.socket(), settings);
                ProxyUnderTest shadowed =
                        ProxyUnderTest.with(docker.socket(), with(settings, "SHADOW_POLICY", tried.toString()))) {
            for (String request : REQUESTS) {
                assertThat(answer(shadowed, request)).as(request).isEqualTo(answer(plain, request));
            }
            Supplier<ShadowCounts.Snapshot> counts =
                    () -> shadowed.server().configuration().shadow().counts().snapshot();
            assertThat(ProcessResources.await(() -> counts.get().lists().size() == 4))
                    .as(counts.get().toString())
                    .isTrue();
            for (ShadowCounts.ShadowList list : counts.get().lists()) {
                String command = switch (list.noun()) {
                    case "container" -> "docker ps -aq";
                    case "image" -> "docker images -aq | sort -u";
                    default -> "docker " + list.noun() + " ls -q";
                };
                long all = direct.script(command).stdout().lines().count();
                long own = through(byLabel).script(command).stdout().lines().count();
                assertThat(list.lastHidden() + " of " + list.lastOf())
                        .as(list.operation())
                        .isEqualTo((all - own) + " of " + all);
            }
            Map<String, Long> denials = Map.of(
                    "ContainerInspect target-outside", 1L,
                    "ContainerExec target-outside", 1L,
                    "ContainerCreate create-field", 1L,
                    "ContainerCreate create-form", 1L,
                    "ContainerCreate target-outside", 2L,
                    "PluginList operation-unconfined", 1L);
            assertThat(ProcessResources.await(() -> denials(counts.get()).equals(denials)))
                    .as(counts.get().toString())
                    .isTrue();
            assertThat(counts.get().skipped().get(ShadowCounts.Skip.FAILURE)).isZero();
        }
    }

    private static Map<String, Long> denials(ShadowCounts.Snapshot counts) {
        return counts.denials().stream()
                .collect(Collectors.toMap(each -> each.operation() + " " + each.reason(), each -> each.count()));
    }

    private static Map<String, String> with(Map<String, String> settings, String name, String value) {
        Map<String, String> more = new HashMap<>(settings);
        more.put(name, value);
        return more;
    }

    /**
     * Sends a request with an optional body after two blanks. Returns the response without the time of the daemon; of a list in random
     * order, its sorted characters.
     */
    private static String answer(ProxyUnderTest proxy, String request) throws Exception {
        String[] parts = request.split("  ", 2);
        String body = parts.length == 1
                ? "\r\n"
                : "Content-Type: application/json\r\nContent-Length: " + parts[1].length() + "\r\n\r\n" + parts[1];
        try (RawClient client = proxy.connect()) {
            String response = client.send(parts[0] + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n" + body)
                    .readToEnd()
                    .replaceAll("\r\n(Date|Content-Length): [^\r]*", "")
                    .replaceAll("\"Status\":\"Up [^\"]*\"", "\"Status\":\"Up\""); // says for how long
            return request.contains("order=random")
                    ? response.chars().sorted().mapToObj(Character::toString).collect(Collectors.joining())
                    : response;
        }
    }

    @Test
    void diskUsageAndInformationShowNothingOfOthers() {
        for (ProxyUnderTest proxy : new ProxyUnderTest[] {byLabel, byName}) {
            String usage = through(proxy).script("docker system df -v").stdout();

            assertThat(usage).contains("tv-ci-web", "tv-ci-job", "tv-ci-data", "tv-ci/app");
            assertThat(usage).doesNotContain("tv-dev");
            assertThat(through(proxy).script("docker info").stdout())
                    .contains("Containers: 2", "Running: 1", "Paused: 0", "Stopped: 1", "Images: 1");
            assertThat(through(proxy).script("docker system df").exitCode()).isZero();
        }
    }

    @Test
    void networkShowsOwnContainersOnly() {
        for (ProxyUnderTest proxy : new ProxyUnderTest[] {byLabel, byName}) {
            assertThat(through(proxy)
                            .script("docker network inspect tv-ci-net -f '{{range .Containers}}{{.Name}} {{end}}'")
                            .stdout()
                            .strip())
                    .isEqualTo("tv-ci-web");
        }
        assertThat(direct.script("docker network inspect tv-ci-net -f '{{len .Containers}}'")
                        .stdout()
                        .strip())
                .isEqualTo("2");
    }

    @ParameterizedTest
    @CsvSource({"label", "name"})
    void eventsAreThoseOfOwnObjects(String selector) {
        try (Cli.Running events = through(selector.equals("label") ? byLabel : byName)
                .start("docker", "events", "--format", "{{json .}}")) {
            // Events of a probe show that the stream has begun.
            events.awaitUntil("the stream has begun", Duration.ofSeconds(60), () -> {
                direct.script("docker rm -f tv-ci-new; docker create --name tv-ci-new --label owner=tv-ci "
                        + RealDocker.IMAGE);
                return events.stdout().contains("tv-ci-new");
            });
            Cli.Result changed = direct.script("""
                    for owner in dev ci; do
                      docker network create --label owner=tv-$owner tv-$owner-new
                      docker volume create --label owner=tv-$owner tv-$owner-new
                      docker rm -f tv-$owner-new
                      docker create --name tv-$owner-new --label owner=tv-$owner -v tv-$owner-new:/v busybox:local true
                      docker start -a tv-$owner-new
                    done
                    docker network connect tv-ci-new tv-dev-db
                    docker network disconnect tv-ci-new tv-dev-db
                    docker network connect tv-ci-new tv-ci-web
                    docker network disconnect tv-ci-new tv-ci-web
                    docker rm -f tv-dev-new tv-ci-new
                    docker network rm tv-dev-new tv-ci-new
                    docker volume rm tv-dev-new tv-ci-new
                    """);
            assertThat(changed.exitCode()).as(changed.stderr()).isZero();
            events.awaitUntil(
                    "the last event",
                    Duration.ofSeconds(30),
                    () -> events.stdout().matches("(?s).*\"Type\":\"volume\",\"Action\":\"destroy\".*"));

            assertThat(events.stdout()).doesNotContain("tv-dev");
            for (String expected : new String[] {
                "\"Type\":\"network\",\"Action\":\"create\"",
                "\"Type\":\"network\",\"Action\":\"connect\"",
                "\"Type\":\"network\",\"Action\":\"destroy\"",
                "\"Type\":\"volume\",\"Action\":\"create\"",
                "\"Type\":\"volume\",\"Action\":\"mount\"",
                "\"Type\":\"container\",\"Action\":\"start\"",
                "\"Type\":\"container\",\"Action\":\"destroy\""
            }) {
                assertThat(events.stdout()).contains(expected);
            }
            String foreign = direct.script("docker inspect -f '{{.Id}}' tv-dev-db")
                    .stdout()
                    .strip();
            assertThat(foreign).hasSize(64);
            assertThat(events.stdout()).doesNotContain(foreign);
        }
    }

    @Test
    void prunesRemoveOwnObjectsOnly() {
        direct.script("docker rm -f tv-ci-web tv-dev-db");
        String others = objects("tv-dev");

        Cli.Result pruned = through(byLabel)
                .script("docker container prune -f && docker volume prune -af && docker network prune -f"
                        + " && docker image prune -af");

        assertThat(pruned.exitCode()).as(pruned.stderr()).isZero();
        assertThat(objects("tv-ci")).isBlank();
        assertThat(objects("tv-dev")).isEqualTo(others).isNotBlank();
        assertThat(through(byName).script("docker container prune -f").stderr()).contains("is not allowed");
    }

    private static String objects(String owner) {
        return direct.script(
                        "docker ps -aq --filter label=owner=" + owner + "; docker volume ls -q --filter label=owner="
                                + owner + "; docker network ls -q --filter label=owner=" + owner
                                + "; docker images -q --filter label=owner=" + owner)
                .stdout();
    }
}
