package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of {@code docs/audit.md} match the schema. {@code -Dreadme.update=true} regenerates them. */
class AuditPageTest {
    private static final Path PAGE = Path.of("docs/audit.md");

    private static JsonNode fields(String object) throws IOException {
        return new ObjectMapper()
                .readTree(Path.of("docs/audit.schema.json").toFile())
                .path("$defs")
                .path(object)
                .path("properties");
    }

    @ParameterizedTest
    @ValueSource(strings = {"exchange", "policy"})
    void listOfFieldsMatchesTheSchema(String object) throws IOException {
        String table = PrintedTable.list(fields(object).properties().stream()
                .map(field -> List.of(
                        code(field.getKey()),
                        field.getValue().path("description").asText())));

        PrintedTable.assertInStep(PAGE, object, table, AuditPageTest.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"begin", "shadow", "loss"})
    void pageNamesEveryFieldOfTheOtherLines(String object) throws IOException {
        String page = Files.readString(PAGE);

        assertThat(fields(object).properties())
                .isNotEmpty()
                .allSatisfy(field -> assertThat(page).contains(code(field.getKey())));
    }
}
