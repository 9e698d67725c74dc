package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.testing.RawClient;

/** {@code TARGETS} with {@code MASK=1} and filters of the client, on a real dockerd with the objects of three owners. */
class TargetMaskIT {
    /** The secret in the environment of containers and services. */
    private static final String SECRET = "pl4nt";

    private static final String BASE64 =
            Base64.getEncoder().encodeToString(Marker.TEXT.getBytes(StandardCharsets.US_ASCII));

    @TempDir
    static Path folder;

    private static TargetWorld world;

    @BeforeAll
    static void start() throws Exception {
        world = TargetWorld.start(folder, Map.of("MASK", "1"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (world != null) {
            world.close();
        }
    }

    /**
     * Replaces each value by the marker that the other answer has in its place; a list can have one marker for all values, and
     * the process id is 0.
     *
     * @return the number of markers
     */
    private static int mask(JsonNode plain, JsonNode masked) {
        int markers = 0;
        if (plain instanceof ObjectNode object) {
            for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                boolean isMarked =
                        isMarked(masked.path(name)) || name.equalsIgnoreCase("Pid") || name.equals("IPPrefixLen");
                markers += isMarked ? 1 : mask(object.get(name), masked.path(name));
                object.set(name, isMarked ? masked.get(name) : object.get(name));
            }
        } else if (plain instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                boolean isMarked = isMarked(masked.path(i));
                markers += isMarked ? 1 : mask(array.get(i), masked.path(i));
                array.set(i, isMarked ? masked.get(i) : array.get(i));
            }
        }
        return markers;
    }

    private static boolean isMarked(JsonNode value) {
        boolean isListOfOne = value.isArray() && value.size() == 1;
        String text = (isListOfOne ? value.get(0) : value).asText();
        return text.contains(Marker.TEXT)
                || text.equals(BASE64)
                || text.startsWith("0.109.115.107")
                || text.equals("02:6d:61:73:6b:00");
    }

    private static String encoded(String filters) {
        return URLEncoder.encode(filters, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /containers/json?all=1               |                                                    | true
            /containers/json?all=1&filters=      | {"label":["owner"]}                                | true
            /containers/json?all=1&filters=      | {"label":{"owner":true},"status":{"running":true}} | true
            /containers/json?filters=            | {"name":["run","exit"],"status":["exited","running"]} | true
            /images/json                         |                                                    | false
            /images/json?filters=                | {"reference":{"*/app:2":true}}                     | false
            /volumes?filters=                    | {"name":["vol2"]}                                  | true
            /networks?filters=                   | {"driver":{"bridge":true},"name":{"net1":true}}    | true
            /services?filters=                   | {"mode":["replicated"],"label":["owner"]}          | true
            /services                            |                                                    | true
            /tasks?filters=                      | {"desired-state":{"running":true}}                 | true
            /secrets?filters=                    | {"label":["owner"]}                                | false
            /configs                             |                                                    | true
            """)
    void listHasOwnElementsWithMaskedValues(String path, String filters, boolean isMasked) throws IOException {
        for (Owner owner : Owner.values()) {
            TargetWorld.Pair answers = world.both(owner, path + (filters == null ? "" : encoded(filters)));
            JsonNode expected = OwnerView.of(owner, world).of(path, answers.direct());
            int markers = mask(expected, answers.confined());

            assertThat(answers.confined()).as(owner.word()).isEqualTo(expected);
            assertThat(answers.confined().toString()).doesNotContain(SECRET);
            assertThat(markers > 0).isEqualTo(isMasked);
        }
    }

    @ParameterizedTest
    @CsvSource({"/containers/OWN-run/json", "/services/OWN-svc", "/configs/OWN-config"})
    void descriptionIsMaskedAndThatOfOthersIsMissing(String path) throws IOException {
        for (Owner owner : Owner.values()) {
            TargetWorld.Pair answers = world.both(owner, path.replace("OWN", owner.word()));
            int markers = mask(answers.direct(), answers.confined());

            assertThat(answers.confined()).isEqualTo(answers.direct());
            assertThat(answers.confined().toString()).doesNotContain(SECRET);
            assertThat(markers).isPositive();
            assertThat(world.get(owner, path.replace("OWN", "xgreen")).status()).isEqualTo(404);
        }
    }

    @Test
    void commandsInEventsAreMasked() throws Exception {
        Instant now = Instant.now();
        String since = "/events?since=%d.%09d".formatted(now.getEpochSecond(), now.getNano());
        for (Owner owner : Owner.values()) {
            try (RawClient client = world.proxy(owner).connect();
                    EventStream stream = EventStream.open(client, since, "", owner.word() + "-marker")) {
                world.run("docker exec " + owner.word() + "-run echo " + SECRET + "; docker exec xgreen-run true");
                world.run("docker volume create --label owner=OWN --label com.docker.compose.project=OWN OWN-marker;"
                                .replace("OWN", owner.word())
                        + " docker create --name OWN-marker --label owner=OWN --label com.docker.compose.project=OWN busybox:local true"
                                .replace("OWN", owner.word()));
                List<JsonNode> events = stream.events();

                assertThat(events)
                        .anyMatch(event -> event.get("Action").textValue().startsWith("exec_create"));
                assertThat(events.toString()).doesNotContain(SECRET, "xgreen").contains(Marker.TEXT);
            }
        }
        world.run(
                "docker rm red-marker blue-marker green-marker; docker volume rm red-marker blue-marker green-marker");
    }
}
