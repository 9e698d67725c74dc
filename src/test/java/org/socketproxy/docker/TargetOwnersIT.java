package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/**
 * On a real dockerd with the objects of three owners, each answer to a confined client is the daemon's own answer without the
 * objects of others.
 */
class TargetOwnersIT {
    /** Networks that the daemon has from the start. */
    private static final Set<String> BUILT_IN = Set.of("bridge", "host", "none");

    @TempDir
    static Path folder;

    private static TargetWorld world;

    /**
     * Objects of a kind.
     *
     * @param list target that lists them
     * @param inspect target of one of them
     * @param id name of the member that has the id
     */
    private record Kind(String list, String inspect, String id) {
        /** The full id, the short id and the names of an object; all of them select it. */
        List<String> names(JsonNode element) {
            List<String> names = new ArrayList<>();
            String full = element.get(id).textValue();
            names.add(full);
            if (!id.equals("Name")) {
                names.add(full.replaceFirst("^sha256:", "").substring(0, 12));
            }
            element.path("Names").forEach(name -> names.add(name.textValue().substring(1)));
            element.path("RepoTags").forEach(tag -> names.add(tag.textValue()));
            for (String place : List.of("/Name", "/Spec/Name")) {
                if (element.at(place).isTextual()) {
                    names.add(element.at(place).textValue());
                }
            }
            return names;
        }
    }

    private static final List<Kind> KINDS = List.of(
            new Kind("/containers/json?all=1", "/containers/NAME/json", "Id"),
            new Kind("/networks", "/networks/NAME", "Id"),
            new Kind("/volumes", "/volumes/NAME", "Name"),
            new Kind("/images/json", "/images/NAME/json", "Id"),
            new Kind("/services", "/services/NAME", "ID"),
            new Kind("/tasks", "/tasks/NAME", "ID"),
            new Kind("/secrets", "/secrets/NAME", "ID"),
            new Kind("/configs", "/configs/NAME", "ID"));

    @BeforeAll
    static void start() throws Exception {
        world = TargetWorld.start(folder);
    }

    @AfterAll
    static void stop() throws Exception {
        if (world != null) {
            world.close();
        }
    }

    private static OwnerView view(Owner owner) throws IOException {
        return OwnerView.of(owner, world);
    }

    private static JsonNode elements(JsonNode answer) {
        return answer.has("Volumes") ? answer.get("Volumes") : answer;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/containers/json",
                "/containers/json?all=1",
                "/containers/json?all=1&size=1",
                "/containers/json?filters={\"status\":[\"exited\",\"created\"]}",
                "/containers/json?filters={\"status\":{\"exited\":true}}",
                "/containers/json?all=1&filters={\"label\":[\"owner\"]}",
                "/containers/json?all=1&filters={\"label\":{\"owner\":true,\"com.docker.compose.project\":true}}",
                "/containers/json?all=1&filters={\"name\":[\"run\",\"new\"]}",
                "/containers/json?all=1&filters={\"network\":[\"red-net1\",\"blue-net1\",\"green-net1\"]}",
                "/containers/json?all=1&filters={\"volume\":[\"red-vol1\",\"blue-vol1\",\"green-vol1\"]}",
                "/containers/json?all=1&filters={\"is-task\":[\"true\"]}",
                "/images/json",
                "/images/json?all=1",
                "/images/json?digests=1&shared-size=1",
                "/images/json?filters={\"label\":[\"owner\"]}",
                "/images/json?filters={\"reference\":[\"*/app:2\"]}",
                "/images/json?filters={\"dangling\":[\"true\"]}",
                "/networks",
                "/networks?filters={\"driver\":[\"bridge\"]}",
                "/networks?filters={\"label\":{\"owner\":true}}",
                "/networks?filters={\"name\":[\"net1\"]}",
                "/networks?filters={\"dangling\":[\"false\"]}",
                "/volumes",
                "/volumes?filters={\"dangling\":[\"false\"]}",
                "/volumes?filters={\"label\":[\"owner\"]}",
                "/volumes?filters={\"name\":[\"vol2\"]}",
                "/services",
                "/services?status=1",
                "/services?filters={\"mode\":[\"replicated\"]}",
                "/services?filters={\"label\":[\"owner\"]}",
                "/services?filters={\"name\":{\"red\":true,\"blue\":true,\"green\":true}}",
                "/tasks",
                "/tasks?filters={\"desired-state\":[\"running\"]}",
                "/tasks?filters={\"label\":[\"owner\"]}",
                "/secrets",
                "/secrets?filters={\"label\":[\"owner\"]}",
                "/secrets?filters={\"name\":[\"red\",\"blue\",\"green\"]}",
                "/configs",
                "/configs?filters={\"label\":{\"owner\":true}}",
                "/configs?filters={\"name\":[\"red\",\"blue\",\"green\"]}",
            })
    void listIsTheDaemonsWithoutTheElementsOfOthers(String target) throws IOException {
        for (String version : versions(target.startsWith("/networks") ? "1.28" : "1.24")) {
            for (Owner owner : Owner.values()) {
                TargetWorld.Pair answers = world.both(owner, version + encoded(target));
                if (target.contains("shared-size") && RealDocker.get().api().accepts("1.52")) {
                    withoutSharedSize(answers);
                }

                assertThat(answers.confined())
                        .as(owner + " " + version + target)
                        .isEqualTo(view(owner).of(target, answers.direct()));
            }
        }
    }

    /** With the containerd image store, the daemon compares the listed images only. */
    private static void withoutSharedSize(TargetWorld.Pair answers) {
        for (JsonNode images : List.of(answers.direct(), answers.confined())) {
            images.forEach(image -> ((ObjectNode) image).remove("SharedSize"));
        }
    }

    /** Prefixes of the path: none, and the versions of the API that the daemon accepts. */
    private static List<String> versions(String oldest) {
        List<String> prefixes = new ArrayList<>(List.of(""));
        prefixes.addAll(RealDocker.get().api().prefixes(oldest, "1.41", "1.45"));
        return prefixes;
    }

    private static String encoded(String target) {
        int filters = target.indexOf('{');
        return filters < 0
                ? target
                : target.substring(0, filters) + URLEncoder.encode(target.substring(filters), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void limitCountsOwnContainers(int limit) throws IOException {
        for (Owner owner : Owner.values()) {
            JsonNode expected = view(owner).of("/containers/json", world.direct("/containers/json?all=1"));
            JsonNode confined = world.confined(owner, "/containers/json?limit=" + limit);

            assertThat(confined).hasSize(Math.min(limit, expected.size()));
            for (int i = 0; i < confined.size(); i++) {
                assertThat(confined.get(i).get("Id")).isEqualTo(expected.get(i).get("Id"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void ownObjectsAreDescribedInFullAndOthersAreMissing(Owner owner) throws IOException {
        int own = 0;
        int others = 0;
        for (Kind kind : KINDS) {
            JsonNode listed = elements(world.confined(owner, kind.list()));
            for (JsonNode element : elements(world.direct(kind.list()))) {
                boolean isOwn = has(listed, kind.id(), element.get(kind.id()));
                own += isOwn ? 1 : 0;
                others += isOwn ? 0 : 1;
                for (String name : kind.names(element)) {
                    String target = kind.inspect().replace("NAME", name);
                    boolean isOwnName = !name.contains("/") || view(owner).isOwnReference(name);
                    boolean isBuiltIn = kind.list().equals("/networks")
                            && BUILT_IN.contains(element.get("Name").asText());
                    if (isOwn && isOwnName || isBuiltIn) {
                        assertDescribed(owner, target); // without containers of others
                    } else {
                        assertMissing(owner, target, name);
                    }
                }
            }
        }
        assertThat(own).isGreaterThanOrEqualTo(13);
        assertThat(others).isGreaterThanOrEqualTo(39);
    }

    private static boolean has(JsonNode list, String id, JsonNode value) {
        for (JsonNode each : list) {
            if (each.get(id).equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static void assertDescribed(Owner owner, String target) throws IOException {
        TargetWorld.Pair answers = world.both(owner, target);
        JsonNode expected = view(owner).ofOne(target, (ObjectNode) answers.direct());
        assertThat(answers.confined()).as(owner + " " + target).isEqualTo(expected);
    }

    private static void assertMissing(Owner owner, String target, String name) throws IOException {
        RawResponse missing = world.get(owner, target);
        assertThat(missing.status()).as(owner + " " + target).isEqualTo(404);
        assertThat(missing.body())
                .as(owner + " " + target)
                .startsWith("{\"message\":\"")
                .contains(name);
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void diskUsageIsThatOfOwnObjects(Owner owner) throws IOException {
        for (String version : versions("1.25")) {
            TargetWorld.Pair answers = world.both(owner, version + "/system/df");
            JsonNode expected = view(owner).of("/system/df", answers.direct());
            for (String list : List.of("Containers", "Images", "Volumes")) {
                assertThat(answers.confined().get(list))
                        .as(owner + " " + version + " " + list)
                        .isNotEmpty()
                        .isEqualTo(expected.get(list));
            }
            assertThat(answers.confined().path("BuildCache")).isEmpty();
        }
    }

    /** The members that change with time are left out. */
    @ParameterizedTest
    @EnumSource(Owner.class)
    void informationHasTheNumbersOfOwnObjectsAndNoAddressesOfTheSwarm(Owner owner) throws IOException {
        ObjectNode expected = (ObjectNode) world.direct("/info");
        ObjectNode confined = (ObjectNode) world.confined(owner, "/info");
        for (ObjectNode answer : List.of(expected, confined)) {
            answer.remove(List.of("SystemTime", "NFd", "NGoroutines", "NEventsListener"));
        }
        JsonNode containers = view(owner).of("/containers/json", world.direct("/containers/json?all=1"));
        List<String> states = containers.findValuesAsText("State");
        expected.put("Containers", containers.size());
        expected.put("ContainersRunning", Collections.frequency(states, "running"));
        expected.put("ContainersPaused", Collections.frequency(states, "paused"));
        expected.put(
                "ContainersStopped",
                Collections.frequency(states, "exited") + Collections.frequency(states, "created"));
        expected.put(
                "Images",
                view(owner).of("/images/json", world.direct("/images/json")).size());
        ObjectNode swarm = (ObjectNode) expected.get("Swarm");
        swarm.put("NodeAddr", "")
                .putNull("RemoteManagers")
                .put("Nodes", 0)
                .put("Managers", 0)
                .putNull("Cluster");

        assertThat(confined).isEqualTo(expected);
    }
}
