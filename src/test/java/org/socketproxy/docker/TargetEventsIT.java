package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/**
 * On a real dockerd with the objects of three owners, the events of a confined client are the daemon's own events without those
 * of the objects of others.
 */
@Tag("thorough")
class TargetEventsIT {
    /** Each owner does the same with new objects; the stranger also with networks of the owners. */
    private static final String CHANGES = """
            for o in "red red red" "blue blue blue" "green green green" "xgreen redder blue2"; do
              set -- $o
              labels="--label owner=$2 --label com.docker.compose.project=$3"
              docker network create $labels $1-n
              docker volume create $labels $1-v
              docker create --name $1-c $labels --network none -v $1-v:/v --env SECRET=x busybox:local sleep 1000
              docker start $1-c
              docker exec $1-c echo exec-of-$1
              docker network disconnect none $1-c
              docker network connect $1-n $1-c
              docker pause $1-c
              docker unpause $1-c
              docker update --memory 64m --memory-swap 128m $1-c
              docker rename $1-c $1-d
              docker cp $1-d:/etc - >/dev/null
              docker kill $1-d
              docker wait $1-d
              docker start $1-d
              docker restart -t 0 $1-d
              tar -c --files-from /dev/null | docker import --change "LABEL owner=$2" --change "LABEL com.docker.compose.project=$3" - $1/e:1
              docker tag $1/e:1 $1/e:2
              docker rmi $1/e:1
              docker image save $1/e:2 -o saved.tar
              docker rmi $1/e:2
              docker image load -i saved.tar
              docker rmi $1/e:2
              echo x | docker secret create $labels $1-s -
              echo x | docker config create $labels $1-s -
              docker service create -q -d --no-resolve-image --name $1-s $labels --replicas 0 busybox:local sleep 1000
              docker service update -q -d --env-add A=b $1-s
            done
            docker network connect red-n xgreen-d; docker network disconnect red-n xgreen-d
            docker network connect blue-n xgreen-d; docker network disconnect blue-n xgreen-d
            docker network connect green-n xgreen-d; docker network disconnect green-n xgreen-d
            docker run --label owner=redder --name xgreen-e --network none -v red-v:/v busybox:local true; docker rm xgreen-e
            docker rename xgreen-d greenish && docker rename greenish xgreen-d
            """;
    /** The proxy needs the labels of a new object before it is removed. */
    private static final String REMOVALS = """
            for o in red blue green xgreen; do
              docker rm -fv $o-d
              docker network rm $o-n
              docker volume rm $o-v
              docker secret rm $o-s
              docker config rm $o-s
              docker service rm $o-s
            done
            for o in red blue green xgreen; do
              echo x | docker config create --label owner=$o --label com.docker.compose.project=$o $o-end -
            done
            """;

    private static final String MARKER = """
            for o in red blue green xgreen; do
              docker create --name $o-WORD --label owner=$o --label com.docker.compose.project=$o --network none busybox:local true
            done
            """;

    /** Filters of the client. */
    private static final List<String> QUERIES = List.of(
            "",
            "{\"type\":[\"container\"]}",
            "{\"type\":[\"network\",\"volume\",\"container\"]}",
            "{\"type\":{\"image\":true,\"container\":true}}",
            "{\"type\":[\"service\",\"secret\",\"config\",\"container\"],\"scope\":[\"swarm\",\"local\"]}",
            "{\"event\":[\"create\",\"destroy\",\"connect\",\"mount\",\"tag\",\"remove\"]}",
            "{\"label\":[\"owner\"]}",
            "{\"label\":{\"owner\":true,\"com.docker.compose.project\":true},\"event\":{\"start\":true,\"die\":true,\"create\":true}}");

    private static final List<String> ACCEPTS = List.of(
            "Accept: application/json\r\n",
            "Accept: application/x-ndjson\r\n",
            "Accept: application/jsonl\r\n",
            "Accept: application/json-seq\r\n");

    /** The oldest version that the daemon accepts; before 1.52 events have more members. */
    private static final String OLDEST = "oldest API";

    /** The events of each client, which is an owner or the daemon itself, by filters or by the header. */
    private static final Map<String, List<JsonNode>> EVENTS = new HashMap<>();

    @TempDir
    static Path folder;

    private static TargetWorld world;

    @BeforeAll
    static void start() throws Exception {
        world = TargetWorld.start(folder);
        Map<String, EventStream> streams = new HashMap<>();
        Instant now = Instant.now();
        String since = "since=%d.%09d".formatted(now.getEpochSecond(), now.getNano());
        for (String query : QUERIES) {
            String target = "/events?" + since
                    + (query.isEmpty() ? "" : "&filters=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
            streams.put(
                    "daemon " + query, EventStream.open(RawClient.connect(world.socket()), target, "", "xgreen-last"));
            for (Owner owner : Owner.values()) {
                streams.put(
                        owner + " " + query,
                        EventStream.open(world.proxy(owner).connect(), target, "", owner.word() + "-last"));
            }
        }
        String oldest = RealDocker.get().api().prefixes("1.24").get(0);
        streams.put(
                "daemon " + OLDEST,
                EventStream.open(RawClient.connect(world.socket()), oldest + "/events?" + since, "", "xgreen-last"));
        for (Owner owner : Owner.values()) {
            for (String accept : ACCEPTS) {
                streams.put(
                        owner + " " + accept,
                        EventStream.open(
                                world.proxy(owner).connect(), "/events?" + since, accept, owner.word() + "-last"));
            }
            streams.put(
                    owner + " " + OLDEST,
                    EventStream.open(
                            world.proxy(owner).connect(), oldest + "/events?" + since, "", owner.word() + "-last"));
        }
        world.run(CHANGES + MARKER.replace("WORD", "made"));
        for (Map.Entry<String, EventStream> each : streams.entrySet()) {
            String owner =
                    each.getKey().split(" ")[0].replace("daemon", "xgreen").toLowerCase(Locale.ROOT);
            each.getValue().await(named(owner + "-made"));
        }
        world.run(REMOVALS);
        // Events of the swarm come later than those of containers.
        streams.get("daemon ").await(named("xgreen-end"));
        world.run(MARKER.replace("WORD", "last"));
        for (Map.Entry<String, EventStream> each : streams.entrySet()) {
            EVENTS.put(each.getKey(), each.getValue().events());
            each.getValue().close();
        }
    }

    private static String named(String name) {
        return "\"name\":\"" + name + '"';
    }

    @AfterAll
    static void stop() throws Exception {
        if (world != null) {
            world.close();
        }
    }

    /** Returns the events of the objects of an owner, by the beginning of names and by the label {@code owner}. */
    private static List<JsonNode> own(Owner owner, List<JsonNode> all) throws IOException {
        Set<String> containers = new HashSet<>(OwnerView.of(owner, world).containers());
        Set<String> images = new HashSet<>();
        for (JsonNode event : EVENTS.get("daemon ")) {
            if (event.at("/Actor/Attributes/owner").asText().equals(owner.word())) {
                String id = event.at("/Actor/ID").textValue();
                (event.get("Type").textValue().equals("image") ? images : containers).add(id);
            }
        }
        return all.stream()
                .filter(event -> {
                    JsonNode actor = event.get("Actor");
                    String id = actor.get("ID").textValue();
                    String container = actor.at("/Attributes/container").asText();
                    String named = event.get("Type").textValue().equals("volume")
                            ? id
                            : actor.at("/Attributes/name").asText();
                    return switch (event.get("Type").textValue()) {
                        case "container" -> containers.contains(id);
                        case "image" -> images.contains(id);
                        case "network", "volume", "service", "secret", "config" ->
                            named.startsWith(owner.word() + "-")
                                    && (container.isEmpty() || containers.contains(container));
                        default -> false;
                    };
                })
                .toList();
    }

    static Stream<String> queries() {
        return QUERIES.stream();
    }

    @ParameterizedTest
    @MethodSource("queries")
    void eventsAreTheDaemonsWithoutThoseOfOthers(String query) throws IOException {
        List<JsonNode> all = EVENTS.get("daemon " + query);
        for (Owner owner : Owner.values()) {
            List<JsonNode> expected = own(owner, all);

            assertThat(inTime(EVENTS.get(owner + " " + query)))
                    .as(owner.word())
                    .containsExactlyElementsOf(inTime(expected));
            assertThat(expected).hasSizeGreaterThan(2).hasSizeLessThan(all.size() / 3);
        }
    }

    @Test
    void eventsOfAllKindsOccur() {
        for (Owner owner : Owner.values()) {
            assertThat(EVENTS.get(owner + " ").stream()
                            .map(event -> event.get("Type").textValue()))
                    .contains("container", "image", "network", "volume", "service", "secret", "config");
        }
    }

    static Stream<String> forms() {
        return Stream.concat(ACCEPTS.stream(), Stream.of(OLDEST));
    }

    /** Up to API 1.51 there is one form of events. */
    @ParameterizedTest
    @MethodSource("forms")
    void eventsAreTheSameWhateverTheClientAccepts(String form) throws IOException {
        for (Owner owner : Owner.values()) {
            assertThat(inTime(EVENTS.get(owner + " " + form)))
                    .containsExactlyElementsOf(
                            inTime(own(owner, EVENTS.get("daemon " + (form.equals(OLDEST) ? form : "")))));
        }
    }

    /** Two streams of the daemon can have the events of one moment in different orders. */
    private static List<JsonNode> inTime(List<JsonNode> events) {
        return events.stream()
                .sorted(Comparator.comparingLong(event -> event.path("timeNano").asLong()))
                .toList();
    }
}
