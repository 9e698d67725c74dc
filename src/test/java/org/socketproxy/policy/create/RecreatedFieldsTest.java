package org.socketproxy.policy.create;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.recreate.RecreateRecord;
import org.socketproxy.recreate.RecreateRecord.ImageConfig;
import org.socketproxy.testing.Corpus;

/** Every field of a container that is created again: left out, zero, with the value of the image, and with another one. */
class RecreatedFieldsTest {
    private static final String ID = "c0".repeat(32);
    private static final List<Violation> DENIED = List.of(new Violation(Kind.FIELD, "/x", "x", null));
    private static final CreateRules RULES = new CreateRules(
            new CreateAllowances(Map.of(CreatePermission.RECREATE, Set.of())),
            BindRules.NONE,
            new ImageRules(List.of("app")),
            Set.of(),
            1 << 20);
    /** The daemon then sets its own value, or the container has fewer ports or volumes. */
    private static final Set<String> OPTIONAL =
            Set.of("Hostname", "Domainname", "MacAddress", "ExposedPorts", "Volumes", "ConsoleSize", "Isolation");
    /** Also an empty list is a value: it takes no entrypoint from the image, and protects no path. */
    private static final Set<String> EMPTY_IS_A_VALUE =
            Set.of("Entrypoint", "MaskedPaths", "ReadonlyPaths", "StopTimeout");

    private static final Set<String> OF_THE_IMAGE =
            Set.of("User", "Env", "Cmd", "Entrypoint", "Healthcheck", "Labels", "WorkingDir", "StopSignal");

    private static final Set<String> ELSEWHERE = Set.of("Image", "HostConfig", "NetworkingConfig");

    static Stream<String> fields(String parent) throws IOException {
        String prefix = "ContainerCreate " + parent;
        return Corpus.lines(RecreatedFieldsTest.class, "api-fields.txt")
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()))
                .filter(name -> name.matches("[A-Za-z]+") && !ELSEWHERE.contains(name));
    }

    static Stream<String> configuration() throws IOException {
        return fields("");
    }

    static Stream<String> hostConfiguration() throws IOException {
        return fields("HostConfig.");
    }

    private static Field field(String name, boolean isOfHost) {
        Field body = requireNonNull(FieldTable.load().body("ContainerCreate"));
        return requireNonNull((isOfHost ? requireNonNull(body.member("HostConfig")) : body).member(name));
    }

    /** Values of the field's type: the zero value, and three others. */
    private static List<String> values(String name, boolean isOfHost) {
        return switch (name) {
            case "ExposedPorts", "Volumes" -> List.of("{}", "{'r':{}}", "{'i':{}}", "{'r':{},'o':{}}");
            case "Healthcheck" -> List.of("{}", "{'Test':['r']}", "{'Test':['i']}", "{'Test':['r'],'Retries':3}");
            case "Env" -> List.of("[]", "['A=r']", "['A=i']", "['A=r','B=o']");
            default ->
                switch (field(name, isOfHost).type()) {
                    case STRING -> List.of("''", "'r'", "'i'", "'o'");
                    case BOOLEAN -> List.of("false", "true", "'i'", "'o'");
                    case INTEGER -> List.of("0", "1", "2", "3");
                    case OBJECT, MAP -> List.of("{}", "{'a':'r'}", "{'a':'i'}", "{'a':'r','b':'o'}");
                    default -> List.of("[]", "['r']", "['i']", "['r','o']");
                };
        };
    }

    private static ByteBuffer json(String text) {
        return StandardCharsets.UTF_8.encode(text.replace('\'', '"'));
    }

    private static boolean isCreated(String config, String hostConfig, String image, String body) {
        RecreateRecord recorded = requireNonNull(RecreateRecord.read(json("{'Id':'" + ID
                        + "','Name':'/app','Config':{" + config + "},'HostConfig':{'Privileged':true" + hostConfig
                        + "}}")))
                .withImage(ImageConfig.read(json("{'Config':{" + image + "}}")));
        return recorded.isCreatedBy(RULES, json("{'Image':'app:2'" + body + "}"), DENIED);
    }

    @ParameterizedTest
    @MethodSource("configuration")
    void configurationIsThatOfTheRecord(String name) {
        List<String> values = values(name, false);
        String field = "'" + name + "':";
        String recorded = field + values.get(1);
        String image = field + values.get(2);
        String host = ",'HostConfig':{'Privileged':true}";
        boolean isOptional = OPTIONAL.contains(name);
        boolean isOfTheImage = OF_THE_IMAGE.contains(name);

        assertThat(isCreated(recorded, "", image, host + "," + recorded)).isTrue();
        assertThat(isCreated(recorded, "", image, host)).as("absent").isEqualTo(isOptional);
        assertThat(isCreated(recorded, "", image, host + "," + field + "null"))
                .as("null")
                .isEqualTo(isOptional);
        assertThat(isCreated(recorded, "", image, host + "," + field + values.get(0)))
                .as("zero")
                .isEqualTo(isOptional);
        assertThat(isCreated(recorded, "", image, host + "," + image))
                .as("value of the image")
                .isFalse();
        assertThat(isCreated(recorded, "", "", host))
                .as("absent, unknown image")
                .isEqualTo(isOptional);
        assertThat(isCreated(recorded, "", recorded, host + "," + field + values.get(3)))
                .as("another value")
                .isFalse();
        assertThat(isCreated("", "", "", host + "," + recorded)).as("added").isFalse();
        assertThat(isCreated(recorded, "", recorded, host))
                .as("absent, as in the image")
                .isEqualTo(isOptional || isOfTheImage);
        assertThat(isCreated(recorded, "", recorded, host + "," + field + values.get(0)))
                .as("zero, as in the image")
                .isEqualTo(isOptional || isOfTheImage && !EMPTY_IS_A_VALUE.contains(name));
        assertThat(isCreated("", "", "", host + "," + field + values.get(0)))
                .as("zero without a record")
                .isEqualTo(!EMPTY_IS_A_VALUE.contains(name) || name.equals("Entrypoint"));
    }

    @ParameterizedTest
    @MethodSource("hostConfiguration")
    void hostConfigurationIsThatOfTheRecord(String name) {
        List<String> values = values(name, true);
        String field = name.equals("Privileged") ? ",'OtherField':" : ",'" + name + "':";
        String recorded = field + values.get(1);
        String body = ",'HostConfig':{'Privileged':true";

        assertThat(isCreated("", recorded, "", body + recorded + "}")).isTrue();
        assertThat(isCreated("", recorded, "", body + "}")).as("absent").isEqualTo(OPTIONAL.contains(name));
        assertThat(isCreated("", recorded, "", body + field + values.get(0) + "}"))
                .as("zero")
                .isFalse();
        assertThat(isCreated("", recorded, "", body + field + values.get(3) + "}"))
                .as("another value")
                .isFalse();
        assertThat(isCreated("", "", "", body + recorded + "}")).as("added").isFalse();
        assertThat(isCreated("", "", "", body + field + values.get(0) + "}"))
                .as("zero without a record")
                .isEqualTo(!EMPTY_IS_A_VALUE.contains(name));
    }

    /** A list that the daemon would set by itself can be left out; a longer one cannot. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'MaskedPaths':['/proc/kcore']          | true",
                "'MaskedPaths':['/proc/kcore','/other'] | false",
                "'ReadonlyPaths':['/proc/sys']          | true",
                "'ReadonlyPaths':['/proc']              | false",
            })
    void protectedPathsThatAreLeftOutAreThoseOfTheDaemon(String recorded, boolean isCreated) {
        assertThat(isCreated("", "," + recorded, "", ",'HostConfig':{'Privileged':true}"))
                .isEqualTo(isCreated);
    }

    /** Without an entrypoint the arguments would become the program. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // record                            | image                             | body
                // |
                "'Entrypoint':['app'],'Cmd':['arg']  |                                   | 'Cmd':['arg']                 | false",
                "'Entrypoint':['app'],'Cmd':['arg']  | 'Entrypoint':['app']              | 'Cmd':['arg']                 | true",
                "'Entrypoint':['app'],'Cmd':['arg']  | 'Entrypoint':['app']              | 'Entrypoint':[],'Cmd':['arg'] | false",
                "'Entrypoint':['app'],'Cmd':['arg']  | 'Entrypoint':['app'],'Cmd':['arg'] | 'Entrypoint':null,'Cmd':null | true",
                "'Entrypoint':['app'],'Cmd':['arg']  | 'Entrypoint':['app'],'Cmd':['arg'] | 'Entrypoint':['app']         | false",
                "'Entrypoint':['app'],'Cmd':['arg']  | 'Entrypoint':['app'],'Cmd':['x']  | 'Cmd':['arg']                 | true",
                "'Entrypoint':['app'],'Cmd':['arg']  | 'Entrypoint':['app'],'Cmd':['x']  | 'Image':'app'                 | false",
                "'Entrypoint':['app'],'Cmd':['arg']  | 'Entrypoint':['x']                | 'Cmd':['arg']                 | false",
                "'Entrypoint':['app'],'Cmd':null     | 'Entrypoint':['x'],'Cmd':['y']    | 'Entrypoint':['app']          | true",
                "'Entrypoint':['app'],'Cmd':null     | 'Entrypoint':['app'],'Cmd':['y']  | 'Cmd':null                    | false",
                "'Entrypoint':null,'Cmd':['sh']      | 'Entrypoint':['x'],'Cmd':['y']    | 'Cmd':['sh']                  | false",
                "'Entrypoint':null,'Cmd':['sh']      | 'Entrypoint':['x'],'Cmd':['y']    | 'Cmd':['sh'],'Entrypoint':[]  | true",
            })
    void programIsThatOfTheRecord(String recorded, String image, String body, boolean isCreated) {
        String own = body.equals("'Image':'app'") ? "" : "," + body;
        assertThat(isCreated(recorded, "", image == null ? "" : image, ",'HostConfig':{'Privileged':true}" + own))
                .isEqualTo(isCreated);
    }
}
