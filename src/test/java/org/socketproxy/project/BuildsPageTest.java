package org.socketproxy.project;

import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.build.BuildFields;
import org.socketproxy.policy.build.BuildFields.Row;
import org.socketproxy.policy.create.CreatePermission;

/** The table of {@code docs/builds.md} matches the code. */
class BuildsPageTest {
    private static final Path PAGE = Path.of("docs/builds.md");

    /** Cells that several names have in common. */
    private record Group(String part, String rule, String opened, String note) {}

    @Test
    void fieldsMatchTheCode() throws IOException {
        Map<Group, List<String>> names = BuildFields.table().rows().stream()
                .collect(Collectors.groupingBy(
                        BuildsPageTest::group, LinkedHashMap::new, Collectors.mapping(Row::name, Collectors.toList())));
        String table = PrintedTable.of(
                List.of("part", "name", "allowed", "opened by", "note"),
                names.entrySet().stream()
                        .map(entry -> List.of(
                                entry.getKey().part(),
                                entry.getValue().stream()
                                        .map(PrintedTable::code)
                                        .collect(Collectors.joining(", ")),
                                code(entry.getKey().rule()),
                                code(entry.getKey().opened()),
                                entry.getKey().note())));

        PrintedTable.assertInStep(PAGE, "build-fields", table, BuildsPageTest.class);
    }

    private static Group group(Row row) {
        CreatePermission permission = row.permission();
        return new Group(
                String.join(", ", row.parts()), row.rule(), permission == null ? "" : permission.word(), row.note());
    }
}
