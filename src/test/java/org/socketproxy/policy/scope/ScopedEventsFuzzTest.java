package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any stream of events, in each framing and cut at any byte: an independent reading finds in the result exactly the events of
 * own objects, in their order. The input is one letter for the size of the chunks, and the stream.
 */
class ScopedEventsFuzzTest {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
    private static final String OWN_NETWORK = "net1";

    private static final Scope RULES = new Scope(
            List.of(),
            Map.of(
                    ObjectKind.CONTAINER,
                    selector(Map.of("owner", "ci")),
                    ObjectKind.NETWORK,
                    selector(Map.of("owner", "ci")),
                    ObjectKind.VOLUME,
                    selector(Map.of(), new Glob("ci-*"))));

    private static ScopeSelector selector(Map<String, String> labels, Glob... names) {
        return new ScopeSelector(labels, List.of(names), ImageRules.ALL);
    }

    static Stream<byte[]> seeds() {
        List<String> events = List.of(
                event("container", "create", "c1", "\"owner\":\"ci\",\"name\":\"a\",\"image\":\"b\""),
                event("container", "create", "c2", "\"owner\":\"dev\",\"name\":\"b\""),
                event("container", "rename", "c1", "\"owner\":\"dev\",\"name\":\"c\""),
                event("network", "connect", OWN_NETWORK, "\"container\":\"c1\",\"name\":\"n\""),
                event("network", "connect", OWN_NETWORK, "\"container\":\"c2\",\"name\":\"n\""),
                event("network", "destroy", OWN_NETWORK, "\"name\":\"n\""),
                event("volume", "mount", "ci-v", "\"container\":\"c1\",\"driver\":\"local\""),
                event("volume", "create", "x", "\"driver\":\"local\""),
                event("plugin", "enable", "p", "\"name\":\"p\""),
                "{\"Type\":\"container\",\"Actor\":{\"ID\":\"c1\",\"Attributes\":null}}",
                "{\"Action\":\"reload\",\"Type\":\"daemon\"}");
        return FuzzSeeds.of(Stream.of("%s", "%s\n", "\u001e%s\n", "%s\r\n")
                .flatMap(framing -> Stream.of("a", "c", "\u001f")
                        .map(chunk -> chunk
                                + String.join(
                                        "",
                                        events.stream()
                                                .map(event -> String.format(framing, event))
                                                .toList()))));
    }

    private static String event(String type, String action, String id, String attributes) {
        return String.format(
                "{\"status\":\"%2$s\",\"id\":\"%3$s\",\"Type\":\"%1$s\",\"Action\":\"%2$s\","
                        + "\"Actor\":{\"ID\":\"%3$s\",\"Attributes\":{%4$s}},\"scope\":\"local\",\"time\":1}",
                type, action, id, attributes);
    }

    @MethodSource("seeds")
    @FuzzTest
    void clientSeesExactlyTheOwnEvents(byte[] input) throws Exception {
        if (input.length < 2) {
            return;
        }
        byte[] stream = Arrays.copyOfRange(input, 1, input.length);
        Shown whole = Shown.of(stream, stream.length);
        Shown cut = Shown.of(stream, Math.max(1, input[0] & 0x1f));
        assertThat(cut.isWhole()).isEqualTo(whole.isWhole());
        if (!whole.isWhole()) {
            return;
        }
        assertThat(cut.text()).isEqualTo(whole.text());
        List<JsonNode> all;
        try {
            all = read(FuzzSeeds.text(stream));
        } catch (
                JsonProcessingException
                        malformed) { // in an event that the proxy does not pass, or in a part that it skips
            return;
        }
        assertThat(read(whole.text())).isEqualTo(own(all));
    }

    private static List<JsonNode> read(String stream) throws IOException {
        byte[] bytes = stream.replace('\u001e', ' ').getBytes(StandardCharsets.ISO_8859_1);
        try (MappingIterator<JsonNode> values = JSON.readerFor(JsonNode.class).readValues(bytes)) {
            return values.readAll();
        }
    }

    /** The model: what is own is in a set of ids for each kind. */
    private static List<JsonNode> own(List<JsonNode> events) {
        Set<String> containers = new HashSet<>();
        Set<String> networks = new HashSet<>(Set.of(OWN_NETWORK));
        List<JsonNode> own = new ArrayList<>();
        for (JsonNode event : events) {
            String id = event.path("Actor").path("ID").asText();
            JsonNode attributes = event.path("Actor").path("Attributes");
            boolean isRemoval = Set.of("destroy", "remove", "delete")
                    .contains(event.path("Action").asText());
            boolean isWithContainer = attributes.path("container").isMissingNode()
                    || containers.contains(attributes.path("container").asText());
            boolean isOwn = false;
            switch (event.path("Type").asText().toLowerCase(Locale.ROOT)) {
                case "container" -> {
                    isOwn = attributes.path("owner").asText().equals("ci") && !id.isEmpty();
                    if (isOwn) {
                        containers.add(id);
                    } else {
                        containers.remove(id);
                    }
                }
                case "network" -> {
                    isOwn = isWithContainer && networks.contains(id);
                    if (isRemoval && isWithContainer) {
                        networks.remove(id);
                    }
                }
                case "volume" -> isOwn = isWithContainer && id.startsWith("ci-");
                default -> {}
            }
            if (isOwn) {
                own.add(event);
            }
        }
        return own;
    }

    /**
     * What the client gets.
     *
     * @param isWhole whether the proxy has passed the stream to its end
     */
    private record Shown(String text, boolean isWhole) {
        static Shown of(byte[] stream, int chunk) {
            ObjectIndex known = new ObjectIndex();
            known.add(new ObjectIdentity(ObjectKind.NETWORK, OWN_NETWORK, List.of("n"), Map.of("owner", "ci")));
            JsonElements elements = new ScopedEvents(RULES, known).elements();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                for (int i = 0; i < stream.length; i += chunk) {
                    elements.accept(
                            ByteBuffer.wrap(stream, i, Math.min(chunk, stream.length - i)),
                            bytes -> out.write(
                                    bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining()));
                }
                elements.end();
            } catch (ElementException refused) {
                return new Shown(FuzzSeeds.text(out.toByteArray()), false);
            }
            return new Shown(FuzzSeeds.text(out.toByteArray()), true);
        }
    }
}
