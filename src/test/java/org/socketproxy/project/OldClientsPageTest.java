package org.socketproxy.project;

import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.VersionDifferences;
import org.socketproxy.policy.VersionDifferences.Kind;
import org.socketproxy.policy.VersionDifferences.Row;

/** The tables of {@code docs/old-clients.md} match the table of differences. */
class OldClientsPageTest {
    private static final Path PAGE = Path.of("docs/old-clients.md");
    private static final List<Row> ROWS = VersionDifferences.load().rows();

    @Test
    void requestsThatKeepTheirVersion() throws IOException {
        print("kept", EnumSet.of(Kind.ALL, Kind.QUERY, Kind.BODY, Kind.BODY_PRESENT), "not translated");
    }

    @Test
    void requestsWithANote() throws IOException {
        print("notes", EnumSet.of(Kind.NOTE), "field");
    }

    @Test
    void responses() throws IOException {
        print("responses", EnumSet.of(Kind.RESPONSE), "field");
    }

    private static void print(String name, Set<Kind> kinds, String what) throws IOException {
        String table = PrintedTable.of(
                List.of("operations", "below", what, "difference"),
                ROWS.stream()
                        .filter(row ->
                                kinds.contains(row.kind()) && !row.difference().equals("new"))
                        .map(OldClientsPageTest::row));

        PrintedTable.assertInStep(PAGE, name, table, OldClientsPageTest.class);
    }

    private static List<String> row(Row row) {
        String prefix = switch (row.kind()) {
            case ALL -> "every request";
            case QUERY -> "query ";
            case BODY -> "body ";
            case BODY_PRESENT -> "body, also empty: ";
            default -> "";
        };
        return List.of(
                codes(row.operations()), row.version().toString(), prefix + codes(row.fields()), row.difference());
    }

    private static String codes(List<String> names) {
        return names.stream().map(name -> code(name)).collect(Collectors.joining(", "));
    }
}
