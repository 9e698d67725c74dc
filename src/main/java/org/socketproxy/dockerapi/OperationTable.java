package org.socketproxy.dockerapi;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.socketproxy.table.Table;

/** Table of operations, one operation per row. */
final class OperationTable {
    private static final String COLUMNS =
            "id method path since until kind upgrade write section required sufficient summary";

    private OperationTable() {}

    /** @param name file name of the table */
    static Table<Operation> named(String name) {
        return new Table<>(name, COLUMNS, OperationTable::parseRow);
    }

    private static Operation parseRow(String[] cells) {
        return new Operation(
                cells[0],
                cells[1],
                PathTemplate.parse(cells[2]),
                cells[3],
                cells[4],
                Operation.Kind.valueOf(cells[5].toUpperCase(Locale.ROOT)),
                orNull(cells[6]),
                Operation.Write.parse(cells[7]),
                orNull(cells[8]),
                list(cells[9]),
                list(cells[10]),
                cells[11],
                OperationRules.of(cells[0]));
    }

    private static @Nullable String orNull(String cell) {
        return cell.equals("-") ? null : cell;
    }

    private static List<String> list(String cell) {
        return cell.equals("-") ? List.of() : List.of(cell.split(",", -1));
    }
}
