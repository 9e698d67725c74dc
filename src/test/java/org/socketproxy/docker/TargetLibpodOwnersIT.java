package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** On a real Podman, each answer of the libpod API to a confined client is the daemon's own answer without the objects of others. */
@Tag("thorough")
class TargetLibpodOwnersIT {
    private static final List<String> NAME_LISTS =
            List.of("RepoTags", "RepoDigests", "Names", "History", "NamesHistory");

    @TempDir
    static Path folder;

    private static TargetPodmanWorld world;
    /** Seconds since 1970. */
    private static long begin;

    @BeforeAll
    static void start() throws Exception {
        begin = Instant.now().getEpochSecond();
        world = TargetPodmanWorld.start(folder);
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    /** Tells whether an element is the owner's by its labels. The owner by names has no infra container, which Podman names. */
    private static boolean isOwn(Owner owner, JsonNode element) {
        String label = element.path("Labels").path("owner").asText()
                + element.path("labels").path("owner").asText()
                + element.at("/Spec/Labels/owner").asText();
        boolean isInfra = element.path("IsInfra").asBoolean();
        return label.equals(owner.word()) && (owner != Owner.GREEN || !isInfra);
    }

    private static boolean isOwnReference(Owner owner, JsonNode name) {
        String text = name.asText();
        return owner != Owner.GREEN || name.isObject() || text.startsWith("docker.io/green/");
    }

    private static void keep(JsonNode list, Predicate<JsonNode> isKept) {
        if (list instanceof ArrayNode array) {
            for (Iterator<JsonNode> each = array.iterator(); each.hasNext(); ) {
                if (!isKept.test(each.next())) {
                    each.remove();
                }
            }
        }
    }

    /** Returns what the owner may see of an answer; changes the answer. */
    private static JsonNode seen(Owner owner, String target, JsonNode answer) throws IOException {
        Set<String> containers = new HashSet<>();
        world.direct("/libpod/containers/json?all=true").forEach(each -> {
            if (isOwn(owner, each)) {
                containers.add(each.get("Id").textValue());
            }
        });
        Iterable<JsonNode> elements = answer.isArray() ? answer : List.of(answer);
        for (JsonNode element : elements) {
            keep(
                    element.path("Containers"),
                    each -> containers.contains(each.get("Id").textValue()));
            if (element.path("containers") instanceof ObjectNode members) {
                members.retain(containers);
            }
            NAME_LISTS.forEach(names ->
                    keep(element.path(names), name -> isOwnReference(owner, name) || !target.contains("/images/")));
            if (element.has("NumContainers")) {
                ((ObjectNode) element)
                        .put("NumContainers", element.path("Containers").size());
            }
            if (element.path("Containers").isInt()) {
                ((ObjectNode) element).put("Containers", -1);
            }
        }
        boolean isByReference = owner == Owner.GREEN && target.contains("/images/");
        keep(answer, each -> isByReference ? !each.path("RepoTags").isEmpty() : isOwn(owner, each));
        return answer;
    }

    private static String encoded(String target) {
        int filters = target.indexOf('{');
        return filters < 0
                ? target
                : target.substring(0, filters) + URLEncoder.encode(target.substring(filters), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/libpod/containers/json",
                "/libpod/containers/json?all=true",
                "/libpod/containers/json?all=true&size=true&namespace=true&external=true&sync=true",
                "/libpod/containers/json?filters={\"status\":[\"exited\",\"created\"]}",
                "/libpod/containers/json?all=true&filters={\"label\":[\"owner\"]}",
                "/libpod/containers/json?all=true&filters={\"label\":{\"owner\":true,\"com.docker.compose.project\":true}}",
                "/libpod/containers/json?all=true&filters={\"label!\":[\"owner=red\"]}",
                "/libpod/containers/json?all=true&filters={\"name\":[\"run\",\"new\"]}",
                "/libpod/containers/json?all=true&filters={\"network\":[\"red-net1\",\"blue-net1\",\"green-net1\"]}",
                "/libpod/containers/json?all=true&filters={\"volume\":[\"red-vol1\",\"blue-vol1\",\"green-vol1\"]}",
                "/libpod/containers/json?all=true&filters={\"pod\":[\"red-pod\",\"blue-pod\",\"green-pod\"]}",
                "/libpod/images/json",
                "/libpod/images/json?all=true",
                "/libpod/images/json?filters={\"label\":[\"owner\"]}",
                "/libpod/images/json?filters={\"reference\":[\"*/app:1\"]}",
                "/libpod/images/json?filters={\"dangling\":[\"false\"]}",
                "/libpod/networks/json",
                "/libpod/networks/json?filters={\"driver\":[\"bridge\"]}",
                "/libpod/networks/json?filters={\"label\":{\"owner\":true}}",
                "/libpod/networks/json?filters={\"name\":[\"net1\"]}",
                "/libpod/volumes/json",
                "/libpod/volumes/json?filters={\"label\":[\"owner\"]}",
                "/libpod/volumes/json?filters={\"name\":[\"vol1\"]}",
                "/libpod/pods/json",
                "/libpod/pods/json?filters={\"label\":[\"owner\"]}",
                "/libpod/pods/json?filters={\"name\":[\"pod\"]}",
                "/libpod/secrets/json",
                "/libpod/secrets/json?filters={\"name\":[\"red-secret\",\"blue-secret\",\"green-secret\"]}",
            })
    void listIsTheDaemonsWithoutTheElementsOfOthers(String target) throws IOException {
        for (Owner owner : Owner.values()) {
            JsonNode expected = seen(owner, target, world.direct(encoded(target)));

            assertThat(world.confined(owner, encoded(target)))
                    .as(owner + target)
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/libpod/containers/OWN-run/json",
                "/libpod/networks/OWN-net1/json",
                "/libpod/networks/OWN-net1",
                "/libpod/volumes/OWN-vol1/json",
                "/libpod/pods/OWN-pod/json",
                "/libpod/secrets/OWN-secret/json",
                "/libpod/images/OWN/app:1/json",
                "/libpod/images/docker.io/OWN/app:1/json",
                "/libpod/containers/OWN-run/changes",
            })
    void ownObjectIsDescribedWithoutTheMembersAndNamesOfOthers(String target) throws IOException {
        for (Owner owner : Owner.values()) {
            String own = target.replace("OWN", owner.word());
            JsonNode expected = seenOne(owner, own);

            assertThat(world.confined(owner, own)).as(owner + target).isEqualTo(expected);
        }
    }

    private static JsonNode seenOne(Owner owner, String target) throws IOException {
        JsonNode described = world.direct(target);
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        if (described.isObject()) {
            seen(owner, target, list.add(described));
        }
        return described;
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void historyHasNoNamesAndIdsOfOthers(Owner owner) throws IOException {
        String target = "/v5.0.0/libpod/images/" + owner.word() + "/app:1/history";
        RawResponse answer;
        try (RawClient client = world.connect(owner)) {
            answer = client.request("GET", target).readAnswer("GET");
        }
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).contains("\"Id\":\"<missing>\"").doesNotContain("busybox");
        for (Owner other : Owner.values()) {
            boolean isShown = owner == Owner.GREEN && other == Owner.GREEN;
            assertThat(answer.body().contains(other.word() + "/app")).isEqualTo(isShown);
        }
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void informationHasTheNumbersOfOwnObjects(Owner owner) throws IOException {
        String all = "/libpod/containers/json?all=true";
        List<String> states = seen(owner, all, world.direct(all)).findValuesAsText("State");
        int running = Collections.frequency(states, "running");
        String images = "/libpod/images/json";
        JsonNode store = world.confined(owner, "/libpod/info").get("store");

        assertThat(store.at("/containerStore/number").asInt()).isEqualTo(states.size());
        assertThat(store.at("/containerStore/running").asInt()).isEqualTo(running);
        assertThat(store.at("/containerStore/paused").asInt()).isZero();
        assertThat(store.at("/containerStore/stopped").asInt()).isEqualTo(states.size() - running);
        assertThat(store.at("/imageStore/number").asInt())
                .isEqualTo(seen(owner, images, world.direct(images)).size());
        assertThat(world.confined(owner, "/libpod/info").get("host").fieldNames())
                .toIterable()
                .containsExactlyElementsOf(() -> host().fieldNames());
    }

    private static JsonNode host() {
        try {
            return world.direct("/libpod/info").get("host");
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v5.0.0/libpod/events?stream=false&since=", "/v1.41/events?until=1s&since="})
    void eventsAreThoseOfOwnObjects(String target) throws IOException {
        for (Owner owner : Owner.values()) {
            List<JsonNode> all = events(world.connect(), target);
            List<JsonNode> expected = new ArrayList<>();
            for (JsonNode event : all) {
                if (isOwnEvent(owner, event)) {
                    expected.add(event);
                }
            }

            assertThat(events(world.connect(owner), target)).as(owner + target).isEqualTo(expected);
            assertThat(expected)
                    .extracting(event -> event.get("Type").asText())
                    .contains("container", "network", "volume", "pod");
        }
    }

    private static List<JsonNode> events(RawClient connected, String target) throws IOException {
        try (RawClient client = connected) {
            return client.request("GET", target + begin)
                    .readAnswer("GET")
                    .body()
                    .lines()
                    .filter(line -> !line.isBlank())
                    .map(TargetWorld::parse)
                    .toList();
        }
    }

    /** Events of Podman have no labels, except those of containers. Since Podman 5.8 there are events of secrets, without a name: they are hidden from a profile that selects by names. */
    private static boolean isOwnEvent(Owner owner, JsonNode event) throws IOException {
        JsonNode facts = event.at("/Actor/Attributes");
        String name = facts.path("name").asText();
        boolean isOwnName = name.startsWith(owner.word() + "-");
        boolean isOwnNetwork = facts.path("network").asText().startsWith(owner.word() + "-");
        return switch (event.get("Type").asText()) {
            case "container" ->
                facts.path("owner").asText().equals(owner.word()) && (owner != Owner.GREEN || isOwnName);
            case "network" -> isOwnNetwork && (name.isEmpty() || isOwnName);
            case "image" -> owner == Owner.GREEN && name.startsWith("docker.io/green/");
            case "secret" ->
                owner != Owner.GREEN
                        && world.direct("/libpod/secrets/"
                                        + event.at("/Actor/ID").asText() + "/json")
                                .at("/Spec/Name")
                                .asText()
                                .startsWith(owner.word() + "-");
            default -> isOwnName;
        };
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void podmanShowsTheObjectsOfTheOwnerOnly(Owner owner) {
        Cli cli = world.cli(owner);
        String own = owner.word();
        assertThat(cli.script("podman --remote ps -a --format '{{.Names}}'")
                        .stdout()
                        .lines())
                .contains(own + "-run", own + "-exit", own + "-new", own + "-member")
                .allMatch(name -> name.startsWith(own + "-") || name.endsWith("-infra"));
        assertThat(cli.script("podman --remote pod ps --format '{{.Name}}'").stdout())
                .isEqualTo(own + "-pod\n");
        assertThat(cli.script("podman --remote volume ls -q").stdout()).isEqualTo(own + "-vol1\n");
        assertThat(cli.script("podman --remote network ls -q").stdout()).isEqualTo(own + "-net1\n");
        assertThat(cli.script("podman --remote secret ls --format '{{.Name}}'").stdout())
                .isEqualTo(own + "-secret\n");
        assertThat(cli.script("podman --remote inspect xgreen-run").stderr()).contains("xgreen-run");
        assertThat(cli.script("podman --remote inspect " + own + "-run").exitCode())
                .isZero();
        assertThat(cli.script("podman --remote container exists xgreen-run").exitCode())
                .isEqualTo(1);
        assertThat(cli.script("podman --remote logs " + own + "-run").exitCode())
                .isZero();
    }
}
