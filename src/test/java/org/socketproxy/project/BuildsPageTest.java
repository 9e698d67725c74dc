package org.socketproxy.project;

import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.build.BuildFields;
import org.socketproxy.policy.build.BuildFields.Row;
import org.socketproxy.policy.create.CreatePermission;

/** The table of {@code docs/builds.md} matches the code. */
class BuildsPageTest {
    private static final Path PAGE = Path.of("docs/builds.md");

    @Test
    void permissionsMatchTheCode() throws IOException {
        Map<CreatePermission, List<String>> names = BuildFields.table().rows().stream()
                .filter(row -> row.permission() != null)
                .collect(Collectors.groupingBy(
                        row -> Objects.requireNonNull(row.permission()),
                        TreeMap::new,
                        Collectors.mapping(Row::name, Collectors.toList())));
        String table = PrintedTable.list(names.entrySet().stream()
                .map(entry -> List.of(
                        code(entry.getKey().word()),
                        entry.getValue().stream()
                                .distinct()
                                .map(PrintedTable::code)
                                .collect(Collectors.joining(" ")))));

        PrintedTable.assertInStep(PAGE, "build-fields", table, BuildsPageTest.class);
    }
}
