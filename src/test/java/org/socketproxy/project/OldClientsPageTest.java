package org.socketproxy.project;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.VersionDifferences;
import org.socketproxy.policy.VersionDifferences.Kind;
import org.socketproxy.policy.VersionDifferences.Row;

/** The list of {@code docs/old-clients.md} matches the table of differences. */
class OldClientsPageTest {
    private static final Path PAGE = Path.of("docs/old-clients.md");
    private static final List<Row> ROWS = VersionDifferences.load().rows();

    @Test
    void requestsWithANote() throws IOException {
        String list = PrintedTable.list(ROWS.stream()
                .filter(row -> row.kind() == Kind.NOTE)
                .map(row -> List.of(
                        Stream.concat(row.operations().stream(), row.fields().stream())
                                        .map(PrintedTable::code)
                                        .collect(Collectors.joining(", "))
                                + " below " + row.version(),
                        row.difference())));

        PrintedTable.assertInStep(PAGE, "notes", list, OldClientsPageTest.class);
    }
}
