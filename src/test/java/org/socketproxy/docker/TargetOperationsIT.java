package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * On a real dockerd, each operation on an object of another owner has the same answer as on a missing object, and no effect. The
 * table has a row for each operation of the Docker API.
 */
@Tag("thorough")
class TargetOperationsIT {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    /** The owner of the objects that an owner asks for. */
    private static final Map<Owner, String> OTHERS =
            new EnumMap<>(Map.of(Owner.RED, "blue", Owner.BLUE, "red", Owner.GREEN, "xgreen"));

    private static final String KINDS =
            "{\"type\":[\"container\",\"image\",\"network\",\"volume\",\"service\",\"secret\",\"config\",\"plugin\"]}";

    @TempDir
    static Path folder;

    private static TargetWorld world;
    /** The ids and names of one object of a kind and an owner. */
    private static final Map<String, List<String>> NAMES = new HashMap<>();

    private static Map<String, JsonNode> unchanged = Map.of();

    @BeforeAll
    static void start() throws Exception {
        world = TargetWorld.start(folder);
        for (String owner : OTHERS.values()) {
            String exec = world.run("docker exec -d " + owner + "-run sleep 100000; docker inspect " + owner
                    + "-run --format '{{index .ExecIDs 0}}'");
            String task = world.run("docker service ps -q --no-trunc " + owner + "-svc");
            NAMES.put("exec " + owner, List.of(exec));
            NAMES.put("repository " + owner, List.of(owner + "/app"));
            NAMES.put("volume " + owner, List.of(owner + "-vol1"));
            NAMES.put("task " + owner, List.of(task, task.substring(0, 12), owner + "-svc.1." + task));
            String node = world.run("docker node ls -q");
            NAMES.put("node " + owner, List.of(node, node.substring(0, 12)));
            Map<String, String> inspected = Map.of(
                    "container", owner + "-run",
                    "network", owner + "-net1",
                    "image", owner + "/app:1",
                    "service", owner + "-svc",
                    "secret", owner + "-secret",
                    "config", owner + "-config");
            inspected.forEach((kind, name) -> {
                NAMES.put(kind + " " + owner, names(kind, name));
                NAMES.put("name of " + kind + " " + owner, List.of(name));
            });
        }
        unchanged = world.snapshot();
    }

    private static List<String> names(String kind, String name) {
        String member = List.of("container", "network", "image").contains(kind) ? ".Id" : ".ID";
        String id = world.run("docker " + kind + " inspect " + name + " --format '{{" + member + "}}'");
        String digits = id.replace("sha256:", "");
        List<String> names = new ArrayList<>(List.of(name, id, digits.substring(0, 12)));
        if (kind.equals("image")) {
            names.add(digits);
        }
        return names;
    }

    @AfterAll
    static void stop() throws Exception {
        if (world != null) {
            world.close();
        }
    }

    static Stream<TargetRow> rows() {
        return Corpus.lines(TargetOperationsIT.class, "target-operations.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(TargetRow::parse);
    }

    static Stream<TargetRow> rowsWithObject() {
        return rows().filter(row -> !row.kind().equals("-"));
    }

    @Test
    void eachOperationOfTheDockerApiHasARow() {
        Set<String> listed = rows().map(row -> row.operation().id()).collect(Collectors.toCollection(TreeSet::new));
        Set<String> all = CATALOGUE.operations().stream()
                .filter(operation -> !operation.isLibpod() && !operation.isOfBuildKit()) // those have ConfinedBuildIT
                .map(Operation::id)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(listed).isEqualTo(all);
    }

    @ParameterizedTest
    @MethodSource("rowsWithObject")
    void objectOfAnotherOwnerIsAnsweredAsAMissingOneWithoutATrace(TargetRow row) throws IOException {
        Instant begin = Instant.now();
        for (Owner owner : Owner.values()) {
            String other = OTHERS.get(owner);
            for (String name : NAMES.get(row.kind() + " " + other)) {
                String missing = TargetRow.missing(name, other);
                RawResponse answer = row.send(world.proxy(owner).connect(), owner, name);
                assertThat(List.of(row.statuses().split(",")))
                        .as(owner + " " + name + " " + answer.head() + answer.body())
                        .contains(String.valueOf(answer.status()));
                assertThat(hidden(row, other, name)).noneMatch(answer.body()::contains);
                switch (row.compared()) {
                    case "taken" ->
                        assertThat(row.method())
                                .as("a missing one would be created")
                                .isEqualTo("POST");
                    case "daemon" -> {
                        assertAsMissing(row, owner, name, missing, answer);
                        RawResponse daemons = row.send(RawClient.connect(world.socket()), owner, missing);
                        assertThat(answer.body().replace(name, missing)).isEqualTo(daemons.body());
                        assertThat(answer.status()).isEqualTo(daemons.status());
                        assertThat(type(answer)).isEqualTo(type(daemons));
                    }
                    default -> assertAsMissing(row, owner, name, missing, answer);
                }
            }
        }
        assertThat(events(begin)).isEmpty();
        world.assertUnchanged(unchanged);
    }

    private static void assertAsMissing(TargetRow row, Owner owner, String name, String missing, RawResponse answer)
            throws IOException {
        RawResponse none = row.send(world.proxy(owner).connect(), owner, missing);
        assertThat(TargetRow.withoutNames(answer, name, missing))
                .isEqualTo(TargetRow.withoutNames(none, name, missing));
    }

    /** The ids and names of the object that the request does not tell. */
    private static List<String> hidden(TargetRow row, String owner, String name) {
        return NAMES.get(row.kind().replace("name of ", "") + " " + owner).stream()
                .filter(each -> !name.contains(each) && !each.endsWith(name))
                .toList();
    }

    private static String type(RawResponse response) {
        return response.head()
                .lines()
                .filter(line -> line.startsWith("Content-Type: "))
                .findFirst()
                .orElse("");
    }

    /** The events except those of nodes, which occur by themselves. */
    private static String events(Instant begin) throws IOException {
        try (RawClient client = RawClient.connect(world.socket())) {
            String target = "/events?since=" + seconds(begin) + "&until=" + seconds(Instant.now()) + "&filters="
                    + URLEncoder.encode(KINDS, StandardCharsets.UTF_8);
            return client.request("GET", target).readAnswer("GET").body();
        }
    }

    private static String seconds(Instant time) {
        return "%d.%09d".formatted(time.getEpochSecond(), time.getNano());
    }

    static Stream<TargetRow> rowsThatAreDenied() {
        return rows().filter(row -> row.kind().equals("-") && !row.statuses().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("rowsThatAreDenied")
    void operationWithoutAnOwnerIsDenied(TargetRow row) throws IOException {
        for (Owner owner : Owner.values()) {
            RawResponse answer = row.send(world.proxy(owner).connect(), owner, "");

            assertThat(String.valueOf(answer.status())).as(answer.body()).isEqualTo(row.statuses());
        }
        world.assertUnchanged(unchanged);
    }
}
