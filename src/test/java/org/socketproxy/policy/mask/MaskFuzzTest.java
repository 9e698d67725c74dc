package org.socketproxy.policy.mask;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.ElementException;
import org.socketproxy.policy.mask.MaskRules.SecretPath;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any response: if the mask passes it, an independent reading finds no value at a secret path, and masking it again changes
 * nothing. The input is a letter for the operation, one for the size of the chunks, and the response.
 */
class MaskFuzzTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final MaskRules RULES =
            MaskRules.of(MaskSelection.of(EnumSet.allOf(MaskGroup.class)), OperationCatalogue.load());
    private static final Map<String, List<SecretPath>> TABLE =
            SecretPath.load().stream().collect(Collectors.groupingBy(SecretPath::operation));
    private static final List<String> OPERATIONS =
            TABLE.keySet().stream().sorted().toList();
    private static final char FIRST = 'A';

    static Stream<byte[]> seeds() {
        Stream<String> documents = IntStream.range(0, OPERATIONS.size())
                .mapToObj(i -> (char) (FIRST + i) + "c"
                        + SecretDocument.of(TABLE.get(OPERATIONS.get(i)), isStream(OPERATIONS.get(i)))
                                .plain());
        char inspect = (char) (FIRST + OPERATIONS.indexOf("ContainerInspect"));
        Stream<String> odd = Stream.of(
                "{\"Config\":{\"\\u0045nv\":[\"A=s\"],\"Env\":{\"A\":[\"B=s\",7]}},\"Path\":{\"s\":[\"s\",1,true,null]}}",
                "{\"Config\":[{\"Env\":[\"A=s\"]}],\"State\":{\"Pid\":4.7e11,\"Health\":{\"Log\":[{\"Output\":\"x\"}]}}}",
                "{\"HostConfig\":{\"Binds\":[\"/s:/t:ro\"],\"SecurityOpt\":[\"seccomp:s\",\"no-new-privileges\"]}}");
        return FuzzSeeds.of(Stream.concat(documents, odd.map(json -> inspect + "a" + json)));
    }

    private static boolean isStream(String operation) {
        return MaskRules.Shape.of(MaskRulesTest.operation(operation), TABLE.get(operation)) == MaskRules.Shape.STREAM;
    }

    @MethodSource("seeds")
    @FuzzTest
    void noSecretRemains(byte[] input) throws Exception {
        if (input.length < 3) {
            return;
        }
        String operation = OPERATIONS.get(Math.floorMod(input[0] - FIRST, OPERATIONS.size()));
        String response = new String(Arrays.copyOfRange(input, 2, input.length), StandardCharsets.UTF_8);
        int chunk = Math.max(1, input[1] & 0x1f);
        String masked = masked(operation, response, 1 << 20);
        assertThat(masked(operation, response, chunk)).isEqualTo(masked);
        if (masked == null) {
            return;
        }
        assertThat(masked(operation, masked, chunk)).isEqualTo(masked);
        for (SecretPath path : TABLE.get(operation)) {
            assertThat(values(masked, path)).allMatch(value -> isMasked(path.method(), value));
        }
    }

    private static String masked(String operation, String response, int chunk) {
        try {
            return MaskRulesTest.mask(RULES, operation, response, chunk);
        } catch (ElementException refused) {
            return null;
        }
    }

    /** The strings and numbers at a path of the masked response. */
    private static List<Object> values(String masked, SecretPath path) throws IOException {
        List<Object> found = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(masked.replace('\u001e', ' '))) {
            while (parser.nextToken() != null) {
                collect(parser, path.steps(), found);
            }
        } catch (JsonProcessingException malformed) {
            return found; // a member that passes unread can be malformed
        }
        return found;
    }

    /** Follows the steps from the value at the parser; duplicate names are all followed. */
    private static void collect(JsonParser parser, List<String> steps, List<Object> found) throws IOException {
        String step = steps.isEmpty() ? "" : steps.get(0);
        List<String> rest = steps.isEmpty() ? steps : steps.subList(1, steps.size());
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    boolean isFollowed = steps.isEmpty() || step.equals("*") || step.equals(name);
                    if (isFollowed) {
                        collect(parser, rest, found);
                    } else {
                        parser.skipChildren();
                    }
                }
            }
            case START_ARRAY -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    if (steps.isEmpty() || step.equals("[]")) {
                        collect(parser, rest, found);
                    } else {
                        parser.skipChildren();
                    }
                }
            }
            case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                if (steps.isEmpty()) {
                    found.add(
                            parser.currentToken() == JsonToken.VALUE_STRING
                                    ? parser.getText()
                                    : parser.getNumberValue());
                }
            }
            default -> {
                // true, false and null tell nothing
            }
        }
    }

    private static boolean isMasked(MaskMethod method, Object value) {
        if (value instanceof Number number) {
            return number.doubleValue() == 0;
        }
        String text = (String) value;
        return text.isEmpty()
                || switch (method) {
                    case WHOLE, COMMAND, EMPTY -> text.equals(Marker.TEXT);
                    case ADDRESS ->
                        text.matches("(0\\.109\\.115\\.107|0\\.0\\.0\\.0|127\\.[0-9.]+)(/[0-9]+)?(:[0-9]+)?")
                                || text.matches("\\[?(100::6d:736b|::1?)[^0-9A-Fa-f].*|\\[?(100::6d:736b|::1?)")
                                || text.equals(Marker.TEXT);
                    case MAC -> text.equals("02:6d:61:73:6b:00");
                    case BASE64 -> text.equals(Marker.BASE64);
                    case ASSIGNMENT -> text.indexOf('=') < 0 || text.matches("(?s)[^=]*=(" + quoted() + ")?");
                    case BIND -> text.matches("(?s)" + quoted() + "(:/.*)?");
                    case EXEC ->
                        !text.matches("(?s)exec_(create|start):.*") || text.matches("exec_(create|start): " + quoted());
                    case SECCOMP -> !text.matches("(?s)seccomp[=:].*") || text.matches("seccomp[=:]" + quoted());
                    case USERINFO -> text.indexOf('@') < 0 || text.contains(Marker.TEXT + "@");
                };
    }

    private static String quoted() {
        return java.util.regex.Pattern.quote(Marker.TEXT);
    }
}
