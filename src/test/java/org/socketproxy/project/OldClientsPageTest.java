package org.socketproxy.project;

import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.VersionDifferences;
import org.socketproxy.policy.VersionDifferences.Kind;
import org.socketproxy.policy.VersionDifferences.Row;

/** The table of {@code docs/old-clients.md} matches the table of differences. */
class OldClientsPageTest {
    private static final Path PAGE = Path.of("docs/old-clients.md");
    private static final List<Row> ROWS = VersionDifferences.load().rows();

    @Test
    void requestsWithANote() throws IOException {
        String table = PrintedTable.of(
                List.of("operations", "below", "field", "difference"),
                ROWS.stream()
                        .filter(row -> row.kind() == Kind.NOTE)
                        .map(row -> List.of(
                                codes(row.operations()),
                                row.version().toString(),
                                codes(row.fields()),
                                row.difference())));

        PrintedTable.assertInStep(PAGE, "notes", table, OldClientsPageTest.class);
    }

    private static String codes(List<String> names) {
        return names.stream().map(name -> code(name)).collect(Collectors.joining(", "));
    }
}
