package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any list of a daemon: if the proxy passes it, an independent reading finds every own object in it and no other. The input
 * is a letter for the kind, one for the size of the chunks, and the list.
 */
class ConfinedListFuzzTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    /** The names make the proxy check each element. */
    private static final ScopeSelector OWN =
            new ScopeSelector(Map.of("owner", "ci"), List.of(new Glob("*")), ImageRules.ALL);

    private static final Scope RULES = new Scope(
            List.of(),
            Map.of(
                    ObjectKind.CONTAINER, OWN,
                    ObjectKind.NETWORK, OWN,
                    ObjectKind.VOLUME, OWN,
                    ObjectKind.SERVICE, OWN));

    static Stream<byte[]> seeds() {
        String own = "\"Labels\":{\"owner\":\"ci\",\"x\":\"y\"}";
        String other = "\"Labels\":{\"owner\":\"dev\"}";
        return FuzzSeeds.of(
                "ca[{\"Id\":\"1\",\"Names\":[\"/a\",\"/b/a\"]," + own + "},{\"Id\":\"2\",\"Names\":[\"/c\"]," + other
                        + "}]\n",
                "cb[{\"Id\":\"1\",\"Labels\":null,\"Names\":null}, {\"Id\":\"2\",\"Names\":[\"/d\"],\"\\u004cabels\":{\"owner\":\"ci\"}}]",
                "ncnull",
                "na[{\"Name\":\"n\",\"Id\":\"3\"," + own
                        + ",\"Options\":{\"Labels\":{\"owner\":\"ci\"}}},{\"Name\":\"m\",\"Id\":\"4\"}]",
                "va{\"Volumes\":[{\"Name\":\"v\"," + own + "},{\"Name\":\"w\"," + other + "}],\"Warnings\":null}",
                "sa[{\"ID\":\"5\",\"Spec\":{\"Name\":\"s\"," + own + "}},{\"ID\":\"6\",\"Spec\":{\"Name\":\"t\","
                        + other + "}}]");
    }

    @MethodSource("seeds")
    @FuzzTest
    void clientSeesExactlyTheOwnObjects(byte[] input) throws Exception {
        if (input.length < 3) {
            return;
        }
        ObjectKind kind = switch (input[0]) {
            case 'n' -> ObjectKind.NETWORK;
            case 'v' -> ObjectKind.VOLUME;
            case 's' -> ObjectKind.SERVICE;
            default -> ObjectKind.CONTAINER;
        };
        byte[] response = Arrays.copyOfRange(input, 2, input.length);
        byte[] shown = shown(kind, response, Math.max(1, input[1] & 0x1f));
        assertThat(shown).isEqualTo(shown(kind, response, Math.max(1, response.length)));
        if (shown == null) {
            return;
        }
        JsonNode all = read(response);
        JsonNode seen = read(shown);
        if (all.isMissingNode()) {
            assertThat(objects(kind, seen)).allMatch(object -> isOwn(kind, object));
            return;
        }
        assertThat(objects(kind, seen))
                .isEqualTo(objects(kind, all).stream()
                        .filter(object -> isOwn(kind, object))
                        .toList());
    }

    /** Reads a list; a malformed one is missing: a part that the proxy does not judge can be malformed. */
    private static JsonNode read(byte[] list) throws IOException {
        try {
            return JSON.readTree(list);
        } catch (JsonProcessingException malformed) {
            return MissingNode.getInstance();
        }
    }

    private static List<JsonNode> objects(ObjectKind kind, JsonNode list) {
        List<JsonNode> objects = new ArrayList<>();
        (kind == ObjectKind.VOLUME ? list.path("Volumes") : list).forEach(objects::add);
        return objects;
    }

    private static boolean isOwn(ObjectKind kind, JsonNode object) {
        JsonNode labelled = kind == ObjectKind.SERVICE ? object.path("Spec") : object;
        JsonNode names = kind == ObjectKind.CONTAINER ? object.path("Names") : member(kind, labelled, "Name");
        boolean isNamed = names.isTextual();
        for (JsonNode name : names) {
            isNamed |= name.asText().indexOf('/', 1) < 0; // others are aliases
        }
        return isNamed
                && member(kind, labelled, "Labels").path("owner").asText("").equals("ci");
    }

    /** Members of a network are in lower case in the libpod API. */
    private static JsonNode member(ObjectKind kind, JsonNode object, String name) {
        boolean isLowerCase = kind == ObjectKind.NETWORK && !object.has(name);
        return object.path(isLowerCase ? name.toLowerCase(Locale.ROOT) : name);
    }

    /** Returns what the client gets, or null if the list is withheld. */
    private static byte[] shown(ObjectKind kind, byte[] response, int chunk) throws Exception {
        String path = "/v1.45/" + kind.word() + (kind == ObjectKind.CONTAINER ? "/json" : "");
        RequestTarget target = RequestTarget.parse(path);
        Operation list = CATALOGUE.find("GET", target).orElseThrow();
        JsonElements elements = Objects.requireNonNull(
                        ScopedRequest.of(RULES, list, target).view())
                .get();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            for (int i = 0; i < response.length; i += chunk) {
                elements.accept(
                        ByteBuffer.wrap(response, i, Math.min(chunk, response.length - i)),
                        bytes -> out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining()));
            }
            elements.end();
        } catch (ElementException withheld) {
            return null;
        }
        return out.toByteArray();
    }
}
