package org.socketproxy.project;

import static org.socketproxy.project.PrintedTable.code;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of {@code docs/audit.md} match the schema. {@code -Dreadme.update=true} regenerates them. */
class AuditPageTest {
    @ParameterizedTest
    @ValueSource(strings = {"exchange", "begin", "shadow", "policy", "loss"})
    void tableOfFieldsMatchesTheSchema(String object) throws IOException {
        JsonNode schema =
                new ObjectMapper().readTree(Path.of("docs/audit.schema.json").toFile());
        String table = PrintedTable.of(
                List.of("field", "type", "meaning"),
                schema.path("$defs").path(object).path("properties").properties().stream()
                        .filter(field -> !isRepeated(field.getValue()))
                        .map(field -> List.of(
                                code(field.getKey()),
                                type(field.getValue()),
                                field.getValue().path("description").asText())));

        PrintedTable.assertInStep(Path.of("docs/audit.md"), object, table, AuditPageTest.class);
    }

    /** A field of the line of the end, which the page describes once. */
    private static boolean isRepeated(JsonNode field) {
        return field.path("description").asText().equals("the same");
    }

    private static String type(JsonNode field) {
        boolean isTyped = field.has("type");
        JsonNode type = isTyped ? field.get("type") : field.get("enum");
        List<String> words = new ArrayList<>();
        (type.isArray() ? type : List.of(type))
                .forEach(word -> words.add(isTyped ? word.asText() : code(word.asText())));
        return String.join(" or ", words);
    }
}
