package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.GoJsonModel.Member;
import org.socketproxy.policy.create.GoJsonModel.Written;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any body: it is accepted or refused. The daemon reads an accepted body as it was judged, and finds nothing in it that gives
 * a container the host. The input is a letter for the operation, and the body.
 */
class BodyJudgeFuzzTest {
    private static final List<String> OPERATIONS = List.of(
            "ContainerCreate", "ContainerExec", "ContainerUpdate", "NetworkCreate", "ServiceCreate", "VolumeCreate");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final FieldTable TABLE = FieldTable.load();
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final CreateRules STRICT =
            new CreateRules(CreateAllowances.NONE, BindRules.NONE, ImageRules.ALL, Set.of(), 1 << 20);
    private static final CreateRules WIDE =
            new CreateRules(GoJsonFuzzTest.everyPermission(), BindRules.NONE, ImageRules.ALL, Set.of(), 1 << 20);

    static Stream<byte[]> seeds() {
        return FuzzSeeds.of(Corpus.lines(CreateCorpusTest.class, "create-corpus.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" \\| ", 4))
                .filter(cells -> cells.length == 4 && OPERATIONS.contains(operation(cells[2])))
                .map(cells -> (char) ('A' + OPERATIONS.indexOf(operation(cells[2]))) + cells[3]));
    }

    private static String operation(String line) {
        try {
            String[] words = line.split(" ", 2);
            return CATALOGUE
                    .find(words[0], RequestTarget.parse(words[1]))
                    .map(Operation::id)
                    .orElse("");
        } catch (BadTargetException refused) {
            return "";
        }
    }

    @MethodSource("seeds")
    @FuzzTest
    void acceptedBodyIsHarmlessAndReadAsItWasJudged(byte[] input) throws IOException {
        if (input.length < 1) {
            return;
        }
        String id = OPERATIONS.get(Math.floorMod(input[0] - 'A', OPERATIONS.size()));
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        byte[] body = Arrays.copyOfRange(input, 1, input.length);
        boolean isStrict =
                STRICT.judgeBody(operation, JsonBody.of(ByteBuffer.wrap(body))).isEmpty();
        boolean isWide =
                WIDE.judgeBody(operation, JsonBody.of(ByteBuffer.wrap(body))).isEmpty();
        assertThat(!isStrict || isWide).as("more permissions allow more").isTrue();
        if (!isWide || body.length == 0) {
            return;
        }
        Written written;
        try (JsonParser parser = JSON.createParser(body)) {
            parser.nextToken();
            written = written(parser);
        }
        Field root = TABLE.body(id);
        assertThat(GoJsonModel.decode(root, written)).isEqualTo(GoJsonFuzzTest.exact(root, written));
        assertHarmless(id, isStrict ? GoJsonModel.decode(root, written) : Map.of());
    }

    /** Reads a value with its duplicates. */
    private static Written written(JsonParser parser) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                List<Member> members = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    members.add(new Member(name, written(parser)));
                }
                return new Written.Members(members);
            }
            case START_ARRAY -> {
                List<Written> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(written(parser));
                }
                return new Written.Elements(elements);
            }
            case VALUE_STRING -> {
                return new Written.Scalar(JSON.writeValueAsString(parser.getText()));
            }
            default -> {
                return new Written.Scalar(parser.getText());
            }
        }
    }

    private static void assertHarmless(String id, Object decoded) {
        Map<?, ?> body = decoded instanceof Map<?, ?> map ? map : Map.of();
        Map<?, ?> host = body.get("HostConfig") instanceof Map<?, ?> map ? map : Map.of();
        switch (id) {
            case "ContainerCreate" -> {
                assertThat(host.get("Privileged")).isNotEqualTo("true");
                for (String mode :
                        List.of("PidMode", "IpcMode", "NetworkMode", "UTSMode", "UsernsMode", "CgroupnsMode")) {
                    assertThat(host.get(mode)).as(mode).isNotEqualTo("\"host\"");
                }
                assertThat(texts(host.get("Binds"))).noneMatch(bind -> bind.startsWith("\"/") && bind.contains(":"));
                assertThat(texts(host.get("Mounts"))).noneMatch(mount -> mount.contains("Type=\"bind\""));
                assertThat(texts(host.get("CapAdd"))).noneMatch(name -> name.matches("(?i)\"(CAP_)?(ALL|SYS_ADMIN)\""));
                assertThat(texts(host.get("SecurityOpt"))).noneMatch(option -> option.contains("unconfined"));
                assertNoDevices(host);
            }
            case "ContainerExec" -> assertThat(body.get("Privileged")).isNotEqualTo("true");
            case "ContainerUpdate" -> assertNoDevices(body);
            case "NetworkCreate" -> assertThat(body.get("Driver")).isNotEqualTo("\"host\"");
            case "ServiceCreate" -> assertThat(body.toString()).doesNotContain("Type=\"bind\"");
            case "VolumeCreate" ->
                assertThat(String.valueOf(body.get("DriverOpts"))).doesNotContain("device=\"/");
            default -> throw new AssertionError("no rule for " + id);
        }
    }

    private static void assertNoDevices(Map<?, ?> resources) {
        assertThat(texts(resources.get("Devices"))).isEmpty();
        assertThat(texts(resources.get("DeviceCgroupRules"))).isEmpty();
    }

    private static List<String> texts(Object array) {
        return array instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }
}
