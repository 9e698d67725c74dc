package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.FieldTable;
import org.socketproxy.policy.create.Requirements.Requirement;

/** The tables of {@code docs/create.md} match the code. */
class CreatePageTest {
    private static final Path PAGE = Path.of("docs/create.md");
    private static final String INTERPRETED = "interpreted as ";
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @Test
    void judgedOperationsMatchTheCode() throws IOException {
        List<FieldTable.Row> rows = FieldTable.load().rows();
        String table = PrintedTable.of(
                List.of("judged operation", "request", "fields in the table"),
                new TreeSet<>(CreateRules.judgedBodies())
                        .stream().map(id -> CATALOGUE.byId(id).orElseThrow()).map(operation -> row(operation, rows)));

        PrintedTable.assertInStep(PAGE, "judged", table, CreatePageTest.class);
    }

    private static List<String> row(Operation operation, List<FieldTable.Row> rows) {
        long fields = rows.stream()
                .filter(row ->
                        row.operations().contains(operation.id()) && row.part().equals("body"))
                .count();
        return List.of(code(operation.id()), code(operation.signature()), String.valueOf(fields));
    }

    @Test
    void interpretedValuesMatchTheCode() throws IOException {
        Map<String, Set<String>> fields = new LinkedHashMap<>();
        FieldTable.load().rows().stream()
                .filter(row -> row.note().startsWith(INTERPRETED))
                .forEach(row -> fields.computeIfAbsent(reading(row.note()), reading -> new LinkedHashSet<>())
                        .add(code(row.path())));
        String table = PrintedTable.of(
                List.of("the daemon reads it as", "fields"),
                fields.entrySet().stream().map(entry -> List.of(entry.getKey(), String.join(", ", entry.getValue()))));

        PrintedTable.assertInStep(PAGE, "values", table, CreatePageTest.class);
    }

    private static String reading(String note) {
        return note.substring(INTERPRETED.length()).split(";")[0];
    }

    @Test
    void operationsThatAreDeniedAsAWholeMatchTheCode() throws IOException {
        Map<String, List<String>> ids = new LinkedHashMap<>();
        OperationRules.ids(rules -> !rules.createDenial().isEmpty()).stream()
                .sorted()
                .forEach(id -> ids.computeIfAbsent(
                                Objects.requireNonNull(OperationRules.all().get(id))
                                        .createDenial(),
                                reason -> new ArrayList<>())
                        .add(code(id)));
        String table = PrintedTable.of(
                List.of("denied as a whole, because it", "operations"),
                ids.entrySet().stream().map(entry -> List.of(entry.getKey(), String.join(", ", entry.getValue()))));

        PrintedTable.assertInStep(PAGE, "whole", table, CreatePageTest.class);
    }

    @Test
    void permissionsMatchTheCode() throws IOException {
        String table = PrintedTable.of(
                List.of("permission", "danger"),
                Arrays.stream(CreatePermission.values())
                        .map(permission -> List.of(code(permission.usage()), permission.danger())));

        PrintedTable.assertInStep(PAGE, "permissions", table, CreatePageTest.class);
    }

    @Test
    void everyRequirementIsOnThePage() throws IOException {
        String page = Files.readString(PAGE);

        assertThat(Arrays.stream(Requirement.values()).map(Requirement::word))
                .allSatisfy(word -> assertThat(page).contains(word));
    }
}
