package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
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
import org.socketproxy.testing.RawResponse;

/**
 * On a real Podman, each operation of the libpod API on an object of another owner has the same answer as on a missing object, and
 * no effect. The table has a row for each operation of this API.
 */
@Tag("thorough")
class TargetLibpodOperationsIT {
    private static final Map<Owner, String> OTHERS =
            new EnumMap<>(Map.of(Owner.RED, "blue", Owner.BLUE, "red", Owner.GREEN, "xgreen"));

    private static final String NAME_OF = "name of ";

    @TempDir
    static Path folder;

    private static TargetPodmanWorld world;
    /** The ids and names of one object of a kind and an owner. */
    private static final Map<String, List<String>> NAMES = new HashMap<>();

    private static Map<String, JsonNode> unchanged = Map.of();

    @BeforeAll
    static void start() throws Exception {
        world = TargetPodmanWorld.start(folder);
        for (String owner : OTHERS.values()) {
            String exec = world.run("podman --remote exec -d " + owner + "-run sleep 100000");
            NAMES.put("exec " + owner, List.of(exec));
            NAMES.put("volume " + owner, List.of(owner + "-vol1"));
            Map<String, String> inspected = Map.of(
                    "container", owner + "-run",
                    "network", owner + "-net1",
                    "image", owner + "/app:1",
                    "pod", owner + "-pod",
                    "secret", owner + "-secret");
            inspected.forEach((kind, name) -> NAMES.put(kind + " " + owner, names(kind, name)));
        }
        unchanged = world.snapshot();
    }

    private static List<String> names(String kind, String name) {
        String member = switch (kind) {
            case "secret", "network" -> ".ID";
            default -> ".Id";
        };
        String id = world.run("podman --remote " + kind + " inspect " + name + " --format '{{" + member + "}}'");
        List<String> names = new ArrayList<>(List.of(name, id, id.substring(0, 12)));
        if (kind.equals("image")) {
            names.addAll(List.of("sha256:" + id, "docker.io/" + name, name.replace(":1", ":2")));
        }
        return names;
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    static Stream<TargetRow> rows() {
        return Corpus.lines(TargetLibpodOperationsIT.class, "target-libpod-operations.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> TargetRow.parse(line.replaceFirst(" /libpod/", " /v5.0.0/libpod/")));
    }

    static Stream<TargetRow> rowsWithObject() {
        return rows().filter(row -> !row.kind().equals("-"));
    }

    @Test
    void eachOperationOfTheLibpodApiHasARow() {
        Set<String> listed = rows().map(row -> row.operation().id()).collect(Collectors.toCollection(TreeSet::new));
        Set<String> all = OperationCatalogue.load().operations().stream()
                .filter(Operation::isLibpod)
                .map(Operation::id)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(listed).isEqualTo(all);
    }

    @ParameterizedTest
    @MethodSource("rowsWithObject")
    void objectOfAnotherOwnerIsAnsweredAsAMissingOneWithoutATrace(TargetRow row) throws IOException {
        for (Owner owner : Owner.values()) {
            String other = OTHERS.get(owner);
            List<String> names = names(row, other);
            assertThat(names).isNotEmpty();
            for (String name : names) {
                String missing = TargetRow.missing(name, other);
                RawResponse answer = row.send(world.connect(owner), owner, name);
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
                        RawResponse daemons = row.send(world.connect(), owner, missing);
                        assertThat(answer.body().replace(name, missing)).isEqualTo(daemons.body());
                        assertThat(answer.status()).isEqualTo(daemons.status());
                    }
                    default -> assertAsMissing(row, owner, name, missing, answer);
                }
            }
        }
        assertThat(world.snapshot()).isEqualTo(unchanged);
    }

    private static void assertAsMissing(TargetRow row, Owner owner, String name, String missing, RawResponse answer)
            throws IOException {
        RawResponse none = row.send(world.connect(owner), owner, missing);
        assertThat(TargetRow.withoutNames(answer, name, missing))
                .isEqualTo(TargetRow.withoutNames(none, name, missing));
    }

    /** A row for the name of a new object is sent with the name of the other one, and not with its ids. */
    private static List<String> names(TargetRow row, String owner) {
        return NAMES.get(row.kind().replace(NAME_OF, "") + " " + owner).stream()
                .filter(name -> !row.kind().startsWith(NAME_OF) || name.startsWith(owner))
                .toList();
    }

    /** The ids and names of the object that the request does not tell. */
    private static List<String> hidden(TargetRow row, String owner, String name) {
        return NAMES.get(row.kind().replace(NAME_OF, "") + " " + owner).stream()
                .filter(each -> !name.contains(each) && !each.endsWith(name))
                .toList();
    }

    static Stream<TargetRow> rowsThatAreDenied() {
        return rows().filter(row -> row.kind().equals("-") && !row.statuses().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("rowsThatAreDenied")
    void operationWithoutAnOwnerIsDenied(TargetRow row) throws IOException {
        for (Owner owner : Owner.values()) {
            RawResponse answer = row.send(world.connect(owner), owner, "");

            assertThat(String.valueOf(answer.status())).as(answer.body()).isEqualTo(row.statuses());
        }
        assertThat(world.snapshot()).isEqualTo(unchanged);
    }
}
