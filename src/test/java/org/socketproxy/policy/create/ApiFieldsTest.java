package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.testing.Corpus;

/**
 * The table of fields has every field of the Docker Engine API's description. {@code api-fields.txt} lists them;
 * {@code mvn test -Dtest=ApiFieldsTest -Dapi.description=swagger.yaml} prints it from the description of a release.
 */
class ApiFieldsTest {
    private static final Path FILE = Path.of("src/test/resources/org/socketproxy/policy/create/api-fields.txt");
    private static final FieldTable TABLE = FieldTable.load();
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    /** Operations with a JSON body that can neither create nor change anything that reaches the host. */
    private static final Map<String, String> WITHOUT_JUDGEMENT = Map.of(
            "SystemAuth", "asks a registry",
            "NetworkDisconnect", "takes a network from a container");

    private static final String DESCRIPTION = """
            swagger: "2.0"
            info: {version: "1.99"}
            paths:
              "/things/create":
                post:
                  operationId: "ThingCreate"
                  parameters:
                    - {name: "name", in: "query", type: "string"}
                    - name: "body"
                      in: "body"
                      schema:
                        allOf:
                          - $ref: "#/definitions/Thing"
                          - type: "object"
                            properties:
                              HostConfig: {$ref: "#/definitions/HostConfig"}
            definitions:
              Thing:
                properties:
                  Labels: {type: "object", additionalProperties: {type: "string"}}
                  Parts: {type: "array", items: {$ref: "#/definitions/Thing"}}
                  Ports:
                    additionalProperties: {type: "array", items: {properties: {HostPort: {type: "string"}}}}
              HostConfig:
                allOf:
                  - properties: {Memory: {type: "integer"}}
            """;

    private static List<String> fields() {
        return Corpus.lines(ApiFieldsTest.class, "api-fields.txt")
                .filter(line -> !line.startsWith("#"))
                .toList();
    }

    @Test
    void tableHasEveryFieldOfTheDescription() throws IOException {
        String description = System.getProperty("api.description");
        if (description != null) {
            String yaml = Files.readString(Path.of(description));
            Files.writeString(
                    FILE,
                    "# Fields of the JSON bodies of the Docker Engine API " + ApiDescription.version(yaml)
                            + ", by operation. Printed from swagger.yaml by ApiFieldsTest.\n"
                            + String.join("\n", ApiDescription.fields(yaml)) + "\n");
        }
        List<String> fields = description == null ? fields() : printed();

        assertThat(missing(fields)).isEmpty();
        assertThat(fields).hasSizeGreaterThan(800);
    }

    private static List<String> printed() throws IOException {
        return Files.readAllLines(FILE).stream()
                .filter(line -> !line.startsWith("#"))
                .toList();
    }

    /** Returns the fields that the table would deny as unknown in the body of a judged operation. */
    private static List<String> missing(List<String> fields) {
        return fields.stream()
                .map(line -> line.split(" ", 2))
                .filter(field -> TABLE.bodies().contains(field[0]) && !isKnown(field[0], field[1]))
                .map(field -> field[0] + " " + field[1])
                .toList();
    }

    private static boolean isKnown(String operation, String path) {
        Optional<Field> field = Optional.ofNullable(TABLE.body(operation));
        for (String step : path.replace("[]", ".[]").split("\\.")) {
            if (field.map(Field::type).filter(Field.Type.ANY::equals).isPresent()) {
                return true;
            }
            field = field.map(parent -> step.equals("[]") || step.equals("*") ? parent.each() : parent.member(step));
        }
        return field.isPresent();
    }

    @Test
    void newFieldOfANewerDescriptionIsMissing() {
        List<String> newer = Stream.concat(
                        fields().stream(),
                        Stream.of(
                                "ContainerCreate HostConfig.NewField",
                                "ContainerCreate HostConfig.Mounts[].NewOptions",
                                "NetworkCreate IPAM.Config[].NewField",
                                "ServiceCreate TaskTemplate.New",
                                "SecretCreate Driver.Options.*"))
                .toList();

        assertThat(missing(newer))
                .containsExactly(
                        "ContainerCreate HostConfig.NewField",
                        "ContainerCreate HostConfig.Mounts[].NewOptions",
                        "NetworkCreate IPAM.Config[].NewField",
                        "ServiceCreate TaskTemplate.New");
    }

    @Test
    void everyOperationWithABodyIsJudgedOrDeniedAsAWhole() {
        Set<String> operations = new TreeSet<>();
        fields().forEach(line -> operations.add(line.split(" ", 2)[0]));
        operations.removeAll(TABLE.bodies());
        operations.removeAll(OperationRules.ids(rules -> !rules.createDenial().isEmpty()));
        operations.removeAll(WITHOUT_JUDGEMENT.keySet());

        assertThat(operations).isEmpty();
        assertThat(fields())
                .allSatisfy(line -> assertThat(CATALOGUE.byId(line.split(" ", 2)[0]))
                        .as(line)
                        .isPresent());
    }

    @Test
    void descriptionIsReadWithReferencesMapsAndArrays() {
        assertThat(ApiDescription.version(DESCRIPTION)).isEqualTo("1.99");
        assertThat(ApiDescription.fields(DESCRIPTION))
                .containsExactly(
                        "ThingCreate HostConfig",
                        "ThingCreate HostConfig.Memory",
                        "ThingCreate Labels",
                        "ThingCreate Labels.*",
                        "ThingCreate Parts",
                        "ThingCreate Ports",
                        "ThingCreate Ports.*",
                        "ThingCreate Ports.*[].HostPort");
    }
}
